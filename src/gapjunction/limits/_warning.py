"""Warnings for a junction that is too strong for the time step, and for one that is too weak.

A junction is too weak to matter if a voltage difference would need minutes to decay through it.
Through one channel of 10 pS between cells of 1 nF, which is as weak as electrical synapses get, it
decays more than twice as fast as at the limit here. A junction below the limit has its conductance
in a wrong unit, such as 1 nS for a membrane of 1 uF. The limit is a rate and not a kappa, because
kappa is small wherever the time step is small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import warn
from gapjunction.connectivity import degree
from gapjunction.coupling import unit_at
from gapjunction.hosts import Part
from gapjunction.limits._junction import Junction, numbers
from gapjunction.limits._network import Network, per_edge
from gapjunction.limits._populations import (
    MS,
    Cells,
    NoCapacitanceError,
    capacitance_of,
    capacitances,
    populations_of,
)

# In 1/ms: below this rate, coupling does not matter in any simulation.
_WEAK: Final = 4e-6


def warn_if_unstable(junction: Junction, label: str, checked: float | None = None) -> float | None:
    """Warn if an explicit junction, taken alone, is not stable at the environment's time step.

    Parameters
    ----------
    junction : Junction
        The junction.
    label : str
        Its name in the warning.
    checked : float, optional
        What this function returned last. There is no second warning for a junction that is not
        stronger for the time step than it was then.

    Returns
    -------
    float or None
        How strong the junction is for the time step: the largest kappa, dt sum(g) / C, of a cell.
        It is ``checked`` where nothing can be decided: where the environment has no ``dt``, the
        capacitance is not known, or a number is traced by JAX and has no value yet.
    """
    if not junction.mode.stiffness:
        return checked
    dt = brainstate.environ.get("dt", default=None)
    weight = junction.largest_conductance()
    if (clock := clock_of(dt)) is None or _is_traced(weight):
        return checked
    try:
        cells = populations_of([junction], {}, None, clock)
    except (NoCapacitanceError, jax.errors.TracerArrayConversionError):
        return checked
    step = float(numbers(dt, clock))
    # Eigenvalues of large networks take long, so a cheap bound is tried first.
    strength, suspected = _strength(junction, cells, step, clock)
    # Two computations of the same strength may differ by rounding.
    again = checked is not None and strength <= checked * (1 + 1e-6)
    if again or not step > 0 or not suspected:
        return strength
    if not np.isfinite(np.asarray(u.get_mantissa(weight), np.float64)).all():
        # It has no limit; voltages that are not finite will show what is wrong.
        return strength
    net = Network.of([junction], cells, clock)
    top, _, limit = net.limits()
    if step >= limit:
        kappa = step * net.matrix.diagonal() / net.C
        ms, per_ms = ("", "") if clock.is_unitless else (" ms", " / ms")
        warn(
            f"{label} is too strong for explicit coupling at dt = {step:.4g}{ms}: voltages will "
            f"blow up. kappa = dt sum(g) / C is {kappa.mean():.3g} on average, {kappa.max():.3g} "
            f"at most, and lambda_max {top:.4g}{per_ms}; {junction.coupling!r} is stable up to "
            f"dt = {limit:.4g}{ms}, 'implicit' coupling at any."
        )
    return strength


def warn_if_too_weak(junction: Junction, label: str) -> bool:
    """Warn if the junction affects no cell: if its rate of coupling is below the limit at each.

    There is no warning for junctions without any conductance: these are switched off on purpose.

    Returns
    -------
    bool
        Whether this could be decided. If not, the caller tries again at ``init_state()``.
    """
    weight = junction.largest_conductance()
    if _is_traced(weight):
        return False
    g, unit = np.abs(per_edge(junction, weight).mantissa), u.get_unit(weight)
    if g.max(initial=0.0) == 0:
        return True
    found = []
    for host, per, total in _at_cells(junction, g):
        kind, own = type(host).__name__, unit_at(unit, per)
        try:
            C = capacitances(host, capacitance_of(host, kind, own), kind, own) * _flat(per)
        except (ValueError, TypeError):
            # The capacitance is unknown, or traced by JAX. Here it is needed for a warning only;
            # code that depends on the capacitance raises its own error.
            return False
        worst = int((total / C).argmax())
        found.append((float(total[worst] / C[worst]), kind, total[worst], C[worst]))
    rate, kind, most, capacitance = max(found)
    # Edges from a cell to itself, which carry no current, have a warning of their own.
    if not 0 < rate < _WEAK:
        return True
    dt = brainstate.environ.get("dt", default=None)
    kappa = ""
    if isinstance(dt, u.Quantity) and dt.dim == u.ms.dim and not _is_traced(dt):
        kappa = f", and kappa = dt sum(g) / C is {rate * float(dt.to_decimal(u.ms)):.1g}"
    beside, farads = "", unit * u.ms
    if farads.dim != u.UNITLESS.dim:
        # A conductance that is a rate already has the capacitance 1, which would tell the user
        # nothing.
        beside = f" with a capacitance of {_shown(capacitance, farads)}"
    warn(
        f"{label} is too weak to matter: through at most {_shown(most, unit)} at a cell of {kind}"
        f"{beside}, a voltage difference decays with a time constant of {1e-3 / rate:.3g} s"
        f"{kappa}. The usual cause is the unit of weight, or that the default parameters of {kind} "
        "are not those of a cell."
    )
    return True


def _at_cells(junction: Junction, g: np.ndarray) -> list[tuple[Any, Any, np.ndarray]]:
    """Return each population, its ``per``, and the sum of the conductances at each of its cells.

    ``g`` is the conductance of each edge. If an edge has two, the larger one counts: it bounds how
    the edge's current depends on the voltage of either of its ends.
    """
    total = degree(junction.edges, g.max(axis=1) if g.ndim == 2 else g)
    if junction.pre is junction.post:
        return [(junction.pre, junction.per[0], total)]
    pre, post = np.split(total, [junction.edges.n_pre])
    return [(junction.pre, junction.per[0], pre), (junction.post, junction.per[1], post)]


def _flat(per: u.Quantity | None) -> np.ndarray | float:
    """Return the plain numbers of ``per``, one for all cells or one for each; 1 without ``per``.

    They turn a capacitance in a population's own unit into one in the unit of the weight.
    """
    return 1.0 if per is None else np.ravel(per.mantissa)


def _strength(
    junction: Junction, cells: Mapping[int, Cells], dt: float, clock: u.Unit
) -> tuple[float, bool]:
    """Return the largest kappa of a cell, and whether the junction may be unstable.

    This takes one pass over the edges. By Gershgorin's theorem no eigenvalue exceeds twice the sum
    of the conductances at a cell: if this is below the limit of every cell, the step is stable.
    """
    weight = junction.largest_conductance()
    g = np.asarray(per_edge(junction, weight).mantissa)
    mode, ends = junction.mode, (junction.pre, junction.post)
    # Several places may be in one volume, so that the sum at a single place is not a bound.
    kappa, suspected = 0.0, any(isinstance(end, Part) for end in ends)
    for host, per, part in _at_cells(junction, g):
        own = cells[id(host)]
        unit = unit_at(u.get_unit(weight), per)
        C = numbers(own.C, unit * clock) * _flat(per)
        rate = np.zeros(len(C)) if own.rate is None else own.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            ceiling = (own.stepping.held if mode.held else own.stepping.ceiling)(rate, dt)
        kappa = max(kappa, float((dt * part / C).max()))
        suspected = suspected or not (2 * mode.stiffness * part < C * ceiling).all()
    return kappa, suspected


def clock_of(dt: object) -> u.Unit | None:
    """Return the unit of time that goes with a time step: ms, or none for a plain number.

    None is returned for anything else, and for a value that is traced by JAX.
    """
    if isinstance(dt, u.Quantity) and dt.dim == u.ms.dim:
        return None if _is_traced(dt) else MS
    plain = isinstance(dt, (float, int, np.number, np.ndarray, jax.Array)) and not _is_traced(dt)
    return u.UNITLESS if plain else None


def _is_traced(value: object) -> bool:
    return isinstance(u.get_mantissa(value), jax.core.Tracer)


def _shown(value: float, unit: u.Unit) -> str:
    """Return a number with its unit as text, with the prefix that makes it readable."""
    plain = (u.nS, u.uS, u.mS, u.siemens, u.pF, u.nF, u.uF, u.mfarad, u.farad)
    for common in (*plain, *(item / u.cm**2 for item in plain)):
        shown = u.Quantity(value, unit=unit)
        if shown.dim == u.get_unit(common).dim and 1 <= shown.to_decimal(common) < 999.5:
            return f"{shown.to_decimal(common):.3g} {u.get_unit(common)}"
    return f"{value:.3g} {unit}" if not unit.is_unitless else f"{value:.3g}"
