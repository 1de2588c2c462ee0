"""The conductances of all pairs of cells as a dense matrix."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout


class Dense(Layout):
    """A product with the dense matrix, for graphs where most cells are coupled to most others."""

    name = "dense"

    def __init__(self, graph: Graph, kind: str) -> None:
        super().__init__(graph, kind, graph.pre, graph.post)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        pre, post = arrays
        matrix = jnp.zeros((self.graph.n, self.graph.n), x.dtype)
        into_post, into_pre = (w[:, 0], w[:, 1]) if self.kind == "pair" else (w, w)
        matrix = matrix.at[pre, post].add(into_post, mode="promise_in_bounds")
        matrix = matrix.at[post, pre].add(into_pre, mode="promise_in_bounds")
        # Voltages are counted from that of one cell: sums of small numbers lose fewer digits, and
        # cells of equal voltage exchange exactly no current.
        x = x - x[..., :1]
        return jnp.matmul(x, matrix, precision="highest") - x * matrix.sum(axis=0)
