"""Checks that turn what users give into arrays of cell ids."""

from __future__ import annotations

import itertools
from typing import TypeGuard

import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe, size_of
from gapjunction._typing import Numbers


def as_ids(name: str, ids: Numbers, shape: tuple[int, ...], each: str = "edge") -> np.ndarray:
    """Return ``ids`` as a read-only int32 array of flat ids of a population.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    ids : array_like of int
        Flat ids in C order over ``shape``: an integer array, a list, a tuple or a range.
    shape : tuple of int
        The population's shape.
    each : str
        The word for the item that has an id, for messages.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_edges,)``, dtype int32, read-only.

    Raises
    ------
    TypeError
        If the ids are not integers, or are traced by a JAX transform.
    ValueError
        If the ids are not one-dimensional, or one is not a cell of the population.

    Examples
    --------
    >>> as_ids("pre_ids", range(3), (2, 2))
    array([0, 1, 2], dtype=int32)
    """
    if _is_finished(ids):
        array = ids
    else:
        array = _read(name, ids)
        # NumPy gives an empty list the type float64, although nothing in it is a float.
        if array.size == 0 and isinstance(ids, (list, tuple, range)):
            array = array.astype(np.int32)
    if array.dtype.kind == "b":
        raise TypeError(
            f"{name} must be integer ids, got a boolean mask of shape {array.shape}; "
            f"np.flatnonzero(mask) gives the ids."
        )
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got {describe(array)}.")
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got {describe(array)}.")
    _check_range(name, array, shape, each)
    if array is ids and _is_finished(ids):
        return array
    array = np.array(array, dtype=np.int32)
    array.setflags(write=False)
    return array


def refuse_traced(name: str, value: object) -> None:
    """Raise a TypeError if ``value`` is, or starts with, an array traced by a JAX transform."""
    # Lists may be long, so only the first item is looked at: if one is traced, usually all are.
    items = itertools.islice(value, 1) if isinstance(value, (list, tuple)) else ()
    if any(isinstance(item, jax.core.Tracer) for item in (value, *items)):
        raise TypeError(
            f"{name} must be known when the edges are made, got an array traced by a JAX "
            f"transform (jit, grad, vmap); make the edges outside of it, with NumPy."
        )


def _is_finished(ids: object) -> TypeGuard[np.ndarray]:
    """Whether ``ids`` has the form that :func:`as_ids` returns, and need not be copied."""
    if not isinstance(ids, np.ndarray) or ids.dtype != np.int32 or ids.ndim != 1:
        return False
    return ids.base is None and not ids.flags.writeable


def _read(name: str, ids: Numbers) -> np.ndarray:
    refuse_traced(name, ids)
    if isinstance(ids, u.Quantity):
        raise TypeError(f"{name} must be integers without a unit, got {describe(ids)}.")
    try:
        return np.asarray(ids)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"{name} must be a one-dimensional sequence of integers, got {describe(ids)}."
        ) from error


def _check_range(name: str, array: np.ndarray, shape: tuple[int, ...], each: str) -> None:
    n_cells = size_of(shape)
    if n_cells > np.iinfo(np.int32).max:
        raise ValueError(f"a population may have up to 2**31 - 1 cells, got the shape {shape}.")
    if array.size == 0 or (array.min() >= 0 and array.max() < n_cells):
        return
    first = int(np.argmax((array < 0) | (array >= n_cells)))
    hint = " Negative ids do not count from the end." if array[first] < 0 else ""
    raise ValueError(
        f"{name} must be flat ids from 0 to {n_cells - 1}, because the population has the shape "
        f"{shape}; {each} {first} has {array[first]}.{hint}"
    )
