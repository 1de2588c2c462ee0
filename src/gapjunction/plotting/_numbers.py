"""Plain numbers, and the names of their units, of what is given to a picture."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction.connectivity._ids import refuse_traced
from gapjunction.plotting._text import typeset


def plain(name: str, value: Any, unit: u.Unit | None = None, what: str = "") -> np.ndarray:
    """Return real numbers as float64, in ``unit`` or else in their own.

    Raises
    ------
    TypeError
        If they are no real numbers, or are traced by a JAX transform.
    saiunit.UnitMismatchError
        If they are not in a unit such as ``unit``, which is ``what``.
    """
    if unit is not None:
        check_unit(name, value, unit, what)
        value = u.Quantity(value).to_decimal(unit)
    mantissa = u.get_mantissa(value)
    refuse_traced(name, mantissa)
    array = np.asarray(mantissa)
    # What JAX has besides, such as bfloat16, NumPy knows by no kind of its own.
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise TypeError(f"{name} must be real numbers, got {describe(value)}.")
    return array.astype(np.float64)


def unit_text(unit: u.Unit) -> str:
    """Return how a unit is written; empty for none.

    Examples
    --------
    >>> import saiunit as u
    >>> unit_text(u.get_unit(1 * u.uA / u.cm**2)), unit_text(u.UNITLESS)
    ('µA/cm²', '')
    """
    if unit.is_unitless:
        return ""
    text = str(unit).replace(" / ", "/").replace(" * ", " ")
    return typeset(re.sub(r"\bu(?=[A-Za-z])", "µ", text))


def labelled(name: str, unit: u.Unit) -> str:
    """Return the label of an axis.

    Examples
    --------
    >>> import saiunit as u
    >>> labelled("V", u.mV), labelled("V", u.UNITLESS)
    ('V (mV)', 'V')
    """
    text = unit_text(unit)
    return f"{name} ({text})" if text else name


def noun(unit: u.Unit) -> str:
    """Return what values of a unit are called: ``V`` if they are voltages, else ``value``."""
    return "V" if unit.dim == u.mV.dim else "value"


def recording(t: Any, name: str, values: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return times, shape ``(n_times,)``, and values, shape ``(n_times, n_cells)``.

    Parameters
    ----------
    t : array_like or Quantity
        Rising.
    name : str
        What ``values`` are called in messages.
    values : array_like or Quantity
        Shape ``(n_times,)`` for one cell, or ``(n_times, *size)``.

    Raises
    ------
    TypeError
        If either is not of real numbers.
    ValueError
        If times are less than two or do not rise, or there is not one row for each.
    saiunit.UnitMismatchError
        If ``t`` has a unit, and not one of time.
    """
    if not u.get_unit(t).is_unitless:
        check_unit("t", t, u.ms, "times")
    time, rows = plain("t", t), plain(name, values)
    if time.ndim != 1 or len(time) < 2 or not (np.diff(time) > 0).all():
        raise ValueError(f"t must be two or more rising times, got {describe(t)}.")
    if rows.ndim == 0 or len(rows) != len(time) or rows.size == 0:
        raise ValueError(
            f"{name} must have a row for each of the {len(time)} times, and cells behind, "
            f"got {describe(values)}."
        )
    return time, rows.reshape(len(time), -1)
