"""The functions of the accelerator, called with arrays."""

from __future__ import annotations

import functools
import math
from typing import Final, NamedTuple

import jax
import numpy as np

from gapjunction.kernels.native._build import load

_FUNCTIONS: Final = ("rows", "products", "both", "coupled")

# These constants are in sliced.h and current.h too: the accelerator works in memory that XLA
# provides, and returns an error where that is too small.
_ROWS: Final = 8
_LINE: Final = 64
_FEW: Final = 2
_VECTORS: Final = 9


class Network(NamedTuple):
    """A network in slices of eight rows."""

    shape: jax.Array
    """Shape (n_slices + 1, 3)."""
    cell: jax.Array
    """Shape (n_rows,)."""
    length: jax.Array
    """Shape (n_rows,)."""
    col: jax.Array
    """The cell, or its row, at the other end of the edge at each place; shape (n_places,)."""
    by_row: bool
    """Whether ``col`` holds numbers of rows rather than of cells."""

    @property
    def arrays(self) -> tuple[jax.Array, ...]:
        """All arrays."""
        return self.shape, self.cell, self.length, self.col

    def scratch(self, x: jax.Array) -> int:
        """Return how many numbers of scratch memory the product with some voltages needs."""
        tiles, rest = divmod(math.prod(x.shape[:-1]), _LINE // x.dtype.itemsize)
        n_rows = len(self.cell)
        whole = 2 * (tiles + (rest > _FEW)) * n_rows * _LINE // x.dtype.itemsize
        return whole + (n_rows if self.by_row else 0)


@functools.cache
def is_available() -> bool:
    """Whether these functions can be called; the first call tries to compile the accelerator."""
    library, _ = load()
    if library is None:
        return False
    for name in (f"gapjunction_{function}" for function in _FUNCTIONS):
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(library, name)), platform="cpu")
    return True


def _like(x: jax.Array, *shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, x.dtype)


def sum_rows(network: Network, w: jax.Array, x: jax.Array) -> jax.Array:
    """Return ``y_i = sum_k w_k (x_k - x_i)``, in float32 or float64, on a CPU.

    Parameters
    ----------
    network : Network
        The neighbours k of each cell i.
    w : array, shape (n_places,) or ()
        The weight at each place, or one for all.
    x : array, shape (*batch, n)
        Voltages.

    Returns
    -------
    array
        Shape of ``x``.
    """
    results = _like(x, *x.shape), _like(x, network.scratch(x))
    call = jax.ffi.ffi_call("gapjunction_rows", results)
    return call(*network.arrays, w, x, by_row=network.by_row)[0]


def _scratch_of_edges(x: jax.Array) -> int:
    members, many = math.prod(x.shape[:-1]), _LINE // x.dtype.itemsize
    return 2 * x.shape[-1] * (1 if members == 1 else -(-members // many) * many)


def edge_products(pre: jax.Array, post: jax.Array, x: jax.Array, c: jax.Array) -> jax.Array:
    """Return ``(x_pre - x_post) (c_post - c_pre)`` of each edge, summed over a batch, on a CPU.

    Parameters
    ----------
    pre, post : arrays of int32, shape (n_edges,)
        The two cells of each edge.
    x, c : arrays, shape (*batch, n)
        Two values of each cell.

    Returns
    -------
    array
        Shape (n_edges,).
    """
    results = _like(x, *pre.shape), _like(x, _scratch_of_edges(x))
    call = jax.ffi.ffi_call("gapjunction_products", results)
    return call(pre, post, x, c)[0]


def both_derivatives(
    network: Network,
    w: jax.Array,
    pre: jax.Array,
    post: jax.Array,
    x: jax.Array,
    c: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Return ``edge_products(pre, post, x, c)`` and ``sum_rows(network, w, c)`` by one call."""
    scratch = _like(x, max(network.scratch(x), _scratch_of_edges(x)))
    results = _like(x, *pre.shape), _like(x, *x.shape), scratch
    call = jax.ffi.ffi_call("gapjunction_both", results)
    to_w, to_x, _ = call(*network.arrays, pre, post, w, x, c, by_row=network.by_row)
    return to_w, to_x


def coupled_rows(
    network: Network,
    w: jax.Array,
    c: jax.Array,
    rho: jax.Array,
    rtol: float,
    max_steps: int,
) -> jax.Array:
    """Return the currents I for which ``I = -L (c + rho I)``, on a CPU; NaN without convergence.

    Parameters
    ----------
    network, w
        As for :func:`sum_rows`. The conductances must be symmetric, and ``network.by_row`` True.
    c, rho : arrays, shape (n,)
        The voltage of each cell without current, and its change with the current.
    rtol : float
        Relative tolerance.
    max_steps : int
        Largest number of iterations.
    """
    results = _like(c, *c.shape), _like(c, _VECTORS * len(network.cell))
    call = jax.ffi.ffi_call("gapjunction_coupled", results)
    numbers = {"rtol": np.float64(rtol), "max_steps": np.int64(max_steps)}
    return call(*network.arrays, w, c, rho, **numbers)[0]
