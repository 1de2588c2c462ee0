"""How a junction's current, one number at both ends, becomes a current that each population takes.

A current in nA enters a population whose membrane equation is per area as a current density: it is
divided by the area of the cell. The matrix of a network of current densities is not symmetric,
because the same junction has different numbers in the rows of its two cells. If each row is
multiplied by the divisor of its cell, the rows are those of absolute currents again, and the matrix
is symmetric. That is done here. A cell has one divisor for all junctions; a junction whose own
divisor is another one gets a factor that makes up for the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

Divisor: TypeAlias = "np.ndarray | None"
"""What a current is divided by in each cell, one number or the shape of a population; None is 1."""

Factor: TypeAlias = "np.ndarray | float | None"
"""A factor for all cells of a population, or one for each; None is 1."""


class Link(NamedTuple):
    """One junction: which populations it connects, and what its current is divided by in each."""

    ends: tuple[int, int]
    divisors: tuple[Divisor, Divisor]


class Shares(NamedTuple):
    """The rows of a network's matrix, brought to one kind of current.

    Attributes
    ----------
    rows : list of array or None
        For each population, what the rows of its cells are multiplied by: the divisor of the first
        junction that has one there.
    into : list of tuple of two
        For each junction, the factors on its currents into the rows of its two ends.
    symmetric : bool
        Whether a junction whose matrix is symmetric keeps it so with these factors.
    """

    rows: list[Divisor]
    into: list[tuple[Factor, Factor]]
    symmetric: bool


def shares_of(n: int, links: Sequence[Link]) -> Shares:
    """Return the factors on the rows of ``n`` populations, and those on the currents of junctions.

    Examples
    --------
    >>> import numpy as np
    >>> area = np.array([2.0, 3.0])
    >>> found = shares_of(2, [Link((0, 1), (None, area))])
    >>> found.rows, found.into, found.symmetric
    ([None, array([2., 3.])], [(None, None)], True)
    >>> shares_of(2, [Link((0, 1), (None, area)), Link((1, 1), (None, None))]).symmetric
    False
    """
    rows: list[Divisor] = [None] * n
    for link in links:
        for end, divisor in zip(link.ends, link.divisors, strict=True):
            rows[end] = divisor if rows[end] is None else rows[end]
    into: list[tuple[Factor, Factor]] = []
    symmetric = True
    for link in links:
        (i, j), (a, b) = link
        pair = _factor(rows[i], a), _factor(rows[j], b)
        into.append(pair)
        symmetric = symmetric and _alike(*pair)
    return Shares(rows, into, symmetric)


def times(x: jax.Array, factor: Factor) -> jax.Array:
    """Return ``x`` times a factor, in the dtype of ``x``."""
    return x if factor is None else x * _like(factor, x)


def over(x: jax.Array, factor: Factor) -> jax.Array:
    """Return ``x`` over a factor, in the dtype of ``x``."""
    return x if factor is None else x / _like(factor, x)


def _like(factor: np.ndarray | float, x: jax.Array) -> jax.Array | float:
    return factor if isinstance(factor, float) else jnp.asarray(factor, x.dtype)


def _factor(row: Divisor, divisor: Divisor) -> Factor:
    """Return the factor on a current that is divided by one divisor and multiplied by another."""
    if row is divisor or row is None:
        return None
    found = np.asarray(row if divisor is None else row / divisor)
    if np.ptp(found) > 1e-12 * abs(found).max():
        return found
    # Conversions of units leave rounding errors.
    one = float(found.flat[0])
    return None if abs(one - 1) <= 1e-12 else one


def _alike(a: Factor, b: Factor) -> bool:
    """Return whether both ends of a junction have the same factor at all cells."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    x, y = (1.0 if f is None else f for f in (a, b))
    return abs(x - y) <= 1e-12 * abs(x)
