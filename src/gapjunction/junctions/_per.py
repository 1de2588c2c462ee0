"""The argument ``per``: what the current of a junction is divided by in each of its populations."""

from __future__ import annotations

from typing import Final, TypeAlias

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Population
from gapjunction.hosts import check_current_unit, input_unit, voltage_unit

Per: TypeAlias = "ArrayLike | tuple[ArrayLike | None, ArrayLike | None]"
"""One divisor for both populations, or a pair (pre, post) of divisors or None."""

Divisors: TypeAlias = "tuple[u.Quantity | None, u.Quantity | None]"
"""What the currents into pre and into post are divided by, with mantissas of NumPy."""

# What an absolute current may be divided by: for each dimension, the name and the unit that are
# recommended in messages.
_NAMES: Final = {
    u.get_unit(unit).dim: (name, u.get_unit(unit))
    for name, unit in (
        ("area", u.cm**2),
        ("capacitance", u.pF),
        # It is for neurons whose resistance is a plain number, so that their input is a voltage.
        ("conductance", u.nS),
    )
}


def as_divisors(
    per: Per | None, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics
) -> Divisors:
    """Return the argument ``per`` as a pair of quantities, each of which may be None.

    Raises
    ------
    TypeError
        If a divisor is not a number or an array, is traced by JAX, or if there are two for one
        population.
    ValueError
        If a divisor is not finite and positive, has neither one value nor the shape of its
        population, or there are not two in a pair.
    """
    if per is None:
        return None, None
    if not isinstance(per, (tuple, list)):
        one = _divisor("per", per, pre)
        return one, one if post is pre else _divisor("per", per, post)
    if len(per) != 2:
        raise ValueError(
            f"per must be one value, or a pair (pre, post) of values or None; got {len(per)} items."
        )
    if pre is post:
        raise TypeError(
            "per must be one value where a population is coupled to itself, because its cells take "
            f"all currents in the same way; got the pair {describe(per)}."
        )
    first, second = per
    return _divisor("per[0]", first, pre), _divisor("per[1]", second, post)


def _divisor(name: str, value: object, host: brainstate.nn.Dynamics) -> u.Quantity | None:
    """Return one divisor as a quantity with a float64 array of NumPy."""
    if value is None:
        return None
    mantissa = u.get_mantissa(value)
    try:
        plain = None if isinstance(mantissa, jax.core.Tracer) else np.asarray(mantissa)
    except (TypeError, ValueError):
        plain = None
    if plain is None or plain.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} must be a number or an array with a unit, which is known when the junction is "
            f"made, or None; got {describe(value)}."
        )
    if plain.shape not in ((), tuple(host.out_size)):
        raise ValueError(
            f"{name} must be one value or have the shape {tuple(host.out_size)} of the population, "
            f"got the shape {plain.shape}."
        )
    plain = plain.astype(np.float64)
    if not (np.isfinite(plain).all() and (plain > 0).all()):
        raise ValueError(f"{name} must be positive and finite, got {describe(value)}.")
    return u.Quantity(plain, unit=u.get_unit(value))


def remedy(
    hosts: tuple[brainstate.nn.Dynamics, brainstate.nn.Dynamics],
    states: tuple[str, str],
    weight: u.Unit,
) -> str:
    """Return the end of a message about a weight that does not fit: which ``per`` would help.

    It is empty if no ``per`` would help, or if another unit of the weight is enough.
    """
    needs = []
    for host, state in zip(hosts, states, strict=True):
        voltage, wanted = voltage_unit(host, state), input_unit(host, state)
        if voltage is None or wanted is None:
            return ""
        need = (u.siemens * voltage / wanted).dim
        if need != u.UNITLESS.dim and need not in _NAMES:
            return ""
        needs.append(_NAMES.get(need))
    absolute = weight.dim == u.siemens.dim
    named = [need for need in needs if need is not None]
    if not named or (not absolute and needs[0] == needs[1]):
        return ""
    pair = f"({', '.join('None' if need is None else need[0] for need in needs)})"
    shown = named[0][0] if hosts[0] is hosts[1] else pair
    units = " and ".join(dict.fromkeys(str(unit) for _, unit in named))
    if absolute:
        return f"; or give per={shown} in {units}"
    return (
        f"; no weight fits both populations by itself: give one in nS, and per={shown} in {units}"
    )


def check_units(
    hosts: tuple[Population, Population], states: tuple[str, str], per: Divisors, unit: u.Unit
) -> None:
    """Raise an error if two populations and a conductance in ``unit`` do not fit together."""
    pre, post = (voltage_unit(host, state) for host, state in zip(hosts, states, strict=True))
    if pre is not None and post is not None and pre.dim != post.dim:
        raise u.UnitMismatchError(
            f"pre_state and post_state must be in the same kind of unit; {states[0]!r} is in {pre} "
            f"and {states[1]!r} in {post}."
        )
    for label, host, state, own in zip(("pre", "post"), hosts, states, per, strict=True):
        divisor = None if own is None else own.unit
        check_current_unit(label, host, state, unit, divisor, lambda: remedy(hosts, states, unit))
