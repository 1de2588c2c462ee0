"""Sums of values that belong together, without a scatter."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

# The smallest and the largest number of values that are added in one step of a tree.
_NARROW, _WIDE = 4, 64


class SumTree:
    """Adds up the values of each target in an order that is always the same.

    A scatter on a GPU adds by atomic operations, in an order that differs from run to run. Here
    each target gathers its values. A target with many values, like a hub, gathers the sums of
    groups of them, so that no target's row is much longer than those of the others.

    Parameters
    ----------
    ids : numpy.ndarray of int, shape (n_values,)
        The target of each value.
    n : int
        Number of targets.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> tree = SumTree(np.array([2, 0, 2]), 3)
    >>> tree(jnp.array([1.0, 2.0, 4.0]))
    Array([2., 0., 5.], dtype=float32)
    """

    def __init__(self, ids: np.ndarray, n: int) -> None:
        self.n = n
        self._levels: list[np.ndarray] = []
        order, ids = np.argsort(ids, kind="stable"), np.sort(ids, kind="stable")
        while True:
            level, ids = _level(order, ids, n)
            self._levels.append(level)
            if len(ids) == n:
                break
            order = np.arange(len(ids))

    @functools.cached_property
    def levels(self) -> tuple[jax.Array, ...]:
        """Which values each row of each level adds, shape (n_rows, width), on the device."""
        with jax.ensure_compile_time_eval():
            return tuple(jnp.asarray(level, jnp.int32) for level in self._levels)

    def __call__(self, values: jax.Array) -> jax.Array:
        """Return the sums, shape ``(*batch, n)``, of values of shape ``(*batch, n_values)``."""
        if not values.shape[-1]:
            return jnp.zeros((*values.shape[:-1], self.n), values.dtype)
        for level in self.levels:
            # Rows are filled up with the index behind the last value, where a 0 is gathered.
            values = values.at[..., level].get(mode="fill", fill_value=0).sum(axis=-1)
        return values


def _level(order: np.ndarray, ids: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that add parts of the values of each target, and the target of each row.

    Parameters
    ----------
    order : numpy.ndarray
        Where the values are, target by target.
    ids : numpy.ndarray
        The target of each of these, in rising order.
    n : int
        Number of targets; each of them gets a row.
    """
    count = np.bincount(ids, minlength=n)
    typical = np.median(count[count > 0]) if len(ids) else 1
    width = int(np.clip(2 ** np.ceil(np.log2(typical)), _NARROW, _WIDE))
    rows = np.maximum(-(-count // width), 1)
    first_row = np.cumsum(rows) - rows
    number = np.arange(len(ids)) - (np.cumsum(count) - count)[ids]
    # An index beyond the last value gives 0 when values are gathered.
    level = np.full((rows.sum(), width), len(order))
    level[first_row[ids] + number // width, number % width] = order
    return level, np.repeat(np.arange(n), rows)
