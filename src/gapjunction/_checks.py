"""One place for argument checks and their messages.

Every message names the argument, says what it must be, and shows what it was.
"""

from __future__ import annotations

import difflib
import math
import sys
import types
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import jax
import numpy as np
import saiunit as u
from jax.typing import ArrayLike

from gapjunction._typing import QuantityLike

_Class = TypeVar("_Class", bound=type[Any])


class GapJunctionWarning(UserWarning):
    """A warning about input that is allowed, but is more often a mistake than intended.

    It is issued for duplicate edges, self-junctions and negative conductances, among others.
    Where they are intended, silence it with :func:`warnings.filterwarnings`.

    Examples
    --------
    >>> import warnings
    >>> import gapjunction as gj
    >>> warnings.filterwarnings('ignore', category=gj.GapJunctionWarning)
    """

    __module__ = "gapjunction"


def warn(message: str) -> None:
    """Issue a :class:`GapJunctionWarning` at the line of the user's code that led here.

    Examples
    --------
    >>> import pytest
    >>> with pytest.warns(GapJunctionWarning, match='twice'):
    ...     warn('The edge (0, 1) is there twice.')
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_framework(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, GapJunctionWarning, stacklevel=level)


def _is_framework(module: str) -> bool:
    return module.partition(".")[0] in ("gapjunction", "brainstate", "brainpy", "brainpy_state")


def describe(value: object) -> str:
    """Return a short description of an argument for an error message.

    Examples
    --------
    >>> import numpy as np
    >>> describe(np.zeros((3, 2)))
    'an array of shape (3, 2) and dtype float64'
    >>> describe('ring')
    "'ring'"
    """
    if isinstance(value, u.Quantity):
        if value.ndim == 0:
            return f"{value} (unit {value.unit})"
        return f"a quantity of shape {value.shape} and unit {value.unit}"
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is not None and dtype is not None and len(shape):
        return f"an array of shape {tuple(shape)} and dtype {dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def as_size(name: str, size: object) -> tuple[int, ...]:
    """Return a population size as a tuple of positive integers."""
    items: Sequence[Any] = size if isinstance(size, (tuple, list)) else (size,)
    for item in items:
        if isinstance(item, (bool, np.bool_)) or not isinstance(item, (int, np.integer)):
            raise TypeError(f"{name} must be an int or a tuple of ints, got {describe(size)}.")
        if item < 1:
            raise ValueError(f"{name} must hold positive ints, got {describe(size)}.")
    if not items:
        raise ValueError(f"{name} must have at least one dimension, got {describe(size)}.")
    return tuple(int(item) for item in items)


def size_of(shape: Sequence[int]) -> int:
    """Return the number of cells of a population of this shape."""
    return math.prod(shape)


def check_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``choices``; suggest the nearest one otherwise."""
    options = tuple(choices)
    if isinstance(value, str) and value in options:
        return value
    by_case = {option.lower(): option for option in reversed(options)}
    near = difflib.get_close_matches(str(value).lower(), by_case, n=1)
    hint = f" Did you mean {by_case[near[0]]!r}?" if near else ""
    listed = ", ".join(repr(option) for option in options)
    kind = ValueError if isinstance(value, str) else TypeError
    raise kind(f"{name} must be one of {listed}; got {describe(value)}.{hint}")


def check_real(
    name: str, value: object, *, low: float = -math.inf, high: float = math.inf, what: str = ""
) -> float:
    """Return ``value`` as a finite float within ``[low, high]``."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise TypeError(f"{name} must be {what or 'a number'}, got {describe(value)}.")
    if not (math.isfinite(value) and low <= value <= high):
        bounds = what or f"a finite number in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {bounds}, got {describe(value)}.")
    return float(value)


def check_int(name: str, value: object, *, low: int = 0) -> int:
    """Return ``value`` as an int of at least ``low``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an int of at least {low}, got {describe(value)}.")
    if value < low:
        raise ValueError(f"{name} must be an int of at least {low}, got {describe(value)}.")
    return int(value)


def check_finite(name: str, numbers: ArrayLike, given: object) -> None:
    """Raise an error for numbers of an argument, ``given``, that are not all finite.

    Within a transformed function there are no numbers that could be checked.
    """
    if not isinstance(numbers, jax.core.Tracer) and not np.isfinite(np.asarray(numbers)).all():
        raise ValueError(f"{name} must be finite, got {describe(given)}.")


def check_unit(name: str, value: object, unit: QuantityLike, what: str) -> u.Quantity:
    """Return ``value`` if it has the dimension of ``unit``, or raise saiunit's unit error.

    A plain number, or a unit by itself, is returned as a quantity.

    Raises
    ------
    saiunit.UnitMismatchError
        If the dimensions differ.
    TypeError
        If ``value`` cannot be a quantity, such as a string.

    Examples
    --------
    >>> check_unit("threshold", -20.0 * u.mV, u.mV, "a voltage")
    Quantity(-20., "mV")
    """
    if u.get_unit(value).dim != unit.dim:
        raise u.UnitMismatchError(
            f"{name} must be {what} (such as {unit}), got {describe(value)}.",
            u.get_unit(value),
            unit,
        )
    if isinstance(value, u.Quantity):
        return value
    try:
        return u.Quantity(value)
    except TypeError as error:
        raise TypeError(f"{name} must be {what}, got {describe(value)}.") from error


def with_own_init(cls: _Class) -> _Class:
    """Give a class its inherited ``__init__`` under its own name, and return the class.

    Python's message on a missing argument names the class that defines ``__init__``, which the
    user may never have heard of.

    Examples
    --------
    >>> class Base:
    ...     def __init__(self, weight): ...
    >>> @with_own_init
    ... class Junction(Base): ...
    >>> Junction()
    Traceback (most recent call last):
    TypeError: Junction.__init__() missing 1 required positional argument: 'weight'
    """
    init = cls.__init__
    own = types.FunctionType(
        init.__code__, init.__globals__, init.__name__, init.__defaults__, init.__closure__
    )
    own.__kwdefaults__, own.__annotations__ = init.__kwdefaults__, init.__annotations__
    own.__doc__, own.__module__ = init.__doc__, cls.__module__
    own.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = own
    return cls
