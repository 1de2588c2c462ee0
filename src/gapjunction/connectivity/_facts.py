"""Properties of the graph that edges form."""

from __future__ import annotations

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.sparse import csgraph

from gapjunction._typing import Numbers
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._numbers import edge_numbers


def endpoints(edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Return both cells of each edge as cells of one graph of ``edges.n_cells`` cells.

    If pre and post are two populations, cells of post are numbered after those of pre.
    """
    pre, post = edges
    return pre, post.astype(np.int64) + edges.n_pre if edges.bipartite else post


def degree(edges: Edges, weight: Numbers = 1) -> np.ndarray:
    """Return how many junctions each cell has.

    Parameters
    ----------
    edges : Edges
        The graph.
    weight : float, array_like or Quantity, shape (n_edges,), optional
        Numbers to sum at each cell in place of counting its edges, in their own unit.
        ``weight=edges.values`` gives the number of junctions where an edge stands for several.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_cells,)``; cells of pre and then of post if there are two populations. Integers
        if ``weight`` has integers. A self-junction carries no current and is not counted.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.degree(gj.connectivity.Edges([0, 0, 2], [1, 2, 2], 4))
    array([2, 1, 1, 0])
    """
    first, second = endpoints(edges)
    between = first != second
    numbers = edge_numbers(edges, weight)[between]
    total = np.zeros(edges.n_cells)
    for ids in (first[between], second[between]):
        total += np.bincount(ids, weights=numbers, minlength=edges.n_cells)
    is_whole = np.asarray(u.get_mantissa(weight)).dtype.kind in "biu"
    return total.astype(np.int64) if is_whole else total


def components(edges: Edges) -> tuple[np.ndarray, ...]:
    """Return the sets of cells that are joined by paths of junctions.

    Parameters
    ----------
    edges : Edges
        The graph.

    Returns
    -------
    tuple of numpy.ndarray
        The sorted ids of each component. The largest component comes first, and equally large ones
        are in the order of their first cell. A cell without a junction is a component of its own.
        If pre and post are two populations, cells of post are numbered after those of pre.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.components(gj.connectivity.Edges([1, 2], [2, 3], 5))
    (array([1, 2, 3]), array([0]), array([4]))
    """
    count, label = csgraph.connected_components(_adjacency(edges), directed=False)
    sizes = np.bincount(label, minlength=count)
    cells = np.argsort(label, kind="stable")
    parts = np.split(cells, np.cumsum(sizes)[:-1])
    return tuple(sorted(parts, key=lambda part: (-part.size, part[0])))


def mean_path_length(edges: Edges) -> float:
    """Return the mean number of junctions on the shortest path between two cells.

    Parameters
    ----------
    edges : Edges
        The graph.

    Returns
    -------
    float
        Mean over all pairs of different cells of the largest component; NaN if this component has
        only one cell.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.mean_path_length(gj.connectivity.Edges([0, 1], [1, 2], 5))  # (1+1+2)/3
    1.3333333333333333
    """
    giant = components(edges)[0]
    n_cells = giant.size
    if n_cells == 1:
        return float("nan")
    graph = _adjacency(edges)[giant][:, giant]
    # One block of rows at a time, because all distances at once would be an N x N array.
    rows = max(1, 2**22 // n_cells)
    total = 0.0
    for begin in range(0, n_cells, rows):
        sources = np.arange(begin, min(begin + rows, n_cells))
        lengths = csgraph.dijkstra(graph, directed=False, indices=sources, unweighted=True)
        total += float(lengths.sum())
    return total / (n_cells * (n_cells - 1))


def laplacian(edges: Edges, weight: Numbers = 1.0, *, unit: u.Unit | None = None) -> sp.csr_array:
    r"""Return the weighted Laplacian of the graph, :math:`L = D - W`.

    The current into each cell is :math:`I = -L V`. Weights of duplicate edges add up, and
    self-junctions drop out.

    Parameters
    ----------
    edges : Edges
        The graph.
    weight : float, array_like or Quantity, optional
        Conductance of each edge: a scalar, shape ``(n_edges,)``, or shape ``(n_edges, 2)`` with
        the conductances into post (column 0) and into pre (column 1), as
        :class:`gapjunction.AsymmetryGapJunction` takes them; L is then not symmetric.
    unit : saiunit.Unit, optional
        Unit of the result's numbers; by default the weight's own. A SciPy matrix has no unit.

    Returns
    -------
    scipy.sparse.csr_array
        Shape ``(n_cells, n_cells)``, float64; the cells of pre and then post if they are two
        populations. Every row sums to zero.

    Raises
    ------
    TypeError, ValueError
        If the weight is not made of real numbers in one of these shapes.
    saiunit.UnitMismatchError
        If the weight cannot be expressed in ``unit``.

    Examples
    --------
    >>> import gapjunction as gj
    >>> import saiunit as u
    >>> pair = gj.connectivity.Edges([0], [1], 2)
    >>> gj.connectivity.laplacian(pair, 0.5 * u.nS, unit=u.psiemens).toarray()
    array([[ 500., -500.],
           [-500.,  500.]])
    """
    numbers = edge_numbers(edges, weight, unit, two_sided=True)
    into_post, into_pre = numbers.T if numbers.ndim == 2 else (numbers, numbers)
    first, second = endpoints(edges)
    between = first != second
    pre, post = first[between], second[between]
    out, back = into_post[between], into_pre[between]
    row = np.concatenate([post, post, pre, pre])
    column = np.concatenate([post, pre, pre, post])
    entries = np.concatenate([out, -out, back, -back])
    return sp.coo_array((entries, (row, column)), shape=(edges.n_cells, edges.n_cells)).tocsr()


def _adjacency(edges: Edges) -> sp.csr_array:
    first, second = endpoints(edges)
    ones = np.ones(edges.n_edges, np.int8)
    # Only the positions of entries matter: csgraph takes each stored entry for an edge, whatever
    # the sum of duplicate edges is.
    return sp.coo_array((ones, (first, second)), shape=(edges.n_cells, edges.n_cells)).tocsr()
