"""Currents that are linear in V, and the kinds of conductance: per area or absolute."""

from __future__ import annotations

from typing import NamedTuple

import saiunit as u

from gapjunction._checks import describe


class Affine(NamedTuple):
    """A membrane current at constant gates, ``I = conductance * V - battery``.

    The battery is a current: for an ohmic channel, conductance times reversal potential.
    """

    conductance: u.Quantity
    battery: u.Quantity


def check_amount(name: str, value: object, absolute: u.Unit, what: str) -> bool:
    """Return whether ``value`` is per area; raise an error for any unit but the two allowed.

    Parameters
    ----------
    name : str
        Name of the argument, for the error message.
    value : object
        The amount, absolute or per area.
    absolute : Unit
        A unit of the absolute amount.
    what : str
        What the argument must be, for the error message.
    """
    dim = u.get_unit(value).dim
    if dim == absolute.dim:
        return False
    if dim == (absolute / u.cm**2).dim:
        return True
    raise u.UnitMismatchError(
        f"{name} must be {what}; got {describe(value)}.", u.get_unit(value), absolute
    )
