"""The conductances of all pairs of cells as a dense matrix."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, reference

_BITS = 32


class Dense(Layout):
    """A product with the dense matrix, for graphs where most cells are coupled to most others.

    A voltage that is not finite would reach all cells in this product, because a NaN times the 0 of
    a pair without an edge is NaN. The product therefore uses the finite voltages alone, and cells
    that an edge joins to any other voltage get NaN. They are found from the graph, which is stored
    with one bit for each pair of cells.
    """

    name = "dense"

    def __init__(self, graph: Graph, kind: str) -> None:
        pre, post = graph.pre, graph.post
        arrays = []
        if graph.loops is not None:
            carrying = np.flatnonzero(~graph.loops).astype(np.int32)
            pre, post, arrays = pre[carrying], post[carrying], [carrying]
        joined = np.zeros((graph.n, -(-graph.n // _BITS) * _BITS), bool)
        joined[pre, post] = joined[post, pre] = True
        # A voltage that is not finite also makes the current of its own cell NaN, if that has an
        # edge.
        own = np.concatenate([pre, post])
        joined[own, own] = True
        bits = np.packbits(joined, axis=1, bitorder="little").view("<u4").astype(np.uint32)
        super().__init__(graph, kind, pre, post, bits, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        pre, post, bits, *carrying = arrays
        if carrying and self.kind != "one":
            w = w.at[carrying[0]].get(mode="promise_in_bounds")
        matrix = jnp.zeros((self.graph.n, self.graph.n), x.dtype)
        into_post, into_pre = (w[:, 0], w[:, 1]) if self.kind == "pair" else (w, w)
        matrix = matrix.at[pre, post].add(into_post, mode="promise_in_bounds")
        matrix = matrix.at[post, pre].add(into_pre, mode="promise_in_bounds")
        lost = ~jnp.isfinite(x)
        x = jnp.where(lost, 0, x - reference(x))
        y = jnp.matmul(x, matrix, precision="highest") - x * matrix.sum(axis=0)
        return jnp.where(self._reached(lost, bits), jnp.nan, y)

    def _reached(self, lost: jax.Array, bits: jax.Array) -> jax.Array:
        """Return which cells have an edge to a cell for which ``lost`` is true."""
        masks = jnp.where(lost[..., None], bits, jnp.uint32(0))
        found = jax.lax.reduce(masks, jnp.uint32(0), jax.lax.bitwise_or, (lost.ndim - 1,))
        of_cell = jnp.repeat(found, _BITS, axis=-1)[..., : self.graph.n]
        return (of_cell >> jnp.arange(self.graph.n, dtype=jnp.uint32) % _BITS) & 1 != 0
