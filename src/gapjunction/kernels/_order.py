"""An order of the cells in which coupled cells are close together."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee

from gapjunction.kernels._graph import Entries

# The voltages of fewer cells fit into a fast cache, where their order does not matter.
_MANY = 16_384
# How many cells are looked at to tell whether a graph is local.
_SAMPLE = 100


def near_order(entries: Entries) -> np.ndarray | None:
    """Return the cells in an order in which coupled cells are close; None if it would not help.

    The order is that of reverse Cuthill-McKee. It helps networks in space in which cells at near
    positions have distant numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from gapjunction.kernels._graph import Graph
    >>> place = np.random.default_rng(0).permutation(20_000).astype(np.int32)
    >>> chain = np.concatenate([np.stack([place[:-k], place[k:]]) for k in (1, 2, 3)], axis=1)
    >>> entries = Graph(20_000, *chain, (20_000,)).entries
    >>> order = near_order(entries)
    >>> place_of = np.argsort(order)
    >>> int(np.abs(place_of[chain[0]] - place_of[chain[1]]).max()) < 10
    True
    """
    n = len(entries.start) - 1
    if n < _MANY or not len(entries.col):
        return None
    row = np.repeat(np.arange(n, dtype=np.int32), entries.degree)
    before = np.abs(row - entries.col).mean()
    if before < n / 16 or not _is_local(entries):
        return None
    ones = np.ones(len(entries.col), np.int8)
    matrix = sp.csr_array((ones, entries.col, entries.start), shape=(n, n))
    order = reverse_cuthill_mckee(matrix, symmetric_mode=True)
    place = np.empty(n, np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    after = np.abs(place[row] - place[entries.col]).mean()
    return order if after < before / 4 else None


def _is_local(entries: Entries) -> bool:
    """Whether the neighbours of a cell's neighbours are few, because most of them are shared."""
    start, col, _ = entries
    n, reached, most = len(start) - 1, 0, 0
    for cell in np.random.default_rng(0).integers(0, n, _SAMPLE):
        near = col[start[cell] : start[cell + 1]]
        far = [col[start[i] : start[i + 1]] for i in near]
        reached += len(np.unique(np.concatenate([near, *far]))) if len(near) else 0
        most += len(near) + sum(map(len, far))
    return reached < most / 2
