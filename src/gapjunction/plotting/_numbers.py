"""Turning arguments of plots into plain numbers and labels with units."""

from __future__ import annotations

import re

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import Numbers
from gapjunction.connectivity._ids import refuse_traced
from gapjunction.plotting._text import typeset


def plain(name: str, value: Numbers, unit: u.Unit | None = None, what: str = "") -> np.ndarray:
    """Return real numbers as a float64 array, in ``unit`` or by default in their own unit.

    Parameters
    ----------
    name : str
        The argument's name in error messages.
    value : array_like or Quantity
        The numbers.
    unit : saiunit.Unit, optional
        The unit to convert them to.
    what : str
        What the argument must be, for the message if its unit is wrong; such as ``'a voltage'``.

    Raises
    ------
    TypeError
        If they are not real numbers, or are traced by a JAX transform.
    saiunit.UnitMismatchError
        If they cannot be converted to ``unit``.
    """
    if unit is not None:
        check_unit(name, value, unit, what)
        value = u.Quantity(value).to_decimal(unit)
    mantissa = u.get_mantissa(value)
    refuse_traced(name, mantissa)
    array = np.asarray(mantissa)
    # NumPy has no kind for JAX's bfloat16, which therefore needs a test of its own.
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise TypeError(f"{name} must be real numbers, got {describe(value)}.")
    return array.astype(np.float64)


def unit_text(unit: u.Unit) -> str:
    """Return the name of a unit as it is written in a figure; empty for a plain number.

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
    """Return the label of an axis: a name, and the unit in parentheses if there is one.

    Examples
    --------
    >>> import saiunit as u
    >>> labelled("V", u.mV), labelled("V", u.UNITLESS)
    ('V (mV)', 'V')
    """
    text = unit_text(unit)
    return f"{name} ({text})" if text else name


def noun(unit: u.Unit) -> str:
    """Return the label for values of a unit: ``V`` for voltages and ``value`` otherwise."""
    return "V" if unit.dim == u.mV.dim else "value"


def recording(t: Numbers, name: str, values: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Return times, shape ``(n_times,)``, and values, shape ``(n_times, n_cells)``.

    Parameters
    ----------
    t : array_like or Quantity
        Times, in increasing order.
    name : str
        The name of ``values`` in error messages.
    values : array_like or Quantity
        Shape ``(n_times,)`` for one cell, or ``(n_times, *size)``.

    Raises
    ------
    TypeError
        If ``t`` or ``values`` are not real numbers.
    ValueError
        If there are fewer than two times, if they do not increase, or if ``values`` do not have one
        row for each time.
    saiunit.UnitMismatchError
        If ``t`` has a unit that is not one of time.
    """
    if not u.get_unit(t).is_unitless:
        check_unit("t", t, u.ms, "times")
    time, rows = plain("t", t), plain(name, values)
    if time.ndim != 1 or len(time) < 2 or not (np.diff(time) > 0).all():
        raise ValueError(f"t must be two or more rising times, got {describe(t)}.")
    if rows.ndim == 0 or len(rows) != len(time) or rows.size == 0:
        raise ValueError(
            f"{name} must have a row for each of the {len(time)} times, and cells in its other "
            f"dimensions, got {describe(values)}."
        )
    return time, rows.reshape(len(time), -1)
