"""Grids, rings and other lattices, in which ids of neighbours differ by a few constants."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import Layout

# A graph with more distances than this does not count as a lattice.
_MOST = 16
# Nor does a graph for which more than this many pairs (i, i + d) would be computed per edge.
_WASTE = 4


class Shifts(Layout):
    """Currents between cells i and i + d, for all i at once and one distance d after another."""

    name = "shifts"

    def __init__(self, graph: Graph, kind: str, distances: np.ndarray) -> None:
        low = np.minimum(graph.pre, graph.post)
        high = np.maximum(graph.pre, graph.post)
        self.distances = [int(d) for d in distances]
        arrays = []
        for d in self.distances:
            here = np.flatnonzero(high - low == d)
            for cell in (low[here], high[here]):
                array: np.ndarray
                if kind == "one":
                    # The number of edges from each cell to the one at this distance, first towards
                    # higher ids, then towards lower ones.
                    array = np.bincount(cell, minlength=graph.n).astype(np.float32)
                    if array.max() <= 1:
                        # If no edge is repeated, flags are enough, which take a quarter of the
                        # memory.
                        array = array > 0
                else:
                    # The edge to the cell at this distance; -1 if there is none.
                    array = np.full(graph.n, -1, np.int32)
                    array[cell] = here
                arrays.append(array)
        has_edge = graph.entries.degree > 0
        # Cells without any edge get no current, even if the weight is NaN.
        self._has_edge = None if has_edge.all() else has_edge
        super().__init__(graph, kind, *arrays)

    @classmethod
    def of(cls, graph: Graph, kind: str) -> Shifts | None:
        """Return this layout if the graph is a lattice."""
        if len(graph.groups) != 1 or kind == "pair" or not graph.n_edges:
            return None
        # The first edges are enough to reject most graphs that are not lattices.
        for part in (slice(0, 4096), slice(None)):
            distance = np.abs(graph.post[part] - graph.pre[part])
            distances = np.unique(distance[distance > 0])
            if not 0 < len(distances) <= _MOST:
                return None
        if (graph.n - distances).sum() > _WASTE * graph.n_edges:
            return None
        if kind != "one" and _has_duplicates(graph):
            return None
        return cls(graph, kind, distances)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        n, y, most = self.graph.n, jnp.zeros_like(x), max(self.distances)
        around = jnp.pad(x, [*[(0, 0)] * (x.ndim - 1), (most, most)])
        # The barrier makes XLA store the padded array, so that its slices are read as fast as
        # memory allows.
        around = jax.lax.optimization_barrier(around)
        shifts = [sign * d for d in self.distances for sign in (1, -1)]
        for shift, array in zip(shifts, arrays, strict=True):
            change = around[..., most + shift : most + shift + n] - x
            # A cell without an edge there is masked, rather than multiplied by 0, which would give
            # NaN for a voltage or a weight that is not finite.
            if self.kind == "edge":
                flow = w.at[array].get(mode="promise_in_bounds") * change
                y = y + jnp.where(array >= 0, flow, 0)
            elif array.dtype == bool:
                y = y + jnp.where(array, change, 0)
            else:
                y = y + jnp.where(array > 0, array.astype(x.dtype) * change, 0)
        if self.kind == "edge":
            return y
        y = w * y
        return y if self._has_edge is None else jnp.where(self._has_edge, y, 0)


def _has_duplicates(graph: Graph) -> bool:
    key = np.minimum(graph.pre, graph.post).astype(np.int64) * graph.n
    key += np.maximum(graph.pre, graph.post)
    return len(np.unique(key)) < len(key)
