"""A matrix of all pairs."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout


class Dense(Layout):
    """The matrix product, for graphs in which most cells are coupled to most others."""

    name = "dense"

    def __init__(self, graph: Graph, kind: str) -> None:
        super().__init__(graph, kind, graph.pre, graph.post)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        pre, post = arrays
        matrix = jnp.zeros((self.graph.n, self.graph.n), x.dtype)
        into_post, into_pre = (w[:, 0], w[:, 1]) if self.kind == "pair" else (w, w)
        matrix = matrix.at[pre, post].add(into_post, mode="promise_in_bounds")
        matrix = matrix.at[post, pre].add(into_pre, mode="promise_in_bounds")
        # From one of them, voltages keep their digits; cells that are alike exchange nothing.
        x = x - x[..., :1]
        return jnp.matmul(x, matrix, precision="highest") - x * matrix.sum(axis=0)
