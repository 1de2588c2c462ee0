"""Sums over the edges at each cell."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np


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


def accumulate(
    edge_values: jax.Array, ids: np.ndarray, shape: tuple[int, ...], dtype: np.dtype
) -> jax.Array:
    """Sum a value per edge at the cell that each edge points to.

    Parameters
    ----------
    edge_values : jax.Array
        Shape ``(*batch, n_edges)``.
    ids : numpy.ndarray
        Flat cell id of each edge, shape ``(n_edges,)``, all within range.
    shape : tuple of int
        The population's shape.
    dtype : numpy.dtype
        The dtype of the result.

    Returns
    -------
    jax.Array
        Shape ``(*batch, *shape)``.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> accumulate(jnp.array([1., 2., 4.]), np.array([0, 2, 2]), (3,), jnp.float32)
    Array([1., 0., 6.], dtype=float32)
    """
    batch = edge_values.shape[:-1]
    total = jnp.zeros((*batch, math.prod(shape)), edge_values.dtype)
    # Ids were checked when the edges were made; telling JAX so saves a bounds check per edge.
    total = total.at[..., ids].add(edge_values, mode="promise_in_bounds")
    return total.astype(dtype).reshape(*batch, *shape)
