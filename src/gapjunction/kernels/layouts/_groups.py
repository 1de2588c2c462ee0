"""Which cells to compute together, so that rows of entries need little padding."""

from __future__ import annotations

import numpy as np


def groups(degree: np.ndarray, many: int) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Return the cells sorted by their number of entries, and where to cut them into groups.

    Parameters
    ----------
    degree : numpy.ndarray, shape (n,)
        The number of entries of each cell.
    many : int
        Largest number of groups. The cuts are those that need the least padding.

    Returns
    -------
    order : numpy.ndarray of int32, shape (n,)
        The cells.
    groups : list of tuples
        For each group its first cell, its last cell (exclusive), and the number of entries of its
        longest row.

    Examples
    --------
    >>> import numpy as np
    >>> groups(np.array([9, 2, 8, 2, 9]), 2)
    (array([1, 3, 2, 0, 4], dtype=int32), [(0, 2, 2), (2, 5, 9)])
    """
    order = np.argsort(degree, kind="stable").astype(np.int32)
    if not len(order):
        return order, []
    lengths, counts = np.unique(degree, return_counts=True)
    end = np.concatenate([[0], np.cumsum(counts)])
    # Dynamic programming. least[j] is the smallest number of places that the rows of the j smallest
    # lengths need in as many groups as were tried so far, and tried[i, j] that number if the last
    # group begins behind the i smallest lengths.
    least = np.where(end == 0, 0.0, np.inf)
    begins = []
    for _ in range(many):
        # In this array the column j stands for the j + 1 smallest lengths.
        tried = least[:-1, None] + (end[None, 1:] - end[:-1, None]) * lengths[None, :]
        tried = np.where(end[:-1, None] < end[None, 1:], tried, np.inf)
        begin = np.argmin(tried, axis=0)
        found = tried[begin, np.arange(len(lengths))]
        begins.append(begin)
        least = np.concatenate([[least[0]], found])
    cuts: list[tuple[int, int, int]] = []
    j = len(lengths)
    for begin in reversed(begins):
        if j == 0:
            break
        i = int(begin[j - 1])
        cuts.append((int(end[i]), int(end[j]), int(lengths[j - 1])))
        j = i
    return order, cuts[::-1]
