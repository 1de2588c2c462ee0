"""The functions of the accelerator, called with arrays."""

from __future__ import annotations

import functools
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels.native._build import load

_SUFFIX: Final = {jnp.dtype("float32"): "f32", jnp.dtype("float64"): "f64"}


_FUNCTIONS: Final = ("rows", "products", "coupled")


@functools.cache
def is_available() -> bool:
    """Whether these functions can be called; the first call tries to compile the accelerator."""
    library, _ = load()
    if library is None:
        return False
    for name in (f"gapjunction_{f}_{s}" for f in _FUNCTIONS for s in _SUFFIX.values()):
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(library, name)), platform="cpu")
    return True


def sum_rows(
    start: jax.Array, row: jax.Array, col: jax.Array, w: jax.Array, x: jax.Array
) -> jax.Array:
    """Return ``y_i = sum_k w_k (x_col(k) - x_i)``, in float32 or float64, on a CPU.

    Parameters
    ----------
    start, row, col : arrays of int32, shapes (n + 1,), (n,), (n_entries,)
        Entries of the cell ``row[i]`` are ``start[i]`` to ``start[i + 1]``; every cell has a row.
        ``col`` is the cell at the other end of each entry's edge.
    w : array, shape (n_entries,) or ()
        The weight of each entry, or of all.
    x : array, shape (n, batch) or (n,)
        Voltages.

    Returns
    -------
    array
        Shape of ``x``.
    """
    target = f"gapjunction_rows_{_SUFFIX[x.dtype]}"
    call = jax.ffi.ffi_call(target, jax.ShapeDtypeStruct(x.shape, x.dtype))
    return call(start, row, col, w, x)


def edge_products(pre: jax.Array, post: jax.Array, x: jax.Array, c: jax.Array) -> jax.Array:
    """Return ``(x_pre - x_post) (c_post - c_pre)`` of each edge, summed over a batch, on a CPU.

    Parameters
    ----------
    pre, post : arrays of int32, shape (n_edges,)
        The two cells of each edge.
    x, c : arrays, shape (n, batch) or (n,)
        Two values of each cell.

    Returns
    -------
    array
        Shape (n_edges,).
    """
    target = f"gapjunction_products_{_SUFFIX[x.dtype]}"
    call = jax.ffi.ffi_call(target, jax.ShapeDtypeStruct(pre.shape, x.dtype))
    return call(pre, post, x, c)


def coupled_rows(
    start: jax.Array,
    row: jax.Array,
    col: jax.Array,
    w: jax.Array,
    c: jax.Array,
    rho: jax.Array,
    rtol: float,
    max_steps: int,
) -> jax.Array:
    """Return the currents I for which ``I = -L (c + rho I)``, on a CPU; NaN without convergence.

    Parameters
    ----------
    start, row, col, w : arrays
        Those of :func:`sum_rows`. The conductances must be symmetric.
    c, rho : arrays, shape (n,)
        The voltage of each cell without current, and its change with the current.
    rtol : float
        Relative tolerance.
    max_steps : int
        Largest number of iterations.
    """
    target = f"gapjunction_coupled_{_SUFFIX[c.dtype]}"
    call = jax.ffi.ffi_call(target, jax.ShapeDtypeStruct(c.shape, c.dtype))
    return call(start, row, col, w, c, rho, rtol=np.float64(rtol), max_steps=np.int64(max_steps))
