"""An order of the cells in which most coupled cells lie in the same block."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import Any, Final, TypeVar

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee

from gapjunction._checks import check_choice, check_int, describe
from gapjunction._typing import Numbers
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._positions import as_positions

METHODS: Final = ("metis", "positions", "cuthill_mckee")

Values = TypeVar("Values", bound=Any)


@dataclasses.dataclass(frozen=True, eq=False)
class Order:
    """Cells in another order, and their edges: see :func:`partition`.

    Attributes
    ----------
    cells : numpy.ndarray, shape (n_cells,)
        The former id of each cell.
    edges : Edges
        The edges, with their values and labels, between the cells under their new ids. They are
        sorted by the block of their post cell.
    edge_ids : numpy.ndarray, shape (n_edges,)
        The former number of each edge: ``weight[order.edge_ids]`` are the weights of ``edges``.
    n_blocks : int
        Number of blocks.
    method : str
        How the blocks were found.
    """

    cells: np.ndarray
    edges: Edges
    edge_ids: np.ndarray
    n_blocks: int
    method: str

    def put(self, values: Values, axis: int = -1) -> Values:
        """Return values of cells in the new order.

        Parameters
        ----------
        values : array or Quantity
            Values in the former order, along one axis.
        axis : int, default -1
            The axis that counts cells.
        """
        return _take(values, self.cells, axis)

    def back(self, values: Values, axis: int = -1) -> Values:
        """Return values of cells in the former order: the inverse of :meth:`put`."""
        return _take(values, np.argsort(self.cells), axis)


def _take(values: Values, ids: np.ndarray, axis: int) -> Values:
    index: list[slice | np.ndarray] = [slice(None)] * values.ndim
    index[axis] = ids
    found: Values = values[tuple(index)]
    return found


def partition(
    edges: Edges, n_blocks: int, *, positions: Numbers | None = None, method: str | None = None
) -> Order:
    """Order the cells of a population so that few edges lead from one block to another.

    Each device has a consecutive block of equally many cells (:func:`gapjunction.shard`). At each
    step the devices send each other the voltages that other blocks need. These are few in a network
    in space in which neighbours have close ids, and almost all of them if cells are numbered at
    random. Order the cells before you make the model: :func:`gapjunction.shard` keeps their order.

    Parameters
    ----------
    edges : Edges
        The edges of one population.
    n_blocks : int
        Number of blocks, which must divide the number of cells.
    positions : Quantity, shape (n_cells, n_dimensions), optional
        Where the cells are.
    method : {'metis', 'positions', 'cuthill_mckee'}, optional
        By default the first that can be used: ``'metis'`` needs the package pymetis, which the
        extra ``partition`` installs; ``'positions'``, which halves the cells again and again along
        the axis in which they extend farthest, needs positions; ``'cuthill_mckee'`` needs nothing.

    Returns
    -------
    Order

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, edges are between two populations, or the number of
        cells is not a multiple of ``n_blocks``.
    ImportError
        If ``method`` is ``'metis'`` and pymetis is not installed.

    References
    ----------
    .. [1] Karypis G, Kumar V (1998) A fast and high quality multilevel scheme for partitioning
       irregular graphs. SIAM J Sci Comput 20:359-392.
    .. [2] Cuthill E, McKee J (1969) Reducing the bandwidth of sparse symmetric matrices. Proc 24th
       National Conference of the ACM, 157-172.

    Examples
    --------
    A chain of cells that is numbered at random, and its cells in another order:

    >>> import numpy as np
    >>> import gapjunction as gj
    >>> chain = np.random.default_rng(0).permutation(1000)
    >>> edges = gj.connectivity.Edges(chain[:-1], chain[1:], 1000)
    >>> order = gj.connectivity.partition(edges, 4, method='cuthill_mckee')
    >>> gj.exchange(edges, 4).received, gj.exchange(order.edges, 4).received
    (1372, 8)
    >>> V = np.arange(1000.)
    >>> bool((order.back(order.put(V)) == V).all())
    True
    """
    if not isinstance(edges, Edges):
        raise TypeError(f"edges must be Edges, got {describe(edges)}.")
    if edges.bipartite:
        raise ValueError(f"edges must be those of one population, got {edges!r}.")
    n = check_int("n_blocks", n_blocks, low=1)
    if edges.n_cells % n:
        raise ValueError(
            f"n_blocks must divide the number of cells, got {n} for {edges.n_cells} cells."
        )
    if method is not None:
        check_choice("method", method, METHODS)
    if method == "positions" and positions is None:
        raise ValueError("positions must be given for method='positions', got None.")
    places = None if positions is None else _places(positions, edges.n_cells)
    # Entries of repeated edges add up, for which int8 could be too small.
    ones = np.ones(2 * edges.n_edges, np.int32)
    ends = np.concatenate([edges.pre_ids, edges.post_ids])
    others = np.concatenate([edges.post_ids, edges.pre_ids])
    matrix = sp.csr_array((ones, (ends, others)), shape=(edges.n_cells, edges.n_cells))
    near = np.empty(edges.n_cells, int)
    near[reverse_cuthill_mckee(matrix, symmetric_mode=True)] = np.arange(edges.n_cells)
    chosen, parts = _parts(matrix, near, n, places, method)
    cells = np.lexsort((near, parts))
    return _ordered(edges, cells, n, chosen)


def _places(positions: object, n_cells: int) -> np.ndarray:
    found = as_positions("positions", positions)
    if len(found) != n_cells:
        raise ValueError(
            f"positions must have one row per cell, {n_cells}, got {describe(positions)}."
        )
    return np.asarray(found.mantissa)


def _parts(
    matrix: sp.csr_array, near: np.ndarray, n: int, places: np.ndarray | None, method: str | None
) -> tuple[str, np.ndarray]:
    """Return the method that was taken, and the block of each cell."""
    size = matrix.shape[0] // n
    if method in (None, "metis") and n > 1:
        try:
            import pymetis
        except ImportError as error:
            if method == "metis":
                raise ImportError(
                    "method='metis' needs pymetis: pip install 'gapjunction[partition]'."
                ) from error
        else:
            apart = matrix.copy()
            apart.setdiag(0)
            apart.eliminate_zeros()
            graph = pymetis.CSRAdjacency(apart.indptr, apart.indices)
            # METIS is asked for equal blocks, but these may differ by a few cells, which _even
            # moves.
            options = pymetis.Options(ufactor=1)
            _, found = pymetis.part_graph(n, adjacency=graph, options=options)
            return "metis", _even(matrix, np.asarray(found), n)
    if method in (None, "positions") and places is not None:
        parts = np.zeros(len(places), int)
        _halve(places, np.arange(len(places)), 0, n, size, parts)
        return "positions", parts
    return "cuthill_mckee", near // size


def _even(matrix: sp.csr_array, parts: np.ndarray, n: int) -> np.ndarray:
    """Return blocks of equal size, made by moving those cells that lose the fewest edges.

    Cells move from a block to a neighbouring one, along the shortest path of blocks from one with
    too many cells to one with too few. If cells moved directly, blocks that are far apart would
    have to exchange voltages at each step.
    """
    size, parts = len(parts) // n, parts.copy()
    one_each = np.ones(len(parts), int), parts, np.arange(len(parts) + 1)
    member = sp.csr_array(one_each, shape=(len(parts), n))
    near = sp.csr_array(member.T @ matrix.astype(int) @ member)
    excess = np.bincount(parts, minlength=n) - size
    while excess.any():
        way = _way(near, int(np.argmin(excess)), excess)
        many = min(int(excess[way[0]]), int(-excess[way[-1]]))
        for source, to in itertools.pairwise(way):
            cells = np.flatnonzero(parts == source)
            rows = matrix[cells].astype(int)
            gain = rows @ (parts == to).astype(int) - rows @ (parts == source).astype(int)
            parts[cells[np.argsort(-gain, kind="stable")[:many]]] = to
            excess[source] -= many
            excess[to] += many
    return parts


def _way(near: sp.csr_array, to: int, excess: np.ndarray) -> list[int]:
    """Return the shortest path to a block from one with too many cells, along blocks with edges."""
    after, waiting = {to: to}, collections.deque([to])
    while waiting:
        block = waiting.popleft()
        if excess[block] > 0:
            way = [block]
            while way[-1] != to:
                way.append(after[way[-1]])
            return way
        for other in near.indices[near.indptr[block] : near.indptr[block + 1]].tolist():
            if other not in after:
                after[other] = block
                waiting.append(other)
    # No path along edges joins the block to one with too many cells, so cells are moved directly.
    return [int(np.argmax(excess)), to]


def _halve(
    places: np.ndarray, cells: np.ndarray, first: int, n: int, size: int, parts: np.ndarray
) -> None:
    """Put cells into the blocks from ``first`` on, by recursive coordinate bisection."""
    if n == 1:
        parts[cells] = first
        return
    here = places[cells]
    axis = int(np.argmax(np.ptp(here, axis=0)))
    cells, half = cells[np.argsort(here[:, axis], kind="stable")], n // 2
    _halve(places, cells[: half * size], first, half, size, parts)
    _halve(places, cells[half * size :], first + half, n - half, size, parts)


def _ordered(edges: Edges, cells: np.ndarray, n: int, method: str) -> Order:
    place = np.empty(len(cells), int)
    place[cells] = np.arange(len(cells))
    pre, post = place[edges.pre_ids], place[edges.post_ids]
    edge_ids = np.argsort(post // (len(cells) // n), kind="stable")
    values, labels = edges.values, edges.labels
    ordered = Edges(
        pre[edge_ids],
        post[edge_ids],
        edges.pre_size,
        values=None if values is None else values[edge_ids],
        labels=None if labels is None else [labels[cell] for cell in cells],
    )
    return Order(cells, ordered, edge_ids, n, method)
