"""What is known about the membranes of populations: capacitance, rate of decay, and solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike
from gapjunction.coupling import unit_at
from gapjunction.hosts import Part, Stepping
from gapjunction.hosts import describe as describe_host
from gapjunction.limits._junction import Junction, numbers

PER_MS: Final = u.get_unit(1 / u.ms)
# The unit of time in which limits are computed, if the time step has a unit. If it is a plain
# number, times and rates are plain numbers too.
MS: Final = u.get_unit(u.ms)


class NoCapacitanceError(ValueError):
    """A population has no capacitance that fits the unit of a conductance."""


class Cells(NamedTuple):
    """The membranes of one population."""

    label: str
    """Name of the population in reports and messages."""
    unit: u.Unit
    """Unit of the conductances of junctions after division by ``per``."""
    C: u.Quantity
    """Capacitance of each cell, shape ``(n_cells,)``, in the unit above times that of time."""
    rate: np.ndarray | None
    """Rate in 1/ms at which each cell decays by itself, shape ``(n_cells,)``; None if unknown."""
    stepping: Stepping
    """The kind of step that the population takes."""


def populations_of(
    junctions: Sequence[Junction],
    names: Mapping[int, str],
    capacitance: Mapping[Any, ArrayLike] | ArrayLike | None,
    clock: u.Unit = MS,
) -> dict[int, Cells]:
    """Return the membranes of all populations that junctions connect.

    Parameters
    ----------
    junctions : sequence of Junction
        The junctions.
    names : mapping of int to str
        Names of populations, by ``id()``, where a model has them.
    capacitance : Quantity, mapping or None
        Capacitance of all populations, or of some of them, with populations or names as keys; None
        for their own.
    clock : Unit
        The unit of time: ms, or none where the time step is a plain number.

    Returns
    -------
    dict of int to Cells
        By the ``id()`` of each population.

    Raises
    ------
    ValueError
        If the capacitance of a population is not known, not positive or of a wrong shape, or is
        given for a population that is not there.
    saiunit.UnitMismatchError
        If a given capacitance does not fit the unit of the conductances.
    """
    hosts: dict[int, tuple[Any, u.Unit]] = {}
    for junction in junctions:
        unit = u.get_unit(junction.largest_conductance())
        for host, per in zip((junction.pre, junction.post), junction.per, strict=True):
            hosts.setdefault(id(host), (host, unit_at(unit, per)))
    labels = unique(names.get(id(h)) or h.name or type(h).__name__ for h, _ in hosts.values())
    given = {}
    if isinstance(capacitance, Mapping):
        for key, value in capacitance.items():
            found = [
                i for i, n in zip(hosts, labels, strict=True) if key is hosts[i][0] or key == n
            ]
            if not found:
                raise ValueError(
                    f"capacitance must have populations, or their names in {labels}, as its keys; "
                    f"got {key!r}."
                )
            given[found[0]] = value
    elif capacitance is not None:
        given = dict.fromkeys(hosts, capacitance)
    return {
        key: cells_of(host, label, unit, given.get(key), clock)
        for (key, (host, unit)), label in zip(hosts.items(), labels, strict=True)
    }


def cells_of(
    host: brainstate.nn.Dynamics,
    label: str,
    unit: u.Unit,
    given: ArrayLike | None,
    clock: u.Unit,
) -> Cells:
    """Return the membranes of a population that has the conductances of junctions in ``unit``."""
    if given is not None and isinstance(host, Part):
        raise ValueError(
            f"capacitance must not be given for {label}, whose cells have their own; got "
            f"{describe(given)}."
        )
    if given is not None:
        C = _given(given, label, unit, clock)
    else:
        C = capacitance_of(host, label, unit, clock)
    each = capacitances(host, C, label, unit, clock)
    rate, size = _rate(host, clock), tuple(host.out_size)
    if rate is not None:
        # Over a batch the smallest rate counts. It gives the smallest limit, except with explicit
        # Runge-Kutta solvers.
        batch = tuple(range(max(rate.ndim - len(size), 0)))
        rate = np.broadcast_to(rate.min(axis=batch), size).reshape(-1).clip(min=0)
    C = u.Quantity(each, unit=u.get_unit(unit * clock))
    return Cells(label, unit, C, rate, describe_host(host).stepping)


def capacitances(
    host: brainstate.nn.Dynamics, C: ArrayLike, label: str, unit: u.Unit, clock: u.Unit = MS
) -> np.ndarray:
    """Return the capacitance of each cell in ``unit`` times ``clock``, shape ``(n_cells,)``.

    Raises
    ------
    ValueError
        If a capacitance is not positive, or not of the population's size.
    """
    size = tuple(host.out_size)
    try:
        each = np.broadcast_to(numbers(C, unit * clock), size).reshape(-1)
    except ValueError as error:
        raise ValueError(
            f"capacitance of {label} must be of the population's size {size}, got {describe(C)}."
        ) from error
    if not (np.isfinite(each).all() and each.min() > 0):
        raise ValueError(f"capacitance of {label} must be positive, got {describe(C)}.")
    return each


def _given(C: ArrayLike, label: str, unit: u.Unit, clock: u.Unit) -> ArrayLike:
    """Return a capacitance that was given, if its unit fits conductances in ``unit``."""
    if u.get_unit(C).dim != (unit * clock).dim:
        raise u.UnitMismatchError(
            f"capacitance of {label} must be in a unit such as {unit * clock}, as its "
            f"conductances are in {unit}; got {describe(C)}."
        )
    return C


def capacitance_of(
    host: brainstate.nn.Dynamics, label: str, unit: u.Unit, clock: u.Unit = MS
) -> Any:
    """Return the capacitance by which a conductance in ``unit`` is divided to give a rate.

    It is the one that :mod:`gapjunction.hosts` has for the population, if its unit fits, and 1 if
    the conductance is a rate already.

    Raises
    ------
    NoCapacitanceError
        If none of these fits.
    """
    known = describe_host(host).capacitance
    candidates = [] if known is None else [*known] if isinstance(known, tuple) else [known]
    if not (candidates and clock.is_unitless):
        # In populations without a capacitance, whose input is a change of voltage per time, a
        # conductance is a rate. Plain numbers do not show whether they are rates, so in a model
        # without units this holds only for populations that have none of the above.
        candidates.append(1.0)
    for candidate in candidates:
        if u.get_unit(candidate).dim == (unit * clock).dim:
            return candidate
    if isinstance(host, Part) and known is None:
        raise NoCapacitanceError(
            f"{label} has the capacitances of its cells, which are not initialised: call "
            f"init_state() of {type(host.owner).__name__} first."
        )
    raise NoCapacitanceError(
        f"capacitance must be given for {label}: {type(host).__name__} has no C, nor tau and R, "
        f"that fits its conductances in {unit}"
        f"{' and times without a unit' if clock.is_unitless else ''}."
    )


def _rate(host: brainstate.nn.Dynamics, clock: u.Unit) -> np.ndarray | None:
    """Return the rate in 1/``clock`` at which cells decay by themselves; None if it is not known.

    One that is not finite counts as not known.
    """
    known = describe_host(host).rate
    found = known() if callable(known) else known
    if found is None or (u.get_unit(found) * clock).dim != u.UNITLESS.dim:
        return None
    if isinstance(u.get_mantissa(found), jax.core.Tracer):
        # States that are made within a transformed function have no values yet.
        return None
    rate = numbers(found, clock**-1)
    # Limits are often asked for after voltages have blown up. The conductance may then be NaN or
    # infinite, which says nothing about the membrane.
    return rate if np.isfinite(rate).all() else None


def unique(names: Iterable[str]) -> list[str]:
    """Return names without repetition: the second ``LIF`` is called ``LIF (2)``, and so on."""
    found: list[str] = []
    for name in names:
        same, k = name, 1
        while same in found:
            k += 1
            same = f"{name} ({k})"
        found.append(same)
    return found
