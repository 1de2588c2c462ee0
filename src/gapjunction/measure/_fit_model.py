"""Parameters of any model, fitted to recordings through its simulation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from scipy.optimize import least_squares

from gapjunction._checks import check_int, check_real, describe
from gapjunction._params import as_floating
from gapjunction._typing import Value
from gapjunction.coupling import with_unit
from gapjunction.measure._cells import Cell, Model
from gapjunction.measure._estimate import Estimate, covariance, estimate
from gapjunction.measure._fit import check_recordings, correlation_of
from gapjunction.measure._inject import Rig
from gapjunction.measure._recording import Recording
from gapjunction.stability._stability import junctions_of


@dataclasses.dataclass(frozen=True, eq=False)
class ModelFit:
    """Parameters of a model, fitted to recordings.

    Attributes
    ----------
    estimates : tuple of Estimate
        One for each fitted State, in its shape and unit.
    noise : Quantity
        Standard deviation of the residuals: recorded voltages minus simulated ones.
    correlation : float
        Correlation of each residual with that of the next sample.
    level : float
        Level of the confidence intervals.
    converged : bool
        Whether the search ended at a minimum.
    """

    __module__ = "gapjunction.measure"

    estimates: tuple[Estimate, ...]
    noise: u.Quantity
    correlation: float
    level: float
    converged: bool


def fit_model(
    recordings: Recording | Sequence[Recording],
    model: Model,
    parameters: Sequence[brainstate.State] | None = None,
    *,
    cells: Sequence[Cell] | None = None,
    step: Callable[[], Any] | None = None,
    lags: int = 0,
    level: float = 0.95,
) -> ModelFit:
    """Fit parameters of a model to current-clamp traces, with derivatives through its simulation.

    For each recording, the model is run from its present state with the currents and the ``dt`` of
    the recording. All voltages are fitted by least squares (with SciPy), starting from the present
    values of the parameters; JAX computes the Jacobian in forward mode. Afterwards all states of
    the model have their former values again, the parameters included.

    Parameters
    ----------
    recordings : Recording or sequence of them
        Recordings of the same cells, in the units of the model.
    model : Module, junction or sequence of them
        Junctions between populations, or a model that contains them. It must be initialised and in
        the state that the recordings start from.
    parameters : sequence of State, optional
        The States to fit; by default the weights of all junctions.
    cells : sequence of int or of tuple of str and int, optional
        The cells that were recorded; by default all, in the order of :func:`inject`.
    step : callable, optional
        As in :func:`inject`.
    lags, level : optional
        As in :func:`fit_conductance`.

    Returns
    -------
    ModelFit

    Raises
    ------
    TypeError
        If a parameter is not a State.
    ValueError
        If the recordings are not of these cells, a cell is given twice, or the voltages do not
        depend on a parameter.
    saiunit.UnitMismatchError
        If only one of the recordings and the model has voltages with a unit, or if the currents do
        not have the unit of the input of the populations.

    Notes
    -----
    With spikes, the sum of squares has many narrow minima. Fit voltages below threshold, or start
    close to the solution.

    Examples
    --------
    >>> import brainpy, brainstate, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=0.2 * u.Gohm, tau=20 * u.ms, V_th=1 * u.volt)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', gj.connectivity.all_to_all(), 1.5 * u.nS)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> on = np.where(np.arange(600) // 200 == 1, 50, 0) * u.pA
    >>> recording = gj.measure.inject(gap, on, 0, dt=0.1 * u.ms)
    >>> gap.weight.value = 0.5 * u.nS
    >>> fit = gj.measure.fit_model(recording, gap)
    >>> print(f'{fit.estimates[0].value.to_decimal(u.nS):.2f} nS')
    1.50 nS
    """
    records = check_recordings(recordings)
    lags, level = check_int("lags", lags), check_real("level", level, low=0.01, high=0.9999)
    rig = Rig(model, step)
    states = _states_of(model, parameters)
    every = range(rig.n_cells) if cells is None else cells
    seen = np.array([rig.cell("cells", c) for c in every])
    if len(seen) != records[0].n_cells:
        raise ValueError(
            f"cells must be those of the recordings, {records[0].n_cells}; got {len(seen)}."
        )
    if len(set(seen.tolist())) < len(seen):
        raise ValueError(f"cells must be different cells, got {describe(cells)}.")
    unit, wanted = records[0].current_unit, rig.current_unit
    if wanted is not None and wanted.dim != unit.dim:
        raise u.UnitMismatchError(
            f"recordings must have currents in a unit such as {wanted}, as the populations take "
            f"it; got {unit}."
        )
    if rig.volt_unit.dim != records[0].volt_unit.dim:
        raise u.UnitMismatchError(
            "recordings and model must both have voltages with a unit, or both without; got "
            f"{describe(records[0].V)}."
        )
    drives = [_drive(r, seen, rig.n_cells, unit) for r in records]
    before = [state.value for state in rig.states]
    values = [as_floating(state.value) for state in states]
    sizes = [int(u.math.size(v)) for v in values]
    shapes, units = [u.math.shape(v) for v in values], [u.get_unit(v) for v in values]
    origin = np.concatenate([np.ravel(np.asarray(u.get_mantissa(v), np.float64)) for v in values])
    scale = np.where(origin == 0, 1.0, np.abs(origin))
    dtype = brainstate.environ.dftype()

    def voltages(x: jax.Array, drive: Value) -> jax.Array:
        # Each run starts from the state that the model had when it was passed to the fit.
        for state, value in zip(rig.states, before, strict=True):
            state.value = value
        parts = jnp.split(x * scale.astype(dtype), np.cumsum(sizes)[:-1])
        for state, part, shape, own in zip(states, parts, shapes, units, strict=True):
            part = part.reshape(shape)
            state.value = part if own.is_unitless else u.Quantity(part, unit=own)
        return rig.run(drive, records[0].dt)[:, seen]

    slopes = brainstate.transform.jacfwd(voltages, argnums=0, return_value=True)
    run = brainstate.transform.jit(lambda x, drive: slopes(x, drive))
    # SciPy asks for residuals and for the Jacobian in turn; one simulation gives both.
    memory: dict[bytes, tuple[list[np.ndarray], list[np.ndarray]]] = {}

    def at(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        if (key := x.tobytes()) not in memory:
            memory.clear()
            found = [run(jnp.asarray(x, dtype), drive) for drive in drives]
            residuals = [
                np.asarray(V, np.float64) - r.volts
                for (_, V), r in zip(found, records, strict=True)
            ]
            memory[key] = residuals, [np.asarray(J, np.float64) for J, _ in found]
        return memory[key]

    tight = 1e-10 if dtype == np.float64 else 1e-6
    with rig.plugged():
        solution = least_squares(
            lambda x: np.concatenate([r.reshape(-1) for r in at(x)[0]]),
            origin / scale,
            jac=lambda x: np.concatenate([j.reshape(-1, j.shape[-1]) for j in at(x)[1]]),
            xtol=tight,
            ftol=tight,
            gtol=tight,
        )
        residuals, jacobians = at(solution.x)
    if not all(np.any(J) for J in np.moveaxis(np.concatenate(jacobians), -1, 0)):
        raise ValueError("parameters must have an effect on the voltages; one has no effect.")
    cov, freedom, variance = covariance(jacobians, residuals, lags)
    error = np.sqrt(np.diag(cov).clip(min=0)) * scale
    split = [np.split(y, np.cumsum(sizes)[:-1]) for y in (solution.x * scale, error)]
    return ModelFit(
        tuple(
            estimate(v.reshape(shape), s.reshape(shape), own, level, freedom)
            for v, s, shape, own in zip(*split, shapes, units, strict=True)
        ),
        noise=u.Quantity(np.sqrt(variance), unit=records[0].volt_unit),
        correlation=correlation_of(residuals),
        level=level,
        converged=bool(solution.success),
    )


def _states_of(
    model: Model, parameters: Sequence[brainstate.State] | None
) -> list[brainstate.State]:
    """Return the States to fit, each of them once."""
    if parameters is None:
        parameters = [junction.weight for junction in junctions_of(model)[0]]
    if isinstance(parameters, brainstate.State):
        parameters = [parameters]
    for item in parameters:
        if not isinstance(item, brainstate.State):
            raise TypeError(f"parameters must be States, such as a weight; got {describe(item)}.")
    if not parameters:
        raise ValueError("parameters must hold a State to fit, got none.")
    return list({id(item): item for item in parameters}.values())


def _drive(record: Recording, seen: np.ndarray, n: int, unit: u.Unit) -> Value:
    """Return the currents of a recording into all ``n`` cells; 0 into those not recorded."""
    every = np.zeros((u.math.shape(record.V)[0], n))
    every[:, seen] = record.amperes
    return with_unit(jnp.asarray(every, brainstate.environ.dftype()), unit)
