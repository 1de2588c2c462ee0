"""Positions of cells: their checks, and grids."""

from __future__ import annotations

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe, size_of
from gapjunction._typing import QuantityLike


def as_length(name: str, value: object, *, positive: bool = False) -> u.Quantity:
    """Return lengths as a float64 quantity held by NumPy, in the same shape and unit.

    Raises
    ------
    saiunit.UnitMismatchError
        If it is not a length.
    ValueError
        If a number is not finite, or if ``positive`` is set and one is not positive.

    Examples
    --------
    >>> as_length("spacing", 50 * u.um).ndim
    0
    """
    length = check_unit(name, value, u.meter, "a length")
    numbers = np.asarray(length.mantissa, dtype=np.float64)
    if not np.isfinite(numbers).all() or (positive and not (numbers > 0).all()):
        kind = "positive and finite" if positive else "finite"
        raise ValueError(f"{name} must be {kind}, got {describe(value)}.")
    return u.Quantity(numbers, unit=length.unit)


def as_positions(name: str, value: object) -> u.Quantity:
    """Return positions as lengths of shape ``(n_cells, n_dimensions)``.

    Examples
    --------
    >>> as_positions("positions", [0.0, 1.0] * u.mm).shape
    (2, 1)
    """
    lengths = as_length(name, value)
    if lengths.ndim not in (1, 2):
        raise ValueError(
            f"{name} must have the shape (n_cells,) or (n_cells, n_dimensions), got "
            f"{describe(value)}."
        )
    return lengths if lengths.ndim == 2 else lengths.reshape((-1, 1))


def positions_of(
    positions: object,
    spacing: QuantityLike | None,
    pre_size: tuple[int, ...],
    post_size: tuple[int, ...],
    same_population: bool,
) -> tuple[np.ndarray, np.ndarray, u.Unit]:
    """Return the positions of the cells of pre and of post as numbers, and their common unit.

    ``positions`` and ``spacing`` are those of :class:`gapjunction.connectivity.distance`.
    """
    if isinstance(positions, tuple):
        if same_population or len(positions) != 2:
            raise ValueError(
                f"positions must be one array for one population and a pair for two, got a tuple "
                f"of {len(positions)} for populations of shapes {pre_size} and {post_size}"
                f"{' (one and the same)' if same_population else ''}."
            )
        pre_from, post_from = positions
    elif same_population or positions is None or callable(positions):
        pre_from = post_from = positions
    else:
        raise ValueError(
            f"positions must be a pair (pre, post) for two populations, got {describe(positions)}."
        )
    pre = _locate(pre_from, spacing, pre_size)
    post = pre if same_population else _locate(post_from, spacing, post_size)
    if pre.shape[1] != post.shape[1]:
        raise ValueError(
            f"positions of pre and post must have equally many dimensions, got {pre.shape[1]} and "
            f"{post.shape[1]}."
        )
    return np.asarray(pre.mantissa), np.asarray(post.to_decimal(pre.unit)), pre.unit


def _locate(source: object, spacing: QuantityLike | None, shape: tuple[int, ...]) -> u.Quantity:
    if source is None:
        return _on_grid(spacing, shape)
    where = as_positions("positions", source(shape) if callable(source) else source)
    if where.shape[0] != size_of(shape):
        raise ValueError(
            f"positions must have one row per cell, {size_of(shape)} for a population of shape "
            f"{shape}, got {where.shape[0]}."
        )
    return where


def _on_grid(spacing: QuantityLike | None, shape: tuple[int, ...]) -> u.Quantity:
    if spacing is None:
        raise ValueError("positions must not be None without a spacing.")
    step = as_length("spacing", spacing, positive=True)
    if step.shape not in ((), (1,), (len(shape),)):
        raise ValueError(
            f"spacing must be one length, or one per axis of the population, got "
            f"{describe(spacing)} for the shape {shape}."
        )
    steps = np.moveaxis(np.indices(shape, dtype=np.float64), 0, -1).reshape(-1, len(shape))
    return u.Quantity(steps * step.mantissa, unit=step.unit)
