"""Parameters and voltages of laws and rules as plain numbers."""

from __future__ import annotations

import jax
import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import ArrayLike

PER_MS = u.get_unit(1 / u.ms)


def check_number(
    name: str, value: ArrayLike, unit: u.Unit, what: str, *, positive: bool = False
) -> float:
    """Return a quantity as a number in ``unit``; raise an error if it is not one finite value.

    Examples
    --------
    >>> import saiunit as u
    >>> check_number('slope', 0.005 * u.volt, u.mV, 'a voltage')
    5.0
    """
    check_unit(name, value, unit, what)
    number = np.asarray(u.Quantity(value).to_decimal(unit))
    if number.shape != () or not np.isfinite(number):
        raise ValueError(f"{name} must be one finite value, got {describe(value)}.")
    if positive and not number > 0:
        raise ValueError(f"{name} must be positive, got {describe(value)}.")
    return float(number)


def number_in(value: ArrayLike, unit: u.Unit) -> float:
    """Return a quantity that was checked before as a number in ``unit``.

    Examples
    --------
    >>> import saiunit as u
    >>> number_in(0.005 * u.volt, u.mV)
    5.0
    """
    return float(u.Quantity(value).to_decimal(unit))


def difference(V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array:
    """Return the transjunctional voltage ``V_pre - V_post`` in mV, as plain numbers.

    Examples
    --------
    >>> import saiunit as u
    >>> print(difference([-60., -70.] * u.mV, -70. * u.mV))
    [10.  0.]
    """
    return (u.Quantity(V_pre) - u.Quantity(V_post)).to_decimal(u.mV)
