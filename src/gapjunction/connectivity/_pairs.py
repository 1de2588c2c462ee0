"""All pairs of cells, numbered so that a pair can be found without making a list of all.

The pairs of one population are ``(0, 1), (0, 2), ..., (1, 2), ...``, each once; those of two are
``(0, 0), (0, 1), ..., (1, 0), ...``. The position of a pair in this order is called its rank.
"""

from __future__ import annotations

import numpy as np

# With more pairs, sums of ranks could exceed the largest int64.
MAX_PAIRS = 2**57


def count_pairs(n_pre: int, n_post: int, same_population: bool) -> int:
    """Return the number of pairs.

    Raises
    ------
    ValueError
        If there are too many to be numbered with int64.
    """
    count = n_pre * (n_pre - 1) // 2 if same_population else n_pre * n_post
    if count > MAX_PAIRS:
        raise ValueError(
            f"pre_size and post_size must give at most {MAX_PAIRS} pairs of cells; populations of "
            f"{n_pre} and {n_post} cells have too many pairs."
        )
    return count


def decode_pairs(
    ranks: np.ndarray, n_pre: int, n_post: int, same_population: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two cells of each rank.

    Only integers are compared, so the result is exact for every rank that int64 holds.

    Parameters
    ----------
    ranks : numpy.ndarray
        int64, in ascending order.
    n_pre, n_post : int
        Numbers of cells.
    same_population : bool
        Whether pre and post are one population.

    Returns
    -------
    pre_ids, post_ids : numpy.ndarray
        int32, sorted by ``pre_ids`` and then ``post_ids``.

    Examples
    --------
    >>> decode_pairs(np.arange(3), 3, 3, True)
    (array([0, 0, 1], dtype=int32), array([1, 2, 2], dtype=int32))
    >>> decode_pairs(np.array([1, 5]), 2, 3, False)
    (array([0, 1], dtype=int32), array([1, 2], dtype=int32))
    """
    if ranks.size == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    rows = np.arange(n_pre, dtype=np.int64)
    # All pairs with the same first cell form a row. These are the rank of the first pair of each
    # row, and the second cell of that pair.
    first_rank = rows * (2 * n_pre - 1 - rows) // 2 if same_population else rows * n_post
    first_post = rows + 1 if same_population else np.zeros_like(rows)
    low, high = np.searchsorted(first_rank, ranks[[0, -1]], side="right")
    used = slice(int(low) - 1, int(high))
    begins = np.searchsorted(ranks, first_rank[used])
    counts = np.diff(begins, append=ranks.size)
    pre_ids = np.repeat(rows[used].astype(np.int32), counts)
    shift = np.repeat((first_rank - first_post)[used], counts)
    return pre_ids, np.subtract(ranks, shift, out=shift).astype(np.int32)


def unique_pairs(
    first: np.ndarray, second: np.ndarray, n_cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of one population sorted, each once, smaller id first, without self-pairs.

    Examples
    --------
    >>> unique_pairs(np.array([2, 0, 1, 1]), np.array([0, 2, 1, 0]), 3)
    (array([0, 0], dtype=int32), array([1, 2], dtype=int32))
    """
    keys = pair_keys(first, second, n_cells)[first != second]
    # Sorting in place and dropping repeats takes a tenth of the time of np.unique.
    keys.sort()
    low, high = np.divmod(keys[np.diff(keys, prepend=-1) > 0], n_cells)
    return low.astype(np.int32), high.astype(np.int32)


def pair_keys(first: np.ndarray, second: np.ndarray, n_cells: int) -> np.ndarray:
    """Return one int64 for each pair, the same for ``(i, j)`` and ``(j, i)``."""
    keys = np.minimum(first, second).astype(np.int64)
    keys *= n_cells
    keys += np.maximum(first, second)
    return keys
