"""Currents cell by cell, with equally many entries for each cell."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last, by_source


class Padded(Layout):
    """Rows of entries, filled up to the length of the longest with the cell itself.

    There is no scatter, so that currents are always summed in the same order.
    """

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
            # Entries that only fill up a row may have any weight, because no current flows from a
            # cell to itself.
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
        # XLA is faster at adding one entry of all cells after another than at one reduction.
        cols, *source = arrays
        if not len(cols):
            return jnp.zeros_like(x)
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
