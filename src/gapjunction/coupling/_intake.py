"""How a population takes the current of a junction: as it is, or per area or capacitance."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.coupling._plain import as_plain, with_unit


def canonical(unit: u.Unit) -> u.Unit:
    """Return one unit for all units of a dimension.

    Implicit coupling adds currents of several junctions as plain numbers. These must be in the same
    unit, even if one junction has its weight in nS and another in uS.
    """
    for common in (u.mV, u.nA, u.uA / u.cm**2, u.mV / u.ms):
        if unit.dim == u.get_unit(common).dim:
            return u.get_unit(common)
    return u.Unit(unit.dim)


def unit_at(unit: u.Unit, per: u.Quantity | None) -> u.Unit:
    """Return the unit of a current or a conductance after division by ``per``."""
    return unit if per is None else u.get_unit(unit / per.unit)


def number(per: u.Quantity, unit: u.Unit, to: u.Unit) -> np.ndarray:
    """Return ``per`` as the plain numbers by which one in ``unit`` is divided to be in ``to``."""
    return np.asarray(per.to_decimal(u.get_unit(unit / to)), np.float64)


def divided(current: Any, per: u.Quantity | None) -> Any:
    """Return a current as a population takes it: over ``per``, in the dtype of the current.

    ``current`` may be the plain number 0, which brainstate takes as an input in any unit.
    """
    if per is None or isinstance(current, int):
        return current
    unit = u.get_unit(current)
    dtype = jnp.asarray(u.get_mantissa(current)).dtype
    # The result is in the common unit of its dimension: in a unit that happens to be much smaller,
    # the number might be too large for half precision.
    to = canonical(unit_at(unit, per))
    plain = as_plain(current, unit)
    return with_unit((plain / jnp.asarray(number(per, unit, to), plain.dtype)).astype(dtype), to)
