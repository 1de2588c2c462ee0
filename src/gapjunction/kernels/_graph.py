"""A network as kernels see it: cells in a line, and the edges between them."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp


class Entries(NamedTuple):
    """The edges as seen from each of their ends, sorted by cell: the rows of the Laplacian.

    Edges of a cell with itself, which carry no current, are left out.
    """

    start: np.ndarray
    """Entries of cell i are ``start[i]`` to ``start[i + 1]``; int32, shape (n + 1,)."""
    col: np.ndarray
    """The cell at the other end; int32, shape (n_entries,)."""
    source: np.ndarray
    """``2 * edge`` where the cell is the edge's post, ``2 * edge + 1`` where it is its pre."""

    @property
    def degree(self) -> np.ndarray:
        """Entries of each cell."""
        return np.diff(self.start)


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Edges between cells in a line; of two populations, those of post come after those of pre.

    Parameters
    ----------
    n : int
        Number of cells.
    pre, post : numpy.ndarray
        int32, shape (n_edges,).
    groups : tuple of int
        Sizes of the populations: of one, or of two.
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
    def entries(self) -> Entries:
        """The edges by cell."""
        row = np.stack([self.post, self.pre], axis=1).reshape(-1)
        source = np.arange(len(row), dtype=np.int32)
        loops = np.flatnonzero(self.pre == self.post)
        if loops.size:
            source = np.delete(source, np.concatenate([2 * loops, 2 * loops + 1]))
            row = row[source]
        # A matrix with one entry in each row; turning it is a counting sort.
        ones = np.ones(len(row), np.int8)
        by_source = sp.csr_array(
            (ones, row, np.arange(len(row) + 1, dtype=np.int32)), shape=(len(row), self.n)
        )
        by_cell = by_source.tocsc()
        source = source[by_cell.indices]
        edge = source >> 1
        col = np.where(source & 1, self.post[edge], self.pre[edge])
        return Entries(by_cell.indptr.astype(np.int32), col.astype(np.int32), source)
