"""A network as the kernels use it: cells numbered consecutively, and the edges between them."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from gapjunction.kernels._tree import SumTree


class Entries(NamedTuple):
    """The edges sorted by cell, each edge once for each of its ends: the rows of the Laplacian.

    Edges of a cell with itself, which carry no current, are left out.
    """

    start: np.ndarray
    """Entries of cell i are ``start[i]`` to ``start[i + 1]``; int32, shape (n + 1,)."""
    col: np.ndarray
    """The cell at the other end of each entry's edge; int32, shape (n_entries,)."""
    source: np.ndarray
    """``2 * edge`` where the entry's cell is the edge's post, ``2 * edge + 1`` where it is pre."""

    @property
    def degree(self) -> np.ndarray:
        """Number of entries of each cell."""
        return np.diff(self.start)


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Edges between cells; if there are two populations, cells of post are numbered after pre's.

    Parameters
    ----------
    n : int
        Number of cells.
    pre, post : numpy.ndarray
        The two cells of each edge; int32, shape (n_edges,).
    groups : tuple of int
        Size of the one population, or sizes of the two.
    """

    n: int
    pre: np.ndarray
    post: np.ndarray
    groups: tuple[int, ...]

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.pre)

    @functools.cached_property
    def loops(self) -> np.ndarray | None:
        """Which edges join a cell with itself, shape (n_edges,); None if none does.

        Such an edge carries no current. It must be left out, and not only multiplied by the
        difference of 0: a conductance that is not finite would give NaN.
        """
        # Two populations have no cell in common, and their numbers differ, so this holds for both
        # cases.
        found = self.pre == self.post
        return found if found.any() else None

    @functools.cached_property
    def tree(self) -> SumTree:
        """Sums of a value for each entry at each cell."""
        return SumTree(np.repeat(np.arange(self.n), self.entries.degree), self.n)

    @functools.cached_property
    def entries(self) -> Entries:
        """The edges sorted by cell."""
        row = np.stack([self.post, self.pre], axis=1).reshape(-1)
        source = np.arange(len(row), dtype=np.int32)
        if self.loops is not None:
            loops = np.flatnonzero(self.loops)
            source = np.delete(source, np.concatenate([2 * loops, 2 * loops + 1]))
            row = row[source]
        # A sparse matrix with one entry in each row. Converting it from rows to columns sorts the
        # entries by cell, in a time proportional to their number.
        ones = np.ones(len(row), np.int8)
        by_source = sp.csr_array(
            (ones, row, np.arange(len(row) + 1, dtype=np.int32)), shape=(len(row), self.n)
        )
        by_cell = by_source.tocsc()
        source = source[by_cell.indices]
        edge = source >> 1
        col = np.where(source & 1, self.post[edge], self.pre[edge])
        return Entries(by_cell.indptr.astype(np.int32), col.astype(np.int32), source)
