"""The membrane of a population for small signals: conductances, gates and ion pools."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction.limits import MS, PER_MS
from gapjunction.limits._populations import Cells
from gapjunction.neurons import PointNeuron


class Membrane(NamedTuple):
    """The linear membrane of each cell.

    Attributes
    ----------
    conductance : numpy.ndarray, shape (n_cells,)
        Membrane conductance while gates and pools do not change.
    gates : tuple of numpy.ndarray, optional
        The matrices A, b and c of gates and pools, as in :class:`Active`.
    """

    conductance: np.ndarray
    gates: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None


def membrane_of(
    host: brainstate.nn.Dynamics, cells: Cells, unit: u.Unit, gates: bool, clock: u.Unit = MS
) -> Membrane:
    """Return the linear membrane of a population, with conductances in ``unit``.

    ``clock`` is the unit of times: ms, or none in a model without units.

    Raises
    ------
    ValueError
        If the membrane cannot be derived from the population.
    """
    if isinstance(host, PointNeuron):
        return _of_channels(host, unit, gates)
    if cells.rate is None or _is_active(host):
        raise ValueError(
            f"leak must be given for {cells.label}: the membrane conductance of "
            f"{type(host).__name__} is not known, or is more than a leak. You can also inject() a "
            "current into a model at rest."
        )
    return Membrane(np.asarray(cells.C.to_decimal(u.get_unit(unit * clock))) * cells.rate)


def _is_active(host: brainstate.nn.Dynamics) -> bool:
    """Whether a population has conductances in addition to its leak."""
    # Neurons with a time constant and a resistance have no conductances of channels.
    if hasattr(host, "tau") and hasattr(host, "R"):
        return False
    own = {k: v for k, v in vars(host).items() if k.startswith("g") and isinstance(v, u.Quantity)}
    leaks = [v for k, v in own.items() if k.lower().replace("_", "") in ("gl", "gleak")]
    kinds = {v.dim for v in leaks}
    return sum(v.dim in kinds for v in own.values()) > len(leaks)


def _of_channels(host: brainstate.nn.Dynamics, unit: u.Unit, gates: bool) -> Membrane:
    """Return the linear membrane of a population of neurons that are made of channels."""
    V = host._voltage()
    if u.math.shape(V) != tuple(host.varshape):
        raise ValueError(
            f"model must be initialised without a batch, got voltages of {describe(V)}."
        )
    random = [name for name, channel in host.channels.items() if channel.noise is not None]
    if gates and random:
        raise ValueError(
            f"gates must be 'frozen' for a model whose channels open at random, as those of "
            f"{type(host).__name__} called {', '.join(random)} do."
        )

    def current(V: u.Quantity) -> u.Quantity:
        found = host.membrane.total(V, host.membrane.concentrations())
        return found if host.area is None else found * host.area

    return linear(
        V,
        [getattr(owner, name) for owner, name in host.membrane.states()],
        current,
        host.membrane.derivative,
        unit,
        gates,
    )


def linear(
    V: u.Quantity,
    states: Sequence[brainstate.State],
    current: Callable[[u.Quantity], u.Quantity],
    derivative: Callable[[u.Quantity], Sequence[Any]],
    unit: u.Unit,
    gates: bool,
) -> Membrane:
    """Return the linear membrane of cells from their current and their states' derivatives.

    Parameters
    ----------
    V : Quantity
        The voltages.
    states : sequence of State
        Gates and pools. Each has one value for each voltage or, for kinetic schemes, one more axis.
    current : callable
        The outward current of each cell, as a function of the voltages at the states' values.
    derivative : callable
        The time derivatives of the states, in their order.
    unit : Unit
        The unit of the conductances.
    gates : bool
        Whether the states follow the voltage.
    """
    volt = u.get_unit(V)
    start = [state.value for state in states]
    plain = [jnp.asarray(u.get_mantissa(value)) for value in start]
    units = [u.get_unit(value) for value in start]

    def rates(v: jax.Array, *values: jax.Array) -> list[Any]:
        # This returns the outward current, and the time derivatives of all gates and pools.
        for state, value, own in zip(states, values, units, strict=True):
            state.value = value if own.is_unitless else u.Quantity(value, unit=own)
        V = u.Quantity(v, unit=volt)
        slopes = derivative(V)
        found = [u.Quantity(s).to_decimal(o * PER_MS) for s, o in zip(slopes, units, strict=True)]
        return [u.Quantity(current(V)).to_decimal(unit * volt), *found]

    at = (jnp.asarray(u.get_mantissa(V)), *plain)
    try:
        return _derivatives(rates, at, gates and bool(states))
    finally:
        for state, value in zip(states, start, strict=True):
            state.value = value


def _derivatives(rates: Callable[..., list[Any]], at: tuple[Any, ...], gates: bool) -> Membrane:
    # The state of a kinetic scheme has one more dimension than V, the last one: the occupancies of
    # its states, whose sum is 1.
    widths = [1 if x.ndim == at[0].ndim else x.shape[-1] for x in at]
    ends = np.cumsum([0, *widths])
    total = int(ends[-1]) if gates else 1

    # The membranes of different cells do not depend on each other. Changing the same variable of
    # all cells at once therefore gives the derivatives of each cell.
    def moved(by: jax.Array) -> list[Any]:
        by = jnp.concatenate([by, jnp.zeros(int(ends[-1]) - total, by.dtype)])
        shifts = (by[i] if j - i == 1 else by[i:j] for i, j in itertools.pairwise(ends))
        return rates(*(x + d.astype(x.dtype) for x, d in zip(at, shifts, strict=True)))

    # The function is compiled, because running it operation by operation takes many times as long.
    derivative = brainstate.transform.jit(brainstate.transform.jacfwd(moved))
    slopes = derivative(jnp.zeros(total, at[0].dtype))
    n = at[0].size
    J = np.concatenate(
        [
            np.broadcast_to(np.asarray(s, np.float64), (*x.shape, total)).reshape(n, -1, total)
            for s, x in zip(slopes, at, strict=True)
        ],
        axis=1,
    )
    if not gates:
        return Membrane(J[:, 0, 0])
    A = J[:, 1:, 1:].copy()
    for x, (i, j) in zip(at, itertools.pairwise(ends), strict=True):
        if x.ndim > at[0].ndim:
            # The sum of the occupancies is constant, so that A is singular and the steady state not
            # unique. This term lets a change of the sum decay to 0, and changes nothing else.
            A[:, i - 1 : j - 1, i - 1 : j - 1] -= 1.0
    return Membrane(J[:, 0, 0], (A, J[:, 1:, 0], J[:, 0, 1:]))
