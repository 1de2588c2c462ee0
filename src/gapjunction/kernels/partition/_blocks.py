"""Which device has which cell."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np


@dataclasses.dataclass(frozen=True)
class Blocks:
    """Cells of one population, or of two, in consecutive blocks of equal size on the devices.

    Device d has the d-th block of each population. The kernels count cells block by block: those
    of both populations on the first device, then those on the second. With one population that is
    the order of the cells themselves.

    Parameters
    ----------
    n : int
        Number of devices.
    groups : tuple of int
        Size of the one population, or sizes of the two; multiples of ``n``.

    Examples
    --------
    >>> blocks = Blocks(2, (4, 2))
    >>> blocks.numbers(0, np.arange(4)), blocks.numbers(1, np.arange(2))
    (array([0, 1, 3, 4]), array([2, 5]))
    """

    n: int
    groups: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of cells on each device."""
        return sum(self.groups) // self.n

    def numbers(self, group: int, ids: np.ndarray) -> np.ndarray:
        """Return the numbers by which the kernels count cells of a population."""
        own = self.groups[group] // self.n
        device, place = np.divmod(ids, own)
        before = sum(self.groups[:group]) // self.n
        found: np.ndarray = device * self.size + before + place
        return found

    def join(self, parts: tuple[jax.Array, ...]) -> jax.Array:
        """Return values of the populations, shape ``(*batch, n_i)``, as one array of all cells."""
        if len(parts) == 1:
            return parts[0]
        blocks = [x.reshape(*x.shape[:-1], self.n, -1) for x in parts]
        whole = jnp.concatenate(blocks, axis=-1)
        return whole.reshape(*whole.shape[:-2], -1)

    def split(self, whole: jax.Array) -> tuple[jax.Array, ...]:
        """Return values of all cells as those of each population: the inverse of :meth:`join`."""
        if len(self.groups) == 1:
            return (whole,)
        blocks = whole.reshape(*whole.shape[:-1], self.n, self.size)
        parts = jnp.split(blocks, [self.groups[0] // self.n], axis=-1)
        return tuple(x.reshape(*whole.shape[:-1], -1) for x in parts)
