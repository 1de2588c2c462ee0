"""Every cell coupled to every other one, all with the same conductance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, reference


class Complete(Layout):
    """The current follows from the mean voltage, ``w n (mean(x) - x)``; edges are not used."""

    name = "complete"

    def __init__(self, graph: Graph, kind: str) -> None:
        super().__init__(graph, kind)

    @classmethod
    def of(cls, graph: Graph, kind: str) -> Complete | None:
        """Return this layout if the graph is complete, or completely bipartite."""
        a, b = graph.groups[0], graph.groups[-1]
        pairs = a * (a - 1) // 2 if len(graph.groups) == 1 else a * b
        if kind != "one" or pairs == 0 or graph.n_edges != pairs:
            return None
        # All pairs are there if there are as many edges as pairs, and no edge repeats another.
        if graph.loops is not None:
            return None
        low = np.minimum(graph.pre, graph.post).astype(np.int64)
        high = np.maximum(graph.pre, graph.post)
        # Only places of pairs that may occur are marked: one cell may be coupled to a million
        # others.
        offset = 0 if len(graph.groups) == 1 else a
        seen = np.zeros(a * b, bool)
        seen[low * b + (high - offset)] = True
        if np.count_nonzero(seen) != pairs:
            return None
        return cls(graph, kind)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        n = self.graph.groups[0]
        x = x - reference(x)
        if len(self.graph.groups) == 1:
            return w * (x.sum(axis=-1, keepdims=True) - n * x)
        first, second = x[..., :n], x[..., n:]
        into_first = second.sum(axis=-1, keepdims=True) - second.shape[-1] * first
        into_second = first.sum(axis=-1, keepdims=True) - n * second
        return w * jnp.concatenate([into_first, into_second], axis=-1)
