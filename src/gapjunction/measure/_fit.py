"""Conductances of junctions between passive cells, fitted to recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import saiunit as u
from scipy.optimize import least_squares

from gapjunction._checks import check_int, check_real, describe
from gapjunction.connectivity import Edges, all_to_all, as_edges
from gapjunction.measure._estimate import Estimate, covariance, estimate
from gapjunction.measure._network import per_cell
from gapjunction.measure._passive import Parameters, first_guess, predict_with_slopes
from gapjunction.measure._recording import Recording


@dataclasses.dataclass(frozen=True, eq=False)
class PassiveFit:
    """Passive cells and their junctions, as recordings have them.

    Attributes
    ----------
    conductance : Estimate, shape (n_edges,)
        Of each junction.
    leak, capacitance, rest : Estimate, shape (n_cells,)
        Of each cell; what was given has no error.
    edges : Edges
        The junctions.
    noise : Quantity
        Standard deviation of what is left of the voltages.
    correlation : float
        Of what is left, between samples that follow each other: well above 0 if noise is not
        white, or the cells are not passive; intervals are then too narrow without ``lags``.
    level : float
        Of the confidence intervals.
    """

    __module__ = "gapjunction.measure"

    conductance: Estimate
    leak: Estimate
    capacitance: Estimate
    rest: Estimate
    edges: Edges
    noise: Any
    correlation: float
    level: float

    def __str__(self) -> str:
        lines = [f"Passive cells, {100 * self.level:g} % confidence"]
        for k, (a, b) in enumerate(zip(*self.edges, strict=True)):
            one = Estimate(*(x[k : k + 1] for x in self.conductance))
            lines.append(f"  junction {a}-{b}   {one}")
        for i in range(self.edges.n_cells):
            for name in ("leak", "capacitance", "rest"):
                one = Estimate(*(x[i : i + 1] for x in getattr(self, name)))
                lines.append(f"  {name:<11} {i}  {one}")
        noise = float(self.noise.to_decimal(u.mV))
        lines.append(f"  noise {noise:.3g} mV, correlation {self.correlation:.2g}")
        return "\n".join(lines)


def fit_conductance(
    recordings: Recording | Sequence[Recording],
    edges: Any = None,
    *,
    leak: Any = None,
    capacitance: Any = None,
    rest: Any = None,
    lags: int = 0,
    level: float = 0.95,
) -> PassiveFit:
    r"""Fit the conductances of junctions, and all else of passive cells, to current-clamp traces.

    The voltages are those of

    .. math:: C_i \dot V_i = I_i - G_i (V_i - E_i) + \sum_j g_{ij} (V_j - V_i)

    with noise of the electrodes on them, of one size: g, G, C, E, and the voltages that each
    recording starts from, are the least-squares fit of whole traces (by SciPy, with the
    derivatives of the exact solution). A regression of currents on measured voltages, which noise
    biases, only starts it.

    Parameters
    ----------
    recordings : Recording or sequence of them
        Of the same cells. One with a current into each cell in turn tells most.
    edges : Edges or pair of arrays, optional
        Which cells may be coupled; by default all pairs.
    leak, capacitance, rest : Quantity, optional
        Known values, scalar or one for each cell, to be kept.
    lags : int, default 0
        Over how many samples noise may be correlated; errors then are those of Newey and West.
        They are good if there are many times as many samples, and too small if not.
    level : float, default 0.95
        Of the confidence intervals.

    Returns
    -------
    PassiveFit
        Conductances in nS and capacitances in pF; in mS/cm2 and uF/cm2 for current densities.
        Nothing keeps a conductance above 0, so that the interval of one that is 0 holds it.

    Raises
    ------
    ValueError
        If recordings differ in cells or kind of current, no current changes, or there are fewer
        samples than parameters.

    See Also
    --------
    fit_model : Any model, through its simulation.
    conductance_from_transfer : In closed form, from steady deflections.

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
    density = records[0].current_unit.dim != u.nA.dim
    # Voltages in mV and times in ms make nA of uS and nF: the arithmetic's units.
    siemens = u.mS / u.cm**2 if density else u.uS
    farad = u.uF / u.cm**2 if density else u.nF
    known = (
        None if leak is None else per_cell("leak", leak, siemens, n),
        None if capacitance is None else per_cell("capacitance", capacitance, farad, n),
        None if rest is None else per_cell("rest", rest, u.mV, n),
    )
    fitted, cov, freedom, variance, left = _solve(records, graph, known, lags)
    error = np.sqrt(np.diag(cov).clip(min=0))
    e = graph.n_edges
    split = [np.split(x, [e, e + n, e + 2 * n, e + 3 * n])[:4] for x in (fitted, error)]
    units = (siemens, siemens, farad, u.mV)
    shown = siemens if density else u.nS
    wanted = (shown, shown, farad if density else u.pF, u.mV)
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
        noise=np.sqrt(variance) * u.mV,
        correlation=correlation_of(left),
        level=level,
    )


