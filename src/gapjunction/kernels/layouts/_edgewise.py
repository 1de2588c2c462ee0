"""Currents edge by edge: gather voltages, multiply, add to the cells."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last

# From this number of edges on, the members of a batch are adjacent in memory. That is faster, but
# sums are rounded differently.
_BATCH_LAST = 512


class Edgewise(Layout):
    """The list of edges in its own order, summed as `brainpy.state` does.

    Single trials of any network, and batches of small networks, agree with those of `brainpy.state`
    to the last digit.
    """

    name = "edges"

    def __init__(self, graph: Graph, kind: str) -> None:
        self._first = graph.groups[0] if len(graph.groups) == 2 else 0
        arrays = [graph.pre, graph.post - np.int32(self._first)]
        self._has_loops = graph.loops is not None
        if graph.loops is not None:
            carrying = np.flatnonzero(~graph.loops).astype(np.int32)
            arrays = [*(ids[carrying] for ids in arrays), carrying]
        super().__init__(graph, kind, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        if self._has_loops:
            arrays, carrying = arrays[:2], arrays[2]
            w = w if self.kind == "one" else w.at[carrying].get(mode="promise_in_bounds")
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
        # The two sums are taken separately and the sign is changed last, as in brainpy.state.
        into_post = jnp.zeros_like(v_post).at[..., post].add(into, mode="promise_in_bounds")
        out_of_pre = jnp.zeros_like(v_pre).at[..., pre].add(out, mode="promise_in_bounds")
        if self._first:
            return jnp.concatenate([-out_of_pre, into_post], axis=-1)
        return into_post - out_of_pre
