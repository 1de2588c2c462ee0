"""Currents cell by cell, with the accelerator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels._order import near_order
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last, by_source
from gapjunction.kernels.native import coupled_rows, is_available, sum_rows

# Within blocks of this many cells, cells are sorted by their number of entries. Larger blocks would
# separate cells that are coupled to the same others.
_WINDOW = 4096


class Rows(Layout):
    """Entries sorted by cell: each cell's current is summed by itself, without a scatter."""

    name = "rows"

    def __init__(self, graph: Graph, kind: str) -> None:
        entries, n = graph.entries, graph.n
        # Cells are renumbered where that brings those that are coupled closer together.
        near = near_order(entries)
        order = np.arange(n) if near is None else near
        degree = entries.degree[order]
        by_length = np.lexsort((degree, np.arange(n) // _WINDOW))
        first, degree = entries.start[order[by_length]], degree[by_length]
        start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
        # Position in ``entries`` of each entry, row after row.
        place = np.repeat(first - start[:-1], degree) + np.arange(start[-1], dtype=np.int32)
        col = entries.col[place]
        arrays = [start, by_length.astype(np.int32), col]
        if kind != "one":
            arrays.append(entries.source[place])
        self._is_renumbered = near is not None
        if near is not None:
            there = np.empty(n, np.int32)
            there[order] = np.arange(n, dtype=np.int32)
            arrays[2] = there[col]
            arrays += [order.astype(np.int32), there]
        super().__init__(graph, kind, *arrays)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        return self._between(self._sorted_sums, w, x, arrays)

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        return self._between(sum_rows if is_available() else self._sorted_sums, w, x, arrays)

    def _between(
        self,
        sums: Callable[..., jax.Array],
        w: jax.Array,
        x: jax.Array,
        arrays: Sequence[jax.Array],
    ) -> jax.Array:
        """Call ``sums`` with cells in the order of the rows, and return those in that of ``x``."""
        (start, row, col, weight), more = self._apart(w, arrays)
        cells = x if x.ndim == 1 else batch_last(x)
        if self._is_renumbered:
            here, there = more
            y = sums(start, row, col, weight, cells[here])[there]
        else:
            y = sums(start, row, col, weight, cells)
        return y if x.ndim == 1 else batch_first(y, x.shape)

    def _apart(
        self, w: jax.Array, arrays: Sequence[jax.Array]
    ) -> tuple[tuple[jax.Array, jax.Array, jax.Array, jax.Array], list[jax.Array]]:
        """Return the rows with the weight of each entry, and what renumbers cells, if any does."""
        start, row, col, *more = arrays
        weight = w if self.kind == "one" else by_source(w, more.pop(0), self.kind)
        return (start, row, col, weight), more

    def _sorted_sums(
        self, start: jax.Array, row: jax.Array, col: jax.Array, w: jax.Array, x: jax.Array
    ) -> jax.Array:
        """Return the same as :func:`sum_rows`, computed by functions of JAX."""
        n = self.graph.n
        entry = jnp.repeat(jnp.arange(n), jnp.diff(start), total_repeat_length=len(col))
        change = x.at[col].get(mode="promise_in_bounds")
        change = change - x.at[row[entry]].get(mode="promise_in_bounds")
        # One weight of all entries is multiplied here, too, and not with the sums: cells without an
        # entry get no current, also where it is NaN.
        change = change * (w[:, None] if w.ndim and x.ndim > 1 else w)
        y = jax.ops.segment_sum(change, entry, n, indices_are_sorted=True, mode="promise_in_bounds")
        return jnp.zeros_like(x).at[row].set(y, unique_indices=True, mode="promise_in_bounds")

    def coupled(
        self,
        w: jax.Array,
        c: jax.Array,
        rho: jax.Array,
        arrays: Sequence[jax.Array],
        rtol: float,
        max_steps: int,
    ) -> jax.Array:
        """Return the current for which ``I = -L (c + rho I)``, by the accelerator."""
        (start, row, col, weight), more = self._apart(w, arrays)
        if not self._is_renumbered:
            return coupled_rows(start, row, col, weight, c, rho, rtol, max_steps)
        here, there = more
        return coupled_rows(start, row, col, weight, c[here], rho[here], rtol, max_steps)[there]


def solve_rows(
    layout: Layout,
    w: jax.Array,
    c: jax.Array,
    rho: jax.Array,
    arrays: Sequence[jax.Array],
    rtol: float,
    max_steps: int,
) -> jax.Array | None:
    """Return the current for which ``I = -L (c + rho I)`` holds in one ohmic network.

    None is returned where the accelerator is not there, or does not know the layout.

    Parameters
    ----------
    layout : Layout
        The network.
    w : array, shape () or (n_edges,)
        Conductances.
    c, rho : arrays, shape (n,)
        The voltage of each cell without current, and its change with the current.
    arrays : sequence of arrays
        Those of the layout.
    rtol : float
        Relative tolerance of the iteration.
    max_steps : int
        Largest number of iterations; currents are NaN where they do not suffice.
    """
    if not isinstance(layout, Rows) or layout.kind == "pair" or not is_available():
        return None
    return layout.coupled(w, c, rho, arrays, rtol, max_steps)
