"""Conductances of junctions between passive cells, fitted to recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import saiunit as u
from scipy.optimize import least_squares

from gapjunction._checks import check_int, check_real, describe, warn
from gapjunction._typing import ArrayLike, Connection
from gapjunction.connectivity import Edges, all_to_all, as_edges
from gapjunction.measure._estimate import Estimate, covariance, estimate
from gapjunction.measure._network import per_cell
from gapjunction.measure._passive import Parameters, first_guess, predict_with_slopes
from gapjunction.measure._recording import Recording

# Least squares can end in a local minimum far from the truth if it starts from a regression that
# the noise has biased. The regression is therefore made with several numbers of stretches, and the
# result that predicts the recordings best is the start.
_STRETCHES = (200, 50, 12)


@dataclasses.dataclass(frozen=True, eq=False)
class PassiveFit:
    """Properties of passive cells and their junctions, fitted to recordings.

    Attributes
    ----------
    conductance : Estimate, shape (n_edges,)
        Conductance of each junction.
    leak, capacitance, rest : Estimate, shape (n_cells,)
        Leak conductance, capacitance and resting voltage of each cell. Values that were given to
        the fit have a standard error of 0.
    edges : Edges
        The pairs of cells that the junctions couple.
    noise : Quantity
        Standard deviation of the residuals: recorded voltages minus fitted ones.
    correlation : float
        Correlation of each residual with that of the next sample. It is well above 0 if the noise
        is not white or the cells are not passive; without ``lags`` the confidence intervals are
        then too narrow.
    level : float
        Level of the confidence intervals.
    apparent : bool
        Whether the cells have compartments that were not recorded. Conductances are then apparent
        ones between the recorded places, and include the dendrites from there to the junctions.
    """

    __module__ = "gapjunction.measure"

    conductance: Estimate
    leak: Estimate
    capacitance: Estimate
    rest: Estimate
    edges: Edges
    noise: u.Quantity
    correlation: float
    level: float
    apparent: bool = False

    def __str__(self) -> str:
        lines = [f"Passive cells, {100 * self.level:g} % confidence"]
        for k, (a, b) in enumerate(zip(*self.edges, strict=True)):
            one = Estimate(*(x[k : k + 1] for x in self.conductance))
            lines.append(f"  junction {a}-{b}   {one}")
        for i in range(self.edges.n_cells):
            for name in ("leak", "capacitance", "rest"):
                one = Estimate(*(x[i : i + 1] for x in getattr(self, name)))
                lines.append(f"  {name:<11} {i}  {one}")
        unit = "" if self.noise.unit.is_unitless else f" {self.noise.unit}"
        noise = f"{float(self.noise.mantissa):.3g}{unit}"
        lines.append(f"  noise {noise}, correlation {self.correlation:.2g}")
        if self.apparent:
            lines.append("  conductances are apparent: those between the recorded places")
        return "\n".join(lines)


def fit_conductance(
    recordings: Recording | Sequence[Recording],
    edges: Connection | None = None,
    *,
    leak: ArrayLike | None = None,
    capacitance: ArrayLike | None = None,
    rest: ArrayLike | None = None,
    lags: int = 0,
    level: float = 0.95,
) -> PassiveFit:
    r"""Fit junctions between passive cells, and the cells themselves, to current-clamp traces.

    The voltages are taken to be the solution of

    .. math:: C_i \dot V_i = I_i - G_i (V_i - E_i) + \sum_j g_{ij} (V_j - V_i)

    plus measurement noise of the same size in all cells. The conductances g, leaks G, capacitances
    C, resting voltages E and the initial voltages of each recording are fitted to the whole traces
    by least squares (with SciPy, and the derivatives of the exact solution). The fit starts from
    regressions of the currents on the measured voltages, which alone would be biased by the noise.

    Parameters
    ----------
    recordings : Recording or sequence of them
        Recordings of the same cells. They are most informative if each cell receives a current in
        one of them.
    edges : Edges or pair of arrays, optional
        Which cells may be coupled; by default all pairs.
    leak, capacitance, rest : Quantity, optional
        Known values, one for all cells or one for each, that are not fitted.
    lags : int, default 0
        Number of samples over which the noise may be correlated. The standard errors are then
        those of Newey and West [2]_, which are accurate if the recording is many times as long,
        and too small otherwise.
    level : float, default 0.95
        Level of the confidence intervals.

    Returns
    -------
    PassiveFit
        Conductances are in nS and capacitances in pF, or in mS/cm2 and uF/cm2 if the currents are
        per area. For recordings without units both are numbers. Fitted conductances may be
        negative, so that the confidence interval for a junction that does not exist can contain 0.

    Warns
    -----
    GapJunctionWarning
        If cells have compartments that are not recorded (``compartments`` of the recording).

    Raises
    ------
    ValueError
        If the recordings differ in their cells, time step or kind of current, if no current
        changes, if a given capacitance is not positive, or if there are not more samples than
        parameters.

    Notes
    -----
    Each cell is one compartment here. Where junctions are on dendrites and voltages those of
    somata, the fitted conductance is an apparent one between the somata: the dendrites are in
    series with the junction, and part of their membranes is in it, too.

    See Also
    --------
    fit_model : Fits the parameters of any model through its simulation.
    conductance_from_transfer : Computes conductances from steady deflections in closed form.

    References
    ----------
    .. [1] Bates, D. M., & Watts, D. G. (1988). Nonlinear regression analysis and its applications.
       Wiley.
    .. [2] Newey, W. K., & West, K. D. (1987). A simple, positive semi-definite,
       heteroskedasticity and autocorrelation consistent covariance matrix. Econometrica, 55(3),
       703-708.

    Examples
    --------
    >>> import brainpy, brainstate, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=0.2 * u.Gohm, tau=20 * u.ms, V_th=1 * u.volt)
    >>> gap = gj.SymmetryGapJunction(
    ...     cells, 'V', gj.connectivity.all_to_all(), 1.5 * u.nS, coupling='implicit')
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> on = np.where(np.arange(1500) // 500 == 1, 50, 0) * u.pA
    >>> recording = gj.measure.inject(gap, on, 0, dt=0.1 * u.ms)
    >>> fit = gj.measure.fit_conductance(recording)
    >>> print(f'{fit.conductance.value[0].to_decimal(u.nS):.2f} nS')
    1.50 nS
    """
    records = check_recordings(recordings)
    lags, level = check_int("lags", lags), check_real("level", level, low=0.01, high=0.9999)
    n = records[0].n_cells
    graph = _edges_of(edges, n)
    apparent = any(record.compartments for record in records)
    if apparent:
        warn(
            "conductances that are fitted to these recordings are apparent: they are those between "
            "the recorded places, and include the dendrites from there to the junctions."
        )
    volt = records[0].volt_unit
    siemens, farad, shown = _units(records[0])
    known = (
        None if leak is None else per_cell("leak", leak, siemens, n),
        None if capacitance is None else per_cell("capacitance", capacitance, farad, n),
        None if rest is None else per_cell("rest", rest, volt, n),
    )
    if known[1] is not None and known[1].min() <= 0:
        raise ValueError(f"capacitance must be positive, got {describe(capacitance)}.")
    fitted, cov, freedom, variance, left = _solve(records, graph, known, lags)
    error = np.sqrt(np.diag(cov).clip(min=0))
    e = graph.n_edges
    split = [np.split(x, [e, e + n, e + 2 * n, e + 3 * n])[:4] for x in (fitted, error)]
    units = (siemens, siemens, farad, volt)
    wanted = (shown[0], shown[0], shown[1], volt)
    g, G, C, E = (
        Estimate(*(x.in_unit(w) for x in estimate(v, s, unit, level, freedom)))
        for v, s, unit, w in zip(*split, units, wanted, strict=True)
    )
    return PassiveFit(
        conductance=g,
        leak=G,
        capacitance=C,
        rest=E,
        edges=graph,
        noise=u.Quantity(np.sqrt(variance), unit=volt),
        correlation=correlation_of(left),
        level=level,
        apparent=apparent,
    )


def _units(record: Recording) -> tuple[u.Unit, u.Unit, tuple[u.Unit, u.Unit]]:
    """Return the units in which conductances and capacitances are computed, and are returned.

    With voltages in mV, times in ms and currents in nA, conductances are computed in uS and
    capacitances in nF, so that the equations need no factors. Recordings without units give
    conductances and capacitances without units.
    """
    siemens = u.get_unit(record.current_unit / record.volt_unit)
    if siemens.dim == u.nS.dim:
        return u.uS, u.nF, (u.nS, u.pF)
    if siemens.dim == (u.nS / u.cm**2).dim:
        siemens = u.get_unit(u.mS / u.cm**2)
    farad = u.get_unit(siemens * record.clock)
    farad = u.get_unit(u.uF / u.cm**2) if farad.dim == (u.nF / u.cm**2).dim else farad
    return siemens, farad, (siemens, farad)


def _solve(
    records: Sequence[Recording],
    graph: Edges,
    known: tuple[np.ndarray | None, ...],
    lags: int,
) -> tuple[np.ndarray, np.ndarray, int, float, list[np.ndarray]]:
    """Return all parameters, their covariance, degrees of freedom, residual variance, residuals."""
    n, e, m = records[0].n_cells, graph.n_edges, len(records)
    pre, post = graph
    volts, currents = [r.volts for r in records], [r.amperes for r in records]
    dt = records[0].step
    # Known values, and NaN for each parameter that is to be fitted.
    given = [
        np.full(e, np.nan),
        *(np.full(n, np.nan) if k is None else k for k in known),
        np.full(m * n, np.nan),
    ]
    full = np.concatenate(given)
    free = np.isnan(full)
    if sum(V.size for V in volts) <= free.sum():
        raise ValueError(
            f"recordings must have more samples than there are parameters, {free.sum()}; got "
            f"{sum(V.size for V in volts)}."
        )
    # SciPy asks for residuals and for the Jacobian in turn; one computation gives both.
    memory: dict[bytes, tuple[list[np.ndarray], list[np.ndarray]]] = {}

    def at(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        if (key := x.tobytes()) not in memory:
            memory.clear()
            whole = full.copy()
            whole[free] = x
            parts = np.split(whole, [e, e + n, e + 2 * n, e + 3 * n])
            memory[key] = _residuals(parts, volts, currents, pre, post, dt, free)
        return memory[key]

    beginnings = [V[: max(1, len(V) // 500)].mean(axis=0) for V in volts]
    guesses = (first_guess(volts, currents, pre, post, dt, parts) for parts in _STRETCHES)
    starts = [np.concatenate([*guess, *beginnings])[free] for guess in guesses]
    costs = [sum(float(np.sum(r * r)) for r in at(start)[0]) for start in starts]
    full[free] = starts[int(np.argmin(np.where(np.isfinite(costs), costs, np.inf)))]
    # Capacitances must stay positive; all other parameters may have either sign.
    low = np.full(len(full), -np.inf)
    low[e + n : e + 2 * n] = 1e-9 * np.abs(full[e + n : e + 2 * n])
    solution = least_squares(
        lambda x: np.concatenate([r.reshape(-1) for r in at(x)[0]]),
        full[free],
        jac=lambda x: np.concatenate([j.reshape(-1, j.shape[-1]) for j in at(x)[1]]),
        bounds=(low[free], np.inf),
        x_scale="jac",
        xtol=1e-8,
        ftol=1e-9,
        gtol=1e-12,
    )
    residuals, jacobians = at(solution.x)
    inner, freedom, variance = covariance(jacobians, residuals, lags)
    cov = np.zeros((len(full), len(full)))
    cov[np.ix_(free, free)] = inner
    full[free] = solution.x
    return full, cov, freedom, variance, residuals


def _residuals(
    parts: list[np.ndarray],
    volts: list[np.ndarray],
    currents: list[np.ndarray],
    pre: np.ndarray,
    post: np.ndarray,
    dt: float,
    free: np.ndarray,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the residuals of each recording, and their derivatives by the free parameters."""
    parameters: Parameters = (parts[0], parts[1], parts[2], parts[3])
    starts = parts[4].reshape(len(volts), -1)
    residuals, jacobians = [], []
    for k, (V, I) in enumerate(zip(volts, currents, strict=True)):  # noqa: E741
        found, slopes, by_start = predict_with_slopes(parameters, starts[k], I, pre, post, dt)
        n = V.shape[1]
        own = np.zeros((*V.shape, len(volts) * n))
        own[..., k * n : (k + 1) * n] = by_start
        residuals.append(found - V)
        jacobians.append(np.concatenate([slopes, own], axis=-1)[..., free])
    return residuals, jacobians


def check_recordings(recordings: Recording | Sequence[Recording]) -> list[Recording]:
    """Return one or several recordings as a list; refuse those that do not belong together."""
    records = [recordings] if isinstance(recordings, Recording) else list(recordings)
    if not records or not all(isinstance(r, Recording) for r in records):
        raise TypeError(
            f"recordings must be a Recording or a sequence of them, got {describe(recordings)}."
        )
    first = records[0]
    for r in records[1:]:
        kinds = [(x.n_cells, x.current_unit, x.volt_unit, x.clock) for x in (r, first)]
        if kinds[0] != kinds[1] or abs(r.step - first.step) > 1e-9 * first.step:
            raise ValueError(
                f"recordings must be of the same cells, kind of current and dt; got {first} at "
                f"{first.dt} and {r} at {r.dt}."
            )
    if not any(len(r.driven) for r in records):
        raise ValueError("recordings must have a current that changes, got none.")
    return records


def correlation_of(residuals: Sequence[np.ndarray]) -> float:
    """Return the correlation of each residual with that of the next sample."""
    after = sum(float(np.sum(x[1:] * x[:-1])) for x in residuals)
    whole = sum(float(np.sum(x * x)) for x in residuals)
    return after / whole if whole else 0.0


def _edges_of(edges: Connection | None, n: int) -> Edges:
    found = (
        edges
        if isinstance(edges, Edges)
        else as_edges(all_to_all() if edges is None else edges, (n,), (n,), same_population=True)
    )
    if found.n_cells != n or found.bipartite:
        raise ValueError(f"edges must be between the {n} cells recorded, got {found}.")
    return found
