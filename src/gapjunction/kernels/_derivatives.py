"""The derivatives of the product with the Laplacian.

``exchange(w, x)`` is linear in weights and in voltages, so each derivative is again such a product:

=========================  ==================================================================
forward                    ``exchange(dw, x) + exchange(w, dx)``
backward, to voltages      the transposed operator: for symmetric weights the operator itself; for
                           pairs of weights the operator with each pair swapped, plus a correction
                           of the diagonal, which a transposition does not change
backward, to weights       ``(x_pre - x_post) (c_post - c_pre)`` on each edge, a second operation,
                           whose derivatives are products with the Laplacian again
=========================  ==================================================================

The backward pass needs the voltages and the weights. If JAX derived it from sums over edges, it
would store the voltage difference of each edge at each time step.

The accelerator can compute both backward derivatives in one call. JAX obtains backward derivatives
by transposing the forward ones, so for these networks the forward derivative is one operation
(``FORWARD``), whose transpose is one operation too (``BACKWARD``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching

from gapjunction.kernels._exchange import EXCHANGE, exchange
from gapjunction.kernels._primitive import implement
from gapjunction.kernels._products import PRODUCTS, differences, products
from gapjunction.kernels.layouts import CORE, Layout, Rows

FORWARD = Primitive("gapjunction_forward")
BACKWARD = Primitive("gapjunction_backward")
BACKWARD.multiple_results = True


def _is_zero(tangent: jax.Array | ad.Zero) -> bool:
    return isinstance(tangent, ad.Zero)


def _zero_like(value: jax.Array) -> ad.Zero:
    """Return the derivative of a result that depends on none of the differentiated inputs."""
    return ad.Zero(jax.typeof(value).to_tangent_aval())


def _jvp(
    primals: Sequence[jax.Array], tangents: Sequence[jax.Array | ad.Zero], *, layout: Layout
) -> tuple[jax.Array, jax.Array | ad.Zero]:
    w, x, *arrays = primals
    dw, dx, *_ = tangents
    out = EXCHANGE.bind(w, x, *arrays, layout=layout)
    if not _is_zero(dw) and not _is_zero(dx) and _is_fused(layout, w):
        return out, FORWARD.bind(w, x, dw, dx, layout=layout)
    parts = []
    if not isinstance(dw, ad.Zero):
        parts.append(EXCHANGE.bind(dw, x, *arrays, layout=layout))
    if not isinstance(dx, ad.Zero):
        parts.append(EXCHANGE.bind(w, dx, *arrays, layout=layout))
    if not parts:
        return out, _zero_like(out)
    return out, parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _transpose(
    cotangent: jax.Array | ad.Zero, w: Any, x: Any, *arrays: jax.Array, layout: Layout
) -> list[jax.Array | ad.Zero | None]:
    to_w: jax.Array | ad.Zero | None = None
    to_x: jax.Array | ad.Zero | None = None
    if ad.is_undefined_primal(w):
        if isinstance(cotangent, ad.Zero):
            to_w = ad.Zero(w.aval)
        else:
            to_w = _to_weights(layout, x, cotangent, w.aval.shape, arrays)
    else:
        if isinstance(cotangent, ad.Zero):
            to_x = ad.Zero(x.aval)
        else:
            to_x = _to_voltages(layout, w, cotangent, arrays)
    return [to_w, to_x, *[None] * len(arrays)]


def _to_voltages(
    layout: Layout, w: jax.Array, c: jax.Array, arrays: Sequence[jax.Array]
) -> jax.Array:
    if layout.kind != "pair":
        return EXCHANGE.bind(w, c, *arrays, layout=layout)
    # The operator with swapped weights has the right elements off the diagonal, but on the diagonal
    # it has the sums of the swapped weights. The difference is added.
    graph, swapped = layout.graph, w[..., ::-1]
    excess = (swapped - w)[..., 0]
    if graph.loops is not None:
        excess = jnp.where(graph.loops, 0, excess)
    diagonal = layout.at_cells(-excess, excess.astype(c.dtype), arrays)
    between = (slice(None),) * (w.ndim - 2) + (None,) * (c.ndim - w.ndim + 1)
    return EXCHANGE.bind(swapped, c, *arrays, layout=layout) + diagonal[between] * c


def _to_weights(
    layout: Layout,
    x: jax.Array,
    c: jax.Array,
    shape: tuple[int, ...],
    arrays: Sequence[jax.Array],
) -> jax.Array:
    core = CORE[layout.kind]
    # The batch dimensions whose members share the weights, so that their derivatives add up.
    shared = tuple(range(len(shape) - core, x.ndim - 1))
    if layout.kind == "one":
        unit = jnp.ones((), x.dtype)
        each = EXCHANGE.bind(unit, x, *arrays, layout=layout)
        return (c * each).sum(axis=(*shared, x.ndim - 1))
    if layout.kind == "edge" and len(shape) == core:
        return products(layout, x, c, arrays)
    change, (at_pre, at_post) = differences(layout, x, arrays), layout.at_ends(c, arrays)
    if layout.kind == "edge":
        return (change * (at_post - at_pre)).sum(axis=shared)
    both = jnp.stack([change * at_post, -change * at_pre], axis=-1)
    return both.sum(axis=shared)


def _products_jvp(
    primals: Sequence[jax.Array], tangents: Sequence[jax.Array | ad.Zero], *, layout: Layout
) -> tuple[jax.Array, jax.Array | ad.Zero]:
    (x, c, *_), (dx, dc, *_) = primals, tangents
    out = products(layout, x, c)
    parts = [] if isinstance(dx, ad.Zero) else [products(layout, dx, c)]
    parts += [] if isinstance(dc, ad.Zero) else [products(layout, x, dc)]
    return out, sum(parts[1:], parts[0]) if parts else _zero_like(out)


def _products_transpose(
    cotangent: jax.Array | ad.Zero,
    x: Any,
    c: Any,
    pre: jax.Array,
    post: jax.Array,
    *,
    layout: Layout,
) -> list[jax.Array | ad.Zero | None]:
    linear, other = (x, c) if ad.is_undefined_primal(x) else (c, x)
    found: jax.Array | ad.Zero = ad.Zero(linear.aval)
    if not isinstance(cotangent, ad.Zero):
        found = exchange(layout, cotangent, other)
    return [found, None, None, None] if linear is x else [None, found, None, None]


def _is_fused(layout: Layout, w: jax.Array) -> bool:
    """Whether the accelerator has one call for both derivatives."""
    return isinstance(layout, Rows) and layout.is_accelerated and w.ndim == 1 == CORE[layout.kind]


def _forward(
    w: jax.Array, x: jax.Array, dw: jax.Array, dx: jax.Array, *_: jax.Array, layout: Layout
) -> jax.Array:
    return exchange(layout, dw, x) + exchange(layout, w, dx)


def _forward_abstract(
    w: ShapedArray, x: ShapedArray, *_: ShapedArray, layout: Layout
) -> ShapedArray:
    return x.update(shape=x.shape, dtype=x.dtype)


def _forward_jvp(
    primals: Sequence[jax.Array], tangents: Sequence[jax.Array | ad.Zero], *, layout: Layout
) -> tuple[jax.Array, jax.Array | ad.Zero]:
    (w, x, dw, dx), (tw, tx, tdw, tdx) = primals, tangents
    out = FORWARD.bind(w, x, dw, dx, layout=layout)
    pairs = ((tdw, x), (dw, tx), (tw, dx), (w, tdx))
    parts = [exchange(layout, *pair) for pair in pairs if not any(map(_is_zero, pair))]
    return out, sum(parts[1:], parts[0]) if parts else _zero_like(out)


def _forward_transpose(
    cotangent: jax.Array | ad.Zero, w: jax.Array, x: jax.Array, dw: Any, dx: Any, *, layout: Layout
) -> list[jax.Array | ad.Zero | None]:
    wants_w, wants_x = map(ad.is_undefined_primal, (dw, dx))
    to_w: jax.Array | ad.Zero | None = ad.Zero(dw.aval) if wants_w else None
    to_x: jax.Array | ad.Zero | None = ad.Zero(dx.aval) if wants_x else None
    if isinstance(cotangent, ad.Zero):
        return [None, None, to_w, to_x]
    if wants_w and wants_x:
        to_w, to_x = BACKWARD.bind(w, x, cotangent, *layout.arrays, *layout.ends, layout=layout)
    elif wants_w:
        to_w = products(layout, x, cotangent)
    else:
        to_x = exchange(layout, w, cotangent)
    return [None, None, to_w, to_x]


def _forward_batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, layout: Layout
) -> tuple[jax.Array, int]:
    return jax.vmap(lambda *args: _forward(*args, layout=layout), in_axes=tuple(dims))(*args), 0


def _backward(
    w: jax.Array, x: jax.Array, c: jax.Array, *_: jax.Array, layout: Layout
) -> tuple[jax.Array, jax.Array]:
    return products(layout, x, c), exchange(layout, w, c)


def _backward_on_cpu(
    w: jax.Array, x: jax.Array, c: jax.Array, *arrays: jax.Array, layout: Rows
) -> tuple[jax.Array, jax.Array]:
    return layout.both_derivatives(w, x, c, arrays[:-2], arrays[-2:])


def _backward_abstract(
    w: ShapedArray, x: ShapedArray, *_: ShapedArray, layout: Layout
) -> tuple[ShapedArray, ShapedArray]:
    return w.update(shape=w.shape, dtype=x.dtype), x.update(shape=x.shape, dtype=x.dtype)


def _backward_jvp(
    primals: Sequence[jax.Array], tangents: Sequence[jax.Array | ad.Zero], *, layout: Layout
) -> tuple[Sequence[jax.Array], Sequence[jax.Array]]:
    along = tuple(map(ad.instantiate_zeros, tangents[:3]))
    return jax.jvp(lambda *args: _backward(*args, layout=layout), tuple(primals[:3]), along)


def _backward_batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, layout: Layout
) -> tuple[Sequence[jax.Array], Sequence[int]]:
    found = jax.vmap(lambda *args: _backward(*args, layout=layout), tuple(dims))(*args)
    return found, (0, 0)


ad.primitive_jvps[EXCHANGE] = _jvp
ad.primitive_transposes[EXCHANGE] = _transpose
ad.primitive_jvps[PRODUCTS] = _products_jvp
ad.primitive_transposes[PRODUCTS] = _products_transpose
FORWARD.def_abstract_eval(_forward_abstract)
ad.primitive_jvps[FORWARD] = _forward_jvp
ad.primitive_transposes[FORWARD] = _forward_transpose
batching.primitive_batchers[FORWARD] = _forward_batch
implement(FORWARD, _forward, _forward)
BACKWARD.def_abstract_eval(_backward_abstract)
ad.primitive_jvps[BACKWARD] = _backward_jvp
batching.primitive_batchers[BACKWARD] = _backward_batch
implement(BACKWARD, _backward, _backward_on_cpu)
