"""Cell by cell, in rows of one length."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last, by_source


class Padded(Layout):
    """Rows filled up to the longest with the cell itself: no scatter, no chance in the order."""

    name = "padded"

    def __init__(self, graph: Graph, kind: str) -> None:
        start, col, source = graph.entries
        degree = graph.entries.degree
        width = int(degree.max(initial=0))
        cell = np.repeat(np.arange(graph.n), degree)
        slot = np.arange(len(col)) - start[cell]
        cols = np.tile(np.arange(graph.n, dtype=np.int32), (width, 1))
        cols[slot, cell] = col
        arrays = [cols]
        if kind != "one":
            # Of a cell to itself flows no current, whatever the weight.
            sources = np.zeros((width, graph.n), np.int32)
            sources[slot, cell] = source
            arrays.append(sources)
        super().__init__(graph, kind, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        cols, *source = arrays
        weight = by_source(w, source[0], self.kind) if source else None
        cells = batch_last(x)
        change = cells.at[cols].get(mode="promise_in_bounds") - cells
        if weight is not None:
            change = change * weight[:, :, None]
        y = change.sum(axis=0)
        return batch_first(y if source else w * y, x.shape)

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        # XLA sums the columns faster one after another than in one reduction.
        cols, *source = arrays
        weight = by_source(w, source[0], self.kind) if source else None
        cells = x if x.ndim == 1 else batch_last(x)

        def add(k: jax.Array, total: jax.Array) -> jax.Array:
            change = cells.at[cols[k]].get(mode="promise_in_bounds") - cells
            if weight is not None:
                change = change * (weight[k] if x.ndim == 1 else weight[k][:, None])
            return total + change

        y = jax.lax.fori_loop(0, cols.shape[0], add, jnp.zeros_like(cells))
        y = y if source else w * y
        return y if x.ndim == 1 else batch_first(y, x.shape)
