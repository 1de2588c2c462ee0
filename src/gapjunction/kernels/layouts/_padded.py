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
            # No current flows from a cell to itself, whatever the weight. That of an edge of the
            # cell is taken nevertheless: if it is NaN, so is the cell's current.
            sources = np.zeros((width, graph.n), np.int32)
            filled = np.flatnonzero(degree)
            sources[:, filled] = source[start[filled]]
            sources[slot, cell] = source
            arrays.append(sources)
        # Cells that have no edge at all get no current, also where a weight is NaN.
        self._has_edge = None if degree.all() else degree > 0
        super().__init__(graph, kind, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        cols, *source = arrays
        weight = by_source(w, source[0], self.kind) if source else None
        cells = batch_last(x)
        change = cells.at[cols].get(mode="promise_in_bounds") - cells
        if weight is not None:
            change = change * weight[:, :, None]
        y = change.sum(axis=0)
        return self._of_edges(batch_first(y if source else w * y, x.shape))

    def _of_edges(self, y: jax.Array) -> jax.Array:
        return y if self._has_edge is None else jnp.where(self._has_edge, y, 0)

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
        return self._of_edges(y if x.ndim == 1 else batch_first(y, x.shape))
