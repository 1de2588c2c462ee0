"""The product with the Laplacian as one operation of JAX, with its derivatives.

``exchange(w, x)`` is linear in weights and in voltages, so each derivative is again such a product:

=========================  ==================================================================
forward                    ``exchange(dw, x) + exchange(w, dx)``
backward, to voltages      the transposed operator: for symmetric weights it is the operator itself;
                           for pairs of weights, that with each pair swapped, plus what this
                           swap changes on the diagonal
backward, to weights       ``(x_pre - x_post) (c_post - c_pre)`` on each edge, a second operation,
                           whose derivatives are products with the Laplacian again
=========================  ==================================================================

The backward pass needs the voltages and the weights. If JAX derived it from sums over edges, it
would store the voltage difference of each edge at each time step.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from gapjunction.kernels.layouts import CORE, Edgewise, Layout
from gapjunction.kernels.native import edge_products, is_available

_exchange = Primitive("gapjunction_exchange")
_products = Primitive("gapjunction_products")


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
    return _exchange.bind(w, x, *layout.arrays, layout=layout)


def _compute(
    on_cpu: bool, w: jax.Array, x: jax.Array, *arrays: jax.Array, layout: Layout
) -> jax.Array:
    extra = w.ndim - CORE[layout.kind]
    if extra:
        # Each member of the batch has weights of its own, which not every layout can handle.
        general = Edgewise(layout.graph, layout.kind)
        function: Callable[[jax.Array, jax.Array], jax.Array]
        function = lambda w, x: general.plain(w, x, *general.arrays)  # noqa: E731
        for _ in range(extra):
            function = jax.vmap(function)
        return function(w, x)
    return (layout.on_cpu if on_cpu else layout.plain)(w, x, *arrays)


def _abstract(w: ShapedArray, x: ShapedArray, *arrays: ShapedArray, layout: Layout) -> ShapedArray:
    return x.update(shape=x.shape, dtype=x.dtype)


def _zero_like(value: jax.Array) -> ad.Zero:
    """Return the derivative of a result that depends on none of the differentiated inputs."""
    return ad.Zero(jax.typeof(value).to_tangent_aval())


def _jvp(
    primals: Sequence[jax.Array], tangents: Sequence[jax.Array | ad.Zero], *, layout: Layout
) -> tuple[jax.Array, jax.Array | ad.Zero]:
    w, x, *arrays = primals
    dw, dx, *_ = tangents
    out = _exchange.bind(w, x, *arrays, layout=layout)
    parts = []
    if not isinstance(dw, ad.Zero):
        parts.append(_exchange.bind(dw, x, *arrays, layout=layout))
    if not isinstance(dx, ad.Zero):
        parts.append(_exchange.bind(w, dx, *arrays, layout=layout))
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
            to_w = _to_weights(layout, x, cotangent, w.aval.shape)
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
        return _exchange.bind(w, c, *arrays, layout=layout)
    graph, swapped = layout.graph, w[..., ::-1]
    excess = (swapped - w)[..., 0]
    if graph.loops is not None:
        excess = jnp.where(graph.loops, 0, excess)
    diagonal = jnp.zeros((*excess.shape[:-1], graph.n), c.dtype)
    diagonal = diagonal.at[..., graph.post].add(excess).at[..., graph.pre].add(-excess)
    between = (slice(None),) * (w.ndim - 2) + (None,) * (c.ndim - w.ndim + 1)
    return _exchange.bind(swapped, c, *arrays, layout=layout) + diagonal[between] * c


def _to_weights(layout: Layout, x: jax.Array, c: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    graph, core = layout.graph, CORE[layout.kind]
    # The batch dimensions whose members share the weights, and so add up.
    shared = tuple(range(len(shape) - core, x.ndim - 1))
    if layout.kind == "one":
        unit = jnp.ones((), x.dtype)
        return (c * exchange(layout, unit, x)).sum(axis=(*shared, x.ndim - 1))
    if layout.kind == "edge" and len(shape) == core:
        return products(layout, x, c)
    if layout.kind == "edge":
        both = _differences(x, graph.pre, graph.post) * _differences(c, graph.post, graph.pre)
        return both.sum(axis=shared)
    change = _differences(x, graph.pre, graph.post)
    both = jnp.stack([change * _at(c, graph.post), -change * _at(c, graph.pre)], axis=-1)
    return both.sum(axis=shared)


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
    return _exchange.bind(w, x, *arrays, layout=layout), 0


def products(layout: Layout, x: jax.Array, c: jax.Array) -> jax.Array:
    """Return ``(x_pre - x_post) (c_post - c_pre)`` of each edge, summed over the batch."""
    return _products.bind(x, c, *layout.ends, layout=layout)


_Ids = jax.Array | np.ndarray


def _at(values: jax.Array, ids: _Ids) -> jax.Array:
    return values.at[..., ids].get(mode="promise_in_bounds")


def _differences(values: jax.Array, first: _Ids, second: _Ids) -> jax.Array:
    return _at(values, first) - _at(values, second)


def _products_plain(
    x: jax.Array, c: jax.Array, pre: jax.Array, post: jax.Array, **_: object
) -> jax.Array:
    found = _differences(x, pre, post) * _differences(c, post, pre)
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


def _products_batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, layout: Layout
) -> tuple[jax.Array, int]:
    return jax.vmap(_products_plain, in_axes=tuple(dims))(*args), 0


_exchange.def_abstract_eval(_abstract)
ad.primitive_jvps[_exchange] = _jvp
ad.primitive_transposes[_exchange] = _transpose
batching.primitive_batchers[_exchange] = _batch
_products.def_abstract_eval(_products_abstract)
ad.primitive_jvps[_products] = _products_jvp
ad.primitive_transposes[_products] = _products_transpose
batching.primitive_batchers[_products] = _products_batch


def implement(
    primitive: Primitive, plain: Callable[..., jax.Array], on_cpu: Callable[..., jax.Array]
) -> None:
    """Say how a primitive is computed: by ``on_cpu`` on a CPU, by ``plain`` elsewhere.

    Its arguments by name do not change from call to call: they can be hashed.
    """
    anywhere = mlir.lower_fun(plain, multiple_results=False)
    here = mlir.lower_fun(on_cpu, multiple_results=False)

    def for_cpu(
        ctx: mlir.LoweringRuleContext, *args: mlir.ir.Value, **params: object
    ) -> Sequence[mlir.ir.Value]:
        # What jax.export writes runs in other processes and on other machines, which do not have
        # the accelerator, so that it must do without. JAX has no public way to ask; where it does
        # not say, jax.export refuses to write a call of the accelerator.
        parameters = ctx.module_context.lowering_parameters
        is_exported = getattr(parameters, "for_export", False)
        values: Sequence[mlir.ir.Value] = (anywhere if is_exported else here)(ctx, *args, **params)
        return values

    mlir.register_lowering(primitive, anywhere)
    mlir.register_lowering(primitive, for_cpu, platform="cpu")
    bind = jax.jit(
        lambda *args, **params: primitive.bind(*args, **params),
        static_argnames=("layout", "problem"),
    )
    primitive.def_impl(bind)


implement(_exchange, functools.partial(_compute, False), functools.partial(_compute, True))
implement(_products, _products_plain, _products_on_cpu)
