"""The product with the Laplacian as one operation of JAX."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import batching

from gapjunction.kernels._primitive import implement
from gapjunction.kernels.layouts import CORE, Edgewise, Layout, Rows

EXCHANGE = Primitive("gapjunction_exchange")


def exchange(layout: Layout, w: jax.Array, x: jax.Array) -> jax.Array:
    """Return the current ``y_i = sum_k w_k (x_k - x_i)`` into each cell.

    Parameters
    ----------
    layout : Layout
        The graph, and the way to compute the current.
    w : array
        Weights, of the shape that the layout's kind prescribes.
    x : array, shape (*batch, n)
        Voltages, of the dtype of ``w``.
    """
    return EXCHANGE.bind(w, x, *layout.arrays, layout=layout)


def _compute(
    on_cpu: bool, w: jax.Array, x: jax.Array, *arrays: jax.Array, layout: Layout
) -> jax.Array:
    extra = w.ndim - CORE[layout.kind]
    if extra and not layout.spread:
        # Each member of the batch has weights of its own, which not every layout can handle.
        general = (Edgewise if on_cpu else Rows)(layout.graph, layout.kind)
        function: Callable[[jax.Array, jax.Array], jax.Array]
        function = lambda w, x: general.plain(w, x, *general.arrays)  # noqa: E731
        for _ in range(extra):
            function = jax.vmap(function)
        return function(w, x)
    return (layout.on_cpu if on_cpu else layout.plain)(w, x, *arrays)


def _abstract(w: ShapedArray, x: ShapedArray, *arrays: ShapedArray, layout: Layout) -> ShapedArray:
    return x.update(shape=x.shape, dtype=x.dtype)


def _batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, layout: Layout
) -> tuple[jax.Array, int]:
    w, x, *arrays = args
    size = next(a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None)
    x = jnp.broadcast_to(x, (size, *x.shape)) if dims[1] is None else jnp.moveaxis(x, dims[1], 0)
    if dims[0] is not None:
        w = jnp.moveaxis(w, dims[0], 0)
    elif w.ndim > CORE[layout.kind]:
        w = jnp.broadcast_to(w, (size, *w.shape))
    return EXCHANGE.bind(w, x, *arrays, layout=layout), 0


EXCHANGE.def_abstract_eval(_abstract)
batching.primitive_batchers[EXCHANGE] = _batch
implement(EXCHANGE, functools.partial(_compute, False), functools.partial(_compute, True))
