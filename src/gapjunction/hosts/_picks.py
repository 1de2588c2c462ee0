"""Values at chosen units of a population, and their sums back into all units.

Both are computed by gathers: XLA performs a scatter element by element, even if the indices are
known when it compiles, which costs more than the arithmetic of a step of small cells.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

# If a unit has more values than this, they are added by a scatter.
_MOST_AT_A_UNIT = 8


class Picks:
    """The units of a population that values belong to.

    Parameters
    ----------
    ids : numpy.ndarray of int, or None
        Flat id of the unit of each value; one that is out of range stands for no unit. None for
        all units as they are.
    units : tuple of int
        Shape of the population.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> picks = Picks(np.array([3, 0, 3]), (2, 2))
    >>> picks.take(jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    Array([4., 1., 4.], dtype=float32)
    >>> picks.put(jnp.array([1.0, 2.0, 3.0]))
    Array([[2., 0.],
           [0., 4.]], dtype=float32)
    """

    def __init__(self, ids: np.ndarray | None, units: Sequence[int]) -> None:
        self.units = tuple(units)
        self.n = math.prod(self.units)
        self.ids = None if ids is None else np.asarray(ids, np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.units if self.ids is None else self.ids.shape

    @functools.cached_property
    def distinct(self) -> bool:
        """Whether no unit has more than one value."""
        return len(self._sources) <= 1

    def take(self, x: jax.Array, fill: float = 0) -> jax.Array:
        """Return the values at the picked units, from those of all units, ``(*batch, *units)``.

        Where there is no unit, the value is ``fill``.
        """
        if self.ids is None:
            return x
        flat = x.reshape(*x.shape[: x.ndim - len(self.units)], self.n)
        return _read(flat, self.ids, fill)

    def put(self, values: jax.Array) -> jax.Array:
        """Return the sum at each unit of values ``(*batch, *shape)``, and 0 where there is none."""
        if self.ids is None:
            return values
        batch = values.shape[: values.ndim - self.ids.ndim]
        flat = values.reshape(*batch, self.ids.size)
        if len(self._sources) <= _MOST_AT_A_UNIT:
            parts = [_read(flat, source, 0) for source in self._sources]
            none = jnp.zeros((*batch, self.n), values.dtype) if not parts else parts[0]
            found = functools.reduce(jnp.add, parts[1:], none)
        else:
            ids = np.where(self._known, self.ids, self.n).reshape(-1)
            found = jnp.zeros((*batch, self.n), values.dtype).at[..., ids].add(flat, mode="drop")
        return found.reshape(*batch, *self.units)

    def at(self, x: np.ndarray) -> np.ndarray:
        """Return values of all units at the picked ones; ``x`` broadcasts to the population."""
        if self.ids is None or x.ndim == 0:
            return x
        whole = np.broadcast_to(x, self.units).reshape(-1)
        # Places without a unit get the value of another one, so that a value that all units share
        # stays one number.
        some = self.ids[self._known][:1]
        return whole[np.where(self._known, self.ids, some)] if len(some) else np.ones(self.shape)

    def within(self, other: Picks) -> Picks:
        """Return these picks as picks of the values of another choice of the same units.

        ``other`` has each unit at most once. A unit that it does not have becomes no unit.
        """
        if other.ids is None:
            return self
        ids, n = other.ids.reshape(-1), other.ids.size
        places = np.full(self.n, n)
        known = (ids >= 0) & (ids < self.n)
        places[ids[known]] = np.flatnonzero(known)
        if self.ids is None:
            return Picks(places.reshape(self.units), other.shape)
        found = np.full(self.ids.shape, n)
        found[self._known] = places[self.ids[self._known]]
        return Picks(found, other.shape)

    @functools.cached_property
    def _known(self) -> np.ndarray:
        ids = np.arange(self.n) if self.ids is None else self.ids
        return (ids >= 0) & (ids < self.n)

    @functools.cached_property
    def _sources(self) -> list[np.ndarray]:
        """The index of each unit's first, second, ... value; it is out of range if none exists."""
        if self.ids is None:
            return [np.arange(self.n)]
        values = np.flatnonzero(self._known)
        ids = self.ids.reshape(-1)[values]
        order = np.argsort(ids, kind="stable")
        values, ids = values[order], ids[order]
        # How many values of the same unit come before each one.
        first = np.r_[0, np.flatnonzero(np.diff(ids)) + 1] if len(ids) else np.zeros(0, np.int64)
        rank = np.arange(len(ids)) - np.repeat(first, np.diff(np.r_[first, len(ids)]))
        found = []
        for k in range(int(rank.max()) + 1 if len(ids) else 0):
            source = np.full(self.n, self.ids.size)
            source[ids[rank == k]] = values[rank == k]
            found.append(source)
        return found


def _read(flat: jax.Array, ids: np.ndarray, fill: float) -> jax.Array:
    """Return the values at indices of the last axis, and ``fill`` at those out of range."""
    n = flat.shape[-1]
    known = (ids >= 0) & (ids < n)
    if known.all():
        if ids.size == n and np.array_equal(ids.reshape(-1), np.arange(n)):
            return flat.reshape(*flat.shape[:-1], *ids.shape)
        return flat.at[..., ids].get(mode="promise_in_bounds")
    if not known.any():
        return jnp.full((*flat.shape[:-1], *ids.shape), fill, flat.dtype)
    found = flat.at[..., np.where(known, ids, 0)].get(mode="promise_in_bounds")
    return jnp.where(known, found, jnp.asarray(fill, flat.dtype))
