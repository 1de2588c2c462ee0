"""The product with the Laplacian as one operation of JAX, with its derivatives.

``exchange(w, x)`` is linear in weights and in voltages, so each derivative is again such a product:

=========================  ==================================================================
forward                    ``exchange(dw, x) + exchange(w, dx)``
backward, to voltages      the transposed operator: the same for symmetric weights; for pairs,
                           the one with each pair swapped, and what that changes on the diagonal
backward, to weights       ``(x_pre - x_post) (c_post - c_pre)`` on each edge
=========================  ==================================================================

What the backward pass needs are voltages and weights. Edge by edge, JAX by itself would keep the
voltage difference of each edge at each step.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from gapjunction.kernels.layouts import CORE, Edgewise, Layout

_exchange = Primitive("gapjunction_exchange")


def exchange(layout: Layout, w: jax.Array, x: jax.Array) -> jax.Array:
    """Return the current ``y_i = sum_k w_k (x_k - x_i)`` into each cell.

    Parameters
    ----------
    layout : Layout
        The graph, and the way to compute it.
    w : array
        Of the shape that the layout's kind says.
    x : array, shape (*batch, n)
        Of the dtype of ``w``.
    """
    return _exchange.bind(w, x, *layout.arrays, layout=layout)


def _compute(on_cpu: bool, w: jax.Array, x: jax.Array, *arrays: jax.Array, layout: Layout) -> Any:
    extra = w.ndim - CORE[layout.kind]
    if extra:
        # Members of a batch that have weights of their own.
        general = Edgewise(layout.graph, layout.kind)
        function = lambda w, x: general.plain(w, x, *general.arrays)  # noqa: E731
        for _ in range(extra):
            function = jax.vmap(function)
        return function(w, x)
    return (layout.on_cpu if on_cpu else layout.plain)(w, x, *arrays)


def _abstract(w: Any, x: Any, *arrays: Any, layout: Layout) -> Any:
    return x.update(shape=x.shape, dtype=x.dtype)


def _jvp(primals: Any, tangents: Any, *, layout: Layout) -> tuple[Any, Any]:
    w, x, *arrays = primals
    dw, dx, *_ = tangents
    out = _exchange.bind(w, x, *arrays, layout=layout)
    parts = []
    if not isinstance(dw, ad.Zero):
        parts.append(_exchange.bind(dw, x, *arrays, layout=layout))
    if not isinstance(dx, ad.Zero):
        parts.append(_exchange.bind(w, dx, *arrays, layout=layout))
    if not parts:
        return out, ad.Zero.from_primal_value(out)
    return out, parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _transpose(cotangent: Any, w: Any, x: Any, *arrays: Any, layout: Layout) -> list[Any]:
    to_w = to_x = None
    if ad.is_undefined_primal(w):
        if isinstance(cotangent, ad.Zero):
            to_w = ad.Zero(w.aval)
        else:
            to_w = _to_weights(layout, x, cotangent, w.aval.shape)
    else:
        if isinstance(cotangent, ad.Zero):
            to_x = ad.Zero(x.aval)
        else:
            to_x = _to_voltages(layout, w, cotangent, arrays)
    return [to_w, to_x, *[None] * len(arrays)]


def _to_voltages(layout: Layout, w: jax.Array, c: jax.Array, arrays: Any) -> jax.Array:
    if layout.kind != "pair":
        return _exchange.bind(w, c, *arrays, layout=layout)
    graph, swapped = layout.graph, w[..., ::-1]
    excess = (swapped - w)[..., 0]
    diagonal = jnp.zeros((*excess.shape[:-1], graph.n), c.dtype)
    diagonal = diagonal.at[..., graph.post].add(excess).at[..., graph.pre].add(-excess)
    between = (slice(None),) * (w.ndim - 2) + (None,) * (c.ndim - w.ndim + 1)
    return _exchange.bind(swapped, c, *arrays, layout=layout) + diagonal[between] * c


def _to_weights(layout: Layout, x: jax.Array, c: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    graph, core = layout.graph, CORE[layout.kind]
    # Batch members that share the weights.
    shared = tuple(range(len(shape) - core, x.ndim - 1))
    if layout.kind == "one":
        unit = jnp.ones((), x.dtype)
        return (c * exchange(layout, unit, x)).sum(axis=(*shared, x.ndim - 1))

    def at(values: jax.Array, ids: Any) -> jax.Array:
        return values.at[..., ids].get(mode="promise_in_bounds")

    change = at(x, graph.pre) - at(x, graph.post)
    if layout.kind == "edge":
        return (change * (at(c, graph.post) - at(c, graph.pre))).sum(axis=shared)
    both = jnp.stack([change * at(c, graph.post), -change * at(c, graph.pre)], axis=-1)
    return both.sum(axis=shared)


def _batch(args: Any, dims: Any, *, layout: Layout) -> tuple[Any, int]:
    w, x, *arrays = args
    size = next(a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None)
    x = jnp.broadcast_to(x, (size, *x.shape)) if dims[1] is None else jnp.moveaxis(x, dims[1], 0)
    if dims[0] is not None:
        w = jnp.moveaxis(w, dims[0], 0)
    elif w.ndim > CORE[layout.kind]:
        w = jnp.broadcast_to(w, (size, *w.shape))
    return _exchange.bind(w, x, *arrays, layout=layout), 0


_exchange.def_abstract_eval(_abstract)
ad.primitive_jvps[_exchange] = _jvp
ad.primitive_transposes[_exchange] = _transpose
batching.primitive_batchers[_exchange] = _batch


def _lower(on_cpu: bool) -> Any:
    def compute(*args: Any, layout: Layout) -> Any:
        return _compute(on_cpu, *args, layout=layout)

    return mlir.lower_fun(compute, multiple_results=False)


mlir.register_lowering(_exchange, _lower(False))
mlir.register_lowering(_exchange, _lower(True), platform="cpu")
_jitted = jax.jit(
    lambda *args, layout: _exchange.bind(*args, layout=layout), static_argnames="layout"
)
_exchange.def_impl(_jitted)
