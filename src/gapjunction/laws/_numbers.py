"""Checks of a law's parameters, which are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe


def check_number(
    name: str, value: Any, unit: u.Unit, what: str, *, positive: bool = False
) -> float:
    """Return a quantity as a number of ``unit``, if it is one, finite value.

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
