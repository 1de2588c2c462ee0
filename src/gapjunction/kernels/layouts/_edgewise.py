"""Edge by edge: gather, multiply, scatter."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last

# From so many edges on, the members of a batch lie together: faster, but rounded differently.
_BATCH_LAST = 512


class Edgewise(Layout):
    """The list of edges as it is, and the sums of `brainpy.state`.

    They agree to the last digit, of batches in small networks and of single trials in all.
    """

    name = "edges"

    def __init__(self, graph: Graph, kind: str) -> None:
        self._first = graph.groups[0] if len(graph.groups) == 2 else 0
        super().__init__(graph, kind, graph.pre, graph.post - np.int32(self._first))

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        if x.ndim > 1 and self.graph.n_edges >= _BATCH_LAST:
            y = jax.vmap(lambda v: self._sums(w, v, *arrays), in_axes=1, out_axes=1)(batch_last(x))
            return batch_first(y, x.shape)
        return self._sums(w, x, *arrays)

    def _sums(self, w: jax.Array, x: jax.Array, pre: jax.Array, post: jax.Array) -> jax.Array:
        v_pre = x[..., : self._first] if self._first else x
        v_post = x[..., self._first :]
        change = v_pre.at[..., pre].get(mode="promise_in_bounds")
        change = change - v_post.at[..., post].get(mode="promise_in_bounds")
        if self.kind == "pair":
            into, out = change * w[:, 0], change * w[:, 1]
        else:
            into = out = change * w
        # Each by itself and the sign last, as brainpy.state has them.
        into_post = jnp.zeros_like(v_post).at[..., post].add(into, mode="promise_in_bounds")
        out_of_pre = jnp.zeros_like(v_pre).at[..., pre].add(out, mode="promise_in_bounds")
        if self._first:
            return jnp.concatenate([-out_of_pre, into_post], axis=-1)
        return into_post - out_of_pre