def _solve(
    records: Sequence[Recording],
    graph: Edges,
    known: tuple[np.ndarray | None, ...],
    lags: int,
) -> tuple[np.ndarray, np.ndarray, int, float, list[np.ndarray]]:
    """Return all parameters, their covariance, degrees of freedom, variance and residuals."""
    n, e, m = records[0].n_cells, graph.n_edges, len(records)
    pre, post = graph
    volts, currents = [r.volts for r in records], [r.amperes for r in records]
    dt = records[0].step_ms
    guess = first_guess(volts, currents, pre, post, dt)
    given = [
        np.full(e, np.nan),
        *(np.full(n, np.nan) if k is None else k for k in known),
        np.full(m * n, np.nan),
    ]
    given_all = np.concatenate(given)
    start = np.concatenate([*guess, *(V[: max(1, len(V) // 500)].mean(axis=0) for V in volts)])
    free = np.isnan(given_all)
    full = np.where(free, start, given_all)
    if sum(V.size for V in volts) <= free.sum():
        raise ValueError(
            f"recordings must have more samples than there are parameters, {free.sum()}."
        )
    memory: dict[bytes, tuple[list[np.ndarray], list[np.ndarray]]] = {}

    def at(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        if (key := x.tobytes()) not in memory:
            memory.clear()
            whole = full.copy()
            whole[free] = x
            parts: Any = np.split(whole, [e, e + n, e + 2 * n, e + 3 * n])
            memory[key] = _residuals(parts, volts, currents, pre, post, dt, free)
        return memory[key]

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


def check_recordings(recordings: Any) -> list[Recording]:
    """Return recordings that go together."""
    records = [recordings] if isinstance(recordings, Recording) else list(recordings)
    if not records or not all(isinstance(r, Recording) for r in records):
        raise TypeError(f"recordings must be made of Recording, got {describe(recordings)}.")
    first = records[0]
    for r in records[1:]:
        same = (r.n_cells, r.current_unit.dim) == (first.n_cells, first.current_unit.dim)
        if not same or abs(r.step_ms - first.step_ms) > 1e-9 * first.step_ms:
            raise ValueError(
                f"recordings must be of the same cells, kind of current and dt; got {first} at "
                f"{first.dt} and {r} at {r.dt}."
            )
    if not any(len(r.driven) for r in records):
        raise ValueError("recordings must have a current that changes, got none.")
    return records


def correlation_of(residuals: Sequence[np.ndarray]) -> float:
    """Return the correlation of residuals with those one sample later."""
    after = sum(float(np.sum(x[1:] * x[:-1])) for x in residuals)
    whole = sum(float(np.sum(x * x)) for x in residuals)
    return after / whole if whole else 0.0


def _edges_of(edges: Any, n: int) -> Edges:
    found = (
        edges
        if isinstance(edges, Edges)
        else as_edges(all_to_all() if edges is None else edges, (n,), (n,), same_population=True)
    )
    if found.n_cells != n or found.bipartite:
        raise ValueError(f"edges must be between the {n} cells recorded, got {found}.")
    return found
