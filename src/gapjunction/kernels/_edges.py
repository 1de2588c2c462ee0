"""Sums over the edges at each cell."""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import _device
from gapjunction.kernels._tree import SumTree


def working_dtype(*dtypes: np.dtype) -> np.dtype:
    """Return the dtype in which currents are summed, given the dtypes of the voltages.

    Currents of half precision are summed in float32: with dozens of junctions on a cell, a sum in
    bfloat16 would lose the current of whole junctions.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> print(working_dtype(jnp.bfloat16, jnp.bfloat16))
    float32
    """
    return jnp.promote_types(jnp.result_type(*dtypes), jnp.float32)


def flatten_cells(values: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Return ``values`` of shape ``(*batch, *shape)`` as ``(*batch, n_cells)``.

    Edge ids count cells in C order over the population's shape, so the kernels treat a population
    of any number of dimensions as a line of cells.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> flatten_cells(jnp.zeros((16, 4, 5)), (4, 5)).shape
    (16, 20)
    """
    if len(shape) == 1:
        return values
    return values.reshape(*values.shape[: values.ndim - len(shape)], math.prod(shape))


class CellSums:
    """Sums of a value for each edge at the cells of a population.

    Parameters
    ----------
    ids : numpy.ndarray
        Flat cell id of each edge, shape ``(n_edges,)``, all within range.
    shape : tuple of int
        The population's shape.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> sums = CellSums(np.array([0, 2, 2]), (3,))
    >>> sums(jnp.array([1., 2., 4.]), jnp.float32)
    Array([1., 0., 6.], dtype=float32)
    """

    def __init__(self, ids: np.ndarray, shape: tuple[int, ...]) -> None:
        self.ids, self.shape = ids, shape

    @functools.cached_property
    def _tree(self) -> SumTree:
        return SumTree(self.ids, math.prod(self.shape))

    def __call__(self, values: jax.Array, dtype: np.dtype) -> jax.Array:
        """Return the sums.

        Parameters
        ----------
        values : array
            Shape ``(*batch, n_edges)``.
        dtype : numpy.dtype
            The dtype of the result.

        Returns
        -------
        array
            Shape ``(*batch, *shape)``.
        """
        batch = values.shape[:-1]
        if _device.is_cpu():
            # The sum is taken in the order of the edges, as in brainpy.state. Ids were checked when
            # the edges were made; telling JAX so saves a bounds check per edge.
            total = jnp.zeros((*batch, math.prod(self.shape)), values.dtype)
            total = total.at[..., self.ids].add(values, mode="promise_in_bounds")
        else:
            total = self._tree(values)
        return total.astype(dtype).reshape(*batch, *self.shape)
