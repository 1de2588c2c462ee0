"""The product of two differences on each edge, as one operation of JAX.

With the voltages and the derivative of a loss with respect to the currents, it is the derivative of
the loss with respect to the conductances.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import batching

from gapjunction.kernels._primitive import implement
from gapjunction.kernels.layouts import Layout, at
from gapjunction.kernels.native import edge_products, is_available

PRODUCTS = Primitive("gapjunction_products")


def products(
    layout: Layout, x: jax.Array, c: jax.Array, arrays: Sequence[jax.Array] = ()
) -> jax.Array:
    """Return ``(x_pre - x_post) (c_post - c_pre)`` of each edge, summed over the batch."""
    if layout.spread:
        each = differences(layout, x, arrays) * -differences(layout, c, arrays)
        return each.sum(axis=tuple(range(x.ndim - 1)))
    return PRODUCTS.bind(x, c, *layout.ends, layout=layout)


def differences(layout: Layout, x: jax.Array, arrays: Sequence[jax.Array]) -> jax.Array:
    """Return ``x_pre - x_post`` of each edge."""
    pre, post = layout.at_ends(x, arrays)
    return pre - post


def _products_plain(
    x: jax.Array, c: jax.Array, pre: jax.Array, post: jax.Array, **_: object
) -> jax.Array:
    found = (at(x, pre) - at(x, post)) * (at(c, post) - at(c, pre))
    return found.sum(axis=tuple(range(x.ndim - 1)))


def _products_on_cpu(
    x: jax.Array, c: jax.Array, pre: jax.Array, post: jax.Array, **_: object
) -> jax.Array:
    if not is_available():
        return _products_plain(x, c, pre, post)
    return edge_products(pre, post, x, c)


def _products_abstract(
    x: ShapedArray, c: ShapedArray, pre: ShapedArray, post: ShapedArray, *, layout: Layout
) -> ShapedArray:
    return x.update(shape=pre.shape, dtype=x.dtype)


def _products_batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, layout: Layout
) -> tuple[jax.Array, int]:
    return jax.vmap(_products_plain, in_axes=tuple(dims))(*args), 0


PRODUCTS.def_abstract_eval(_products_abstract)
batching.primitive_batchers[PRODUCTS] = _products_batch
implement(PRODUCTS, _products_plain, _products_on_cpu)
