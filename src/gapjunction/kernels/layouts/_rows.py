"""Cell by cell, with the accelerator."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last, by_source
from gapjunction.kernels.native import is_available, sum_rows

# Cells of this many neighbours in the order are sorted by their number of entries; more would
# take cells apart that are coupled to the same others.
_WINDOW = 4096


class Rows(Layout):
    """Entries sorted by cell: each cell's current is summed by itself, without a scatter."""

    name = "rows"

    def __init__(self, graph: Graph, kind: str, order: np.ndarray | None = None) -> None:
        entries = graph.entries
        order = np.arange(graph.n) if order is None else order
        window = np.arange(graph.n) // _WINDOW
        order = order[np.lexsort((entries.degree[order], window))]
        degree = entries.degree[order]
        start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
        # Entries of each row in turn.
        place = np.repeat(entries.start[order] - start[:-1], degree) + np.arange(start[-1])
        arrays = [start, order.astype(np.int32), entries.col[place]]
        if kind != "one":
            arrays.append(entries.source[place])
        super().__init__(graph, kind, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        start, row, col, *source = arrays
        cells = batch_last(x)
        own = jnp.repeat(jnp.arange(self.graph.n), jnp.diff(start), total_repeat_length=len(col))
        change = cells.at[col].get(mode="promise_in_bounds")
        change = change - cells.at[row[own]].get(mode="promise_in_bounds")
        if source:
            change = change * by_source(w, source[0], self.kind)[:, None]
        y = jax.ops.segment_sum(
            change, own, self.graph.n, indices_are_sorted=True, mode="promise_in_bounds"
        )
        y = jnp.zeros_like(cells).at[row].set(y, unique_indices=True, mode="promise_in_bounds")
        return batch_first(y if source else w * y, x.shape)

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        if not is_available():
            return self.plain(w, x, *arrays)
        start, row, col, *source = arrays
        weight = by_source(w, source[0], self.kind) if source else w
        if x.ndim == 1:
            return sum_rows(start, row, col, weight, x)
        return batch_first(sum_rows(start, row, col, weight, batch_last(x)), x.shape)
