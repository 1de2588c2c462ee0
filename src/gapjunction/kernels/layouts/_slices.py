"""Rows of entries in slices of eight rows, for the vector instructions of the accelerator."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gapjunction.kernels._graph import Entries

ROWS: Final = 8
# Within blocks of this many cells, cells are sorted by their number of entries. Larger blocks would
# separate cells that are coupled to the same others.
_WINDOW: Final = 4096
# If a row has at least this many entries more than most rows of its slice, its remaining entries
# are stored behind the slice.
_LONGER: Final = 8


class Slices(NamedTuple):
    """Where entries of rows are stored, so that a vector holds one entry of each of eight rows.

    Examples
    --------
    Eight cells in a ring make one slice. The first entries of all rows come first:

    >>> import numpy as np
    >>> from gapjunction.kernels._graph import Graph
    >>> cell = np.arange(8, dtype=np.int32)
    >>> made = slices(Graph(8, cell, (cell + 1) % 8, (8,)).entries, cell)
    >>> made.shape.tolist()
    [[0, 2, 2], [16, 0, 0]]
    >>> made.entry.tolist()
    [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]
    """

    shape: np.ndarray
    """For each slice: where its entries begin, the number of entries that every row has at least,
    and the number of entries (or empty places) of each row that are interleaved; int32, shape
    (n_slices + 1, 3). The last row says where entries end."""
    cell: np.ndarray
    """The cell of each row; int32, shape (n_slices * ROWS,). At the end, rows without a
    cell repeat the last one."""
    length: np.ndarray
    """The number of entries of each row, of the same shape; 0 for rows without a cell."""
    entry: np.ndarray
    """The entry at each place, shape (n_places,), or -1 where the place is empty."""
    row: np.ndarray
    """The row of each place, of the same shape."""


def slices(entries: Entries, order: np.ndarray) -> Slices:
    """Return the slices of a network whose cells are taken in some order.

    Parameters
    ----------
    entries : Entries
        The network.
    order : numpy.ndarray, shape (n,)
        The cells. Within windows they are sorted by their number of entries.
    """
    n = len(order)
    degree = entries.degree[order]
    order = order[np.lexsort((degree, np.arange(n) // _WINDOW))]
    n_slices = -(-n // ROWS)
    cell = np.full(n_slices * ROWS, order[-1] if n else 0, np.int32)
    cell[:n] = order
    length = np.zeros(n_slices * ROWS, np.int32)
    length[:n] = entries.degree[order]
    each = np.sort(length.reshape(n_slices, ROWS), axis=1)
    most, usual = each[:, -1], each[:, ROWS // 2]
    depth = np.where(most - usual > _LONGER, usual, most)
    rest = np.maximum(length.reshape(n_slices, ROWS) - depth[:, None], 0)
    begin = np.concatenate([[0], np.cumsum(ROWS * depth + rest.sum(axis=1))])
    # Interleaved entries: place k of the slice is entry k // ROWS of row k % ROWS.
    slice_of, k = _counted(ROWS * depth)
    beside = begin[slice_of] + k, slice_of * ROWS + k % ROWS, k // ROWS
    # The remaining entries follow, one row after another.
    row, k = _counted(rest.reshape(-1))
    before = np.cumsum(rest, axis=1) - rest + (begin[:-1] + ROWS * depth)[:, None]
    behind = before.reshape(-1)[row] + k, row, depth[row // ROWS] + k
    place, rows, number = (np.concatenate(pair) for pair in zip(beside, behind, strict=True))
    is_there = number < length[rows]
    entry, row_of = np.full(begin[-1], -1, np.int32), np.empty(begin[-1], np.int32)
    entry[place] = np.where(is_there, entries.start[cell[rows]] + number, -1)
    row_of[place] = rows
    shape = np.zeros((n_slices + 1, 3), np.int32)
    shape[:, 0] = begin
    shape[:-1, 1] = np.minimum(each[:, 0], depth)
    shape[:-1, 2] = depth
    return Slices(shape, cell, length, entry, row_of)


def _counted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each i repeated as the i-th number says, and a count from 0 up within each i."""
    which = np.repeat(np.arange(len(numbers)), numbers)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
