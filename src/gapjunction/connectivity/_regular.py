"""Builders without random numbers: one to one, all to all, rings and grids."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gapjunction._checks import as_size, check_choice, check_int, describe, size_of
from gapjunction._typing import Size
from gapjunction.connectivity._builder import Builder, require_one_population
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._pairs import unique_pairs


def one_to_one(pre_size: Size, post_size: Size) -> Edges:
    """Couple each cell of a population to the cell of another that has the same id.

    Pass it as it is, ``conn=one_to_one``, without parentheses.

    Parameters
    ----------
    pre_size, post_size : int or tuple of int
        Shapes of two populations with equally many cells.

    Returns
    -------
    Edges
        ``n_cells`` edges.

    Raises
    ------
    ValueError
        If the numbers of cells differ.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.one_to_one(3, 3)
    Edges(3 edges between populations of shapes (3,) and (3,))
    """
    pre_shape, post_shape = as_size("pre_size", pre_size), as_size("post_size", post_size)
    if size_of(pre_shape) != size_of(post_shape):
        raise ValueError(
            f"conn=one_to_one needs populations with equally many cells, got the shapes "
            f"{pre_shape} and {post_shape}."
        )
    cells = np.arange(size_of(pre_shape), dtype=np.int32)
    return Edges(cells, cells, pre_shape, post_shape, bipartite=True)


@dataclass(frozen=True)
class all_to_all(Builder):  # noqa: N801
    """Couple every cell to every other.

    In one population each pair has one edge, with the smaller id as pre, and no cell is coupled to
    itself: ``n * (n - 1) / 2`` edges. In two populations every cell of one is coupled to every
    cell of the other: ``n_pre * n_post`` edges.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.all_to_all()(4, 4)
    Edges(6 edges in one population of shape (4,))
    >>> gj.connectivity.all_to_all()(4, 3)
    Edges(12 edges between populations of shapes (4,) and (3,))
    """

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""
        pre = np.arange(size_of(pre_size), dtype=np.int32)
        post = np.arange(size_of(post_size), dtype=np.int32)
        if not same_population:
            ids = np.repeat(pre, post.size), np.tile(post, pre.size)
        elif pre.size == 1:
            ids = pre[:0], pre[:0]
        else:
            later = [post[cell + 1 :] for cell in range(pre.size - 1)]
            ids = np.repeat(pre, pre[::-1]), np.concatenate(later)
        return Edges(*ids, pre_size, post_size, bipartite=not same_population)


@dataclass(frozen=True)
class ring(Builder):  # noqa: N801
    """Couple each cell of a population to its nearest cells on a ring.

    The ring runs through the flat ids and closes from the last to the first. Each pair has one
    edge, with the smaller id as pre.

    Parameters
    ----------
    k : int, default 1
        How many neighbours a cell has on each side, which makes ``n * k`` edges. If
        ``2 * k == n``, the farthest neighbours on both sides are the same cell, and there are
        ``n / 2`` edges fewer.

    Raises
    ------
    ValueError
        If ``k`` is below 1; when called, if the ring would reach more than half way round, or pre
        and post are two populations.

    Examples
    --------
    >>> import gapjunction as gj
    >>> pre_ids, post_ids = gj.connectivity.ring()(4, 4)
    >>> [*zip(pre_ids.tolist(), post_ids.tolist())]
    [(0, 1), (0, 3), (1, 2), (2, 3)]
    """

    k: int = 1

    def __post_init__(self) -> None:
        check_int("k", self.k, low=1)

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of a population of this shape."""
        require_one_population(self, pre_size, post_size, same_population)
        n_cells = size_of(pre_size)
        if 2 * self.k > n_cells:
            raise ValueError(
                f"conn={self!r} needs at least {2 * self.k} cells, got a population of shape "
                f"{pre_size}."
            )
        cells = np.arange(n_cells, dtype=np.int64)
        first = np.tile(cells, self.k)
        steps = np.repeat(np.arange(1, self.k + 1, dtype=np.int64), n_cells)
        return Edges(*unique_pairs(first, (first + steps) % n_cells, n_cells), pre_size)


@dataclass(frozen=True)
class grid(Builder):  # noqa: N801
    """Couple each cell of a population to its neighbours on the grid of the population's shape.

    A population of shape ``(ny, nx)`` is a sheet, one of shape ``(nz, ny, nx)`` a block. Each
    pair has one edge, with the smaller id as pre.

    Parameters
    ----------
    periodic : bool or tuple of bool, default False
        Whether cells at opposite borders are neighbours: one bool for all axes, or one for each.
    neighbours : {'nearest', 'moore'}, default 'nearest'
        ``'nearest'`` couples along the axes (2, 4 or 6 neighbours in 1, 2 or 3 dimensions),
        ``'moore'`` diagonally as well (2, 8 or 26).

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above; when called, if the population has more than three
        dimensions, or pre and post are two populations.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.grid()((3, 4), (3, 4))
    Edges(17 edges in one population of shape (3, 4))
    >>> gj.connectivity.grid(periodic=True, neighbours='moore')((3, 4), (3, 4))
    Edges(48 edges in one population of shape (3, 4))
    """

    periodic: bool | tuple[bool, ...] = False
    neighbours: Literal["nearest", "moore"] = "nearest"

    def __post_init__(self) -> None:
        check_choice("neighbours", self.neighbours, ("nearest", "moore"))
        flags = self.periodic if isinstance(self.periodic, tuple) else (self.periodic,)
        if not all(isinstance(flag, (bool, np.bool_)) for flag in flags):
            raise TypeError(
                f"periodic must be a bool, or a tuple of one for each axis, got "
                f"{describe(self.periodic)}."
            )

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of a population of this shape."""
        require_one_population(self, pre_size, post_size, same_population)
        n_axes = len(pre_size)
        if n_axes > 3:
            raise ValueError(
                f"conn={self!r} takes populations of 1 to 3 dimensions, got the shape {pre_size}."
            )
        wraps = self.periodic if isinstance(self.periodic, tuple) else (self.periodic,) * n_axes
        if len(wraps) != n_axes:
            raise ValueError(
                f"periodic must have one bool per axis of the population, got {self.periodic} for "
                f"the shape {pre_size}."
            )
        cells = np.arange(size_of(pre_size), dtype=np.int64).reshape(pre_size)
        ends = [_shifted(cells, step, wraps) for step in self._steps(n_axes)]
        first = np.concatenate([end[0] for end in ends])
        second = np.concatenate([end[1] for end in ends])
        # On a periodic axis of two cells both neighbours are the same cell, and on one of a single
        # cell they are the cell itself; unique_pairs drops these repeats and self-pairs.
        return Edges(*unique_pairs(first, second, cells.size), pre_size)

    def _steps(self, n_axes: int) -> list[tuple[int, ...]]:
        """Return the steps to neighbours, leaving out opposites, which give the same pairs."""
        steps = [
            step for step in itertools.product((-1, 0, 1), repeat=n_axes) if step > (0,) * n_axes
        ]
        if self.neighbours == "nearest":
            steps = [step for step in steps if sum(map(abs, step)) == 1]
        return steps


def _shifted(
    cells: np.ndarray, step: tuple[int, ...], wraps: tuple[bool, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of a cell and the cell that lies one step away, where there is one."""
    others = np.roll(cells, [-distance for distance in step], axis=tuple(range(cells.ndim)))
    inside = tuple(
        slice(None) if wrap else slice(max(0, -distance), size - max(0, distance))
        for distance, wrap, size in zip(step, wraps, cells.shape, strict=True)
    )
    return cells[inside].ravel(), others[inside].ravel()
