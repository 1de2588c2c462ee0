"""Edges from and to SciPy sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction._checks import describe, size_of
from gapjunction._typing import Numbers
from gapjunction.connectivity._builder import Builder
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._numbers import edge_numbers


@dataclass(frozen=True, eq=False)
class from_scipy(Builder):  # noqa: N801
    """Take the nonzero entries of a SciPy sparse matrix as edges.

    Row ``i`` and column ``j`` are cell ``i`` of pre and cell ``j`` of post. The entries become
    the edges' ``values``. If pre and post are one population and the matrix is symmetric, as that
    of an undirected graph is, each pair is taken once, from the upper triangle (values that differ
    by rounding count as equal). In any other matrix every entry is an edge.

    Parameters
    ----------
    matrix : scipy.sparse array or matrix, shape (n_pre, n_post)
        In any format, of real numbers or booleans. Duplicate entries add up.

    Raises
    ------
    TypeError
        If ``matrix`` is not a sparse matrix of real numbers.
    ValueError
        When called, if its shape is not that of the populations.

    Examples
    --------
    >>> import gapjunction as gj
    >>> import numpy as np, scipy.sparse
    >>> counts = scipy.sparse.coo_array(np.array([[0, 2, 0], [2, 0, 5], [0, 5, 0]]))
    >>> edges = gj.connectivity.from_scipy(counts)(3, 3)
    >>> edges
    Edges(2 edges in one population of shape (3,), with values)
    >>> edges.values
    array([2, 5])
    """

    matrix: Any

    def __post_init__(self) -> None:
        if not sp.issparse(self.matrix):
            raise TypeError(f"matrix must be a SciPy sparse matrix, got {describe(self.matrix)}.")
        if self.matrix.dtype.kind not in "biuf":
            raise TypeError(f"matrix must hold real numbers, got the dtype {self.matrix.dtype}.")
        if self.matrix.ndim != 2:
            raise ValueError(f"matrix must have two dimensions, got {self.matrix.ndim}.")

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""
        wanted = size_of(pre_size), size_of(post_size)
        if self.matrix.shape != wanted:
            raise ValueError(
                f"a matrix must have the shape (n_pre, n_post) = {wanted} to couple populations of "
                f"shapes {pre_size} and {post_size}, got {self.matrix.shape}."
            )
        rows = sp.csr_array(self.matrix, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        entries = rows.tocoo()
        pre, post, values = entries.row, entries.col, entries.data
        if same_population and _is_symmetric(rows):
            upper = pre <= post
            pre, post, values = pre[upper], post[upper], values[upper]
        return Edges(pre, post, pre_size, post_size, not same_population, values)


def to_scipy(edges: Edges, weight: Numbers | None = None) -> sp.csr_array:
    """Return the adjacency matrix of the edges, which :class:`from_scipy` reads.

    Parameters
    ----------
    edges : Edges
        The graph.
    weight : float or array_like, shape (n_edges,), optional
        The entries, as numbers in their own unit; by default the edges' values, or 1 if they have
        none.

    Returns
    -------
    scipy.sparse.csr_array
        Shape ``(n_pre, n_post)``, float64; symmetric for one population. Duplicate edges add up.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.to_scipy(gj.connectivity.ring()(4, 4)).toarray()
    array([[0., 1., 0., 1.],
           [1., 0., 1., 0.],
           [0., 1., 0., 1.],
           [1., 0., 1., 0.]])
    """
    numbers = edge_numbers(edges, default_numbers(edges) if weight is None else weight)
    pre, post = edges
    shape = (edges.n_pre, edges.n_post)
    if edges.bipartite:
        return sp.coo_array((numbers, (pre, post)), shape=shape).tocsr()
    # Duplicate edges are summed in the upper triangle, which is then mirrored. So the two triangles
    # are equal to the last bit.
    ends = np.minimum(pre, post), np.maximum(pre, post)
    upper = sp.coo_array((numbers, ends), shape=shape).tocsr()
    return (upper + sp.triu(upper, k=1).T).tocsr()


def default_numbers(edges: Edges) -> np.ndarray | u.Quantity | float:
    """Return the edges' values, or 1 if they have none."""
    return 1.0 if edges.values is None else edges.values


def _is_symmetric(rows: sp.csr_array) -> bool:
    """Whether the two triangles are equal up to rounding."""
    mirror = rows.T.tocsr()
    if not np.array_equal(rows.indptr, mirror.indptr):
        return False
    if not np.array_equal(rows.indices, mirror.indices):
        return False
    if rows.dtype.kind != "f":
        return np.array_equal(rows.data, mirror.data)
    return np.allclose(rows.data, mirror.data, rtol=16 * np.finfo(rows.dtype).eps, atol=0)
