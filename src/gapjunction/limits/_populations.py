"""What populations tell about their membranes: capacitance, own rate, and solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._hosts import coupling_point
from gapjunction.limits._junction import Junction

PER_MS: Final = u.get_unit(1 / u.ms)
# Parts of the names of explicit solvers: where their stability ends on the negative real axis.
_INTERVALS: Final = {"rk4": 2.785293563405, "rk3": 2.512745326618, "ssprk33": 2.512745326618}
# Names under which hosts keep their leak conductance.
_LEAKS: Final = ("gL", "g_L", "g_leak", "gl", "g_l")
# With one of these the slope of a neuron with tau and R is not -1 / tau.
_NONLINEAR: Final = ("delta_T", "c")


class NoCapacitanceError(ValueError):
    """A population does not tell its capacitance."""


class Cells(NamedTuple):
    """One population."""

    label: str
    C: u.Quantity  # shape (n_cells,)
    rate: np.ndarray | None  # 1/ms, shape (n_cells,)
    ceiling: Callable[[np.ndarray, float], np.ndarray]  # the right sides of the conditions above


def populations_of(
    junctions: Sequence[Junction], names: Mapping[int, str], capacitance: Any
) -> dict[int, Cells]:
    hosts: dict[int, tuple[Any, u.Unit]] = {}
    for junction in junctions:
        unit = u.get_unit(junction.largest_conductance())
        for host in (junction.pre, junction.post):
            hosts.setdefault(id(host), (host, unit))
    labels = unique(names.get(id(h)) or h.name or type(h).__name__ for h, _ in hosts.values())
    given = {}
    if isinstance(capacitance, Mapping):
        for key, value in capacitance.items():
            found = [
                i for i, n in zip(hosts, labels, strict=True) if key is hosts[i][0] or key == n
            ]
            if not found:
                raise ValueError(f"capacitance must be by population, of {labels}; got {key!r}.")
            given[found[0]] = value
    elif capacitance is not None:
        given = dict.fromkeys(hosts, capacitance)
    return {
        key: _cells(host, label, unit, given.get(key))
        for (key, (host, unit)), label in zip(hosts.items(), labels, strict=True)
    }


def _cells(host: Any, label: str, unit: u.Unit, given: Any) -> Cells:
    C = _given(given, label, unit) if given is not None else capacitance_of(host, label, unit)
    size = tuple(host.out_size)
    try:
        each = np.broadcast_to(numbers(C, unit * u.ms), size).reshape(-1)
    except ValueError as error:
        raise ValueError(
            f"capacitance of {label} must be of the population's size {size}, got {describe(C)}."
        ) from error
    if not (np.isfinite(each).all() and each.min() > 0):
        raise ValueError(f"capacitance of {label} must be positive, got {describe(C)}.")
    rate = _rate(host, C)
    if rate is not None:
        batch = tuple(range(max(rate.ndim - len(size), 0)))
        rate = np.broadcast_to(rate.min(axis=batch), size).reshape(-1).clip(min=0)
    return Cells(label, u.Quantity(each, unit=unit * u.ms), rate, _ceiling_of(host))


def _given(C: Any, label: str, unit: u.Unit) -> Any:
    if (unit / u.get_unit(C)).dim != PER_MS.dim:
        raise u.UnitMismatchError(
            f"capacitance of {label} must be in a unit such as {unit * u.ms}, as its "
            f"conductances are in {unit}; got {describe(C)}."
        )
    return C


def capacitance_of(host: Any, label: str, unit: u.Unit) -> Any:
    """Return what gives a rate with a conductance in ``unit``, as the population has it.

    Raises
    ------
    NoCapacitanceError
        If the population does not tell.
    """
    C, R, tau = (getattr(host, name, None) for name in ("C", "R", "tau"))
    area = getattr(host, "area", None)
    candidates = [] if C is None else [C]
    candidates += [C * area] if C is not None and isinstance(area, u.Quantity) else []
    candidates += [tau / R] if R is not None and tau is not None else []
    # Conductances that are rates: the population's voltage takes its input without capacitance.
    for candidate in (*candidates, 1.0):
        if (unit / u.get_unit(candidate)).dim == PER_MS.dim:
            return candidate
    raise NoCapacitanceError(
        f"capacitance must be given for {label}: {type(host).__name__} has no C, nor tau and R, "
        f"that fits its conductances in {unit}."
    )


def _rate(host: Any, capacitance: Any) -> np.ndarray | None:
    """Return the rate in 1/ms at which cells decay by themselves, if the population tells."""
    found: Any = None
    membrane: Any = getattr(host, "membrane", None)
    if hasattr(membrane, "affine"):
        if isinstance(getattr(host, "V", None), brainstate.State):
            found = membrane.affine(host.V.value, membrane.concentrations()).conductance / host.C
    elif hasattr(host, "tau") and hasattr(host, "R"):
        if not any(hasattr(host, name) for name in _NONLINEAR):
            found = 1 / host.tau
    else:
        leak = [getattr(host, name) for name in _LEAKS if hasattr(host, name)]
        found = leak[0] / capacitance if leak else None
    if found is None or u.get_unit(found).dim != PER_MS.dim:
        return None
    return numbers(found, PER_MS)


def _ceiling_of(host: Any) -> Callable[[np.ndarray, float], np.ndarray]:
    """Return the right side of the condition that fits the population's solver."""
    if coupling_point(host) != 1:
        return lambda a, dt: 2 / dt + a
    solver = getattr(host, "solver", None)
    name = getattr(getattr(solver, "function", solver), "__name__", "exp_euler")
    if "exp_euler" not in name:
        end = next((x for key, x in _INTERVALS.items() if key in name), 2.0)
        return lambda a, dt: end / dt - a

    def exponential(a: np.ndarray, dt: float) -> np.ndarray:
        # Below, the two are the same; a = 0 has no quotient.
        slow = a * dt < 1e-6 if dt < math.inf else a == 0
        return np.where(slow, 2 / dt, a / np.tanh(np.where(slow, 1.0, a * dt / 2)))

    return exponential


def numbers(value: Any, unit: u.Unit) -> np.ndarray:
    return np.asarray(u.Quantity(value).to_decimal(unit), np.float64)


def unique(names: Iterable[str]) -> list[str]:
    """Return names, numbered from the second of its kind on."""
    found: list[str] = []
    for name in names:
        same, k = name, 1
        while same in found:
            k += 1
            same = f"{name} ({k})"
        found.append(same)
    return found
