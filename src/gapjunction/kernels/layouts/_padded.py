"""Currents cell by cell, with the same number of entries for each cell of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import _device
from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._groups import groups
from gapjunction.kernels.layouts._layout import Layout, batch_first, batch_last, by_source

# The largest number of groups, which a CPU computes one after another. Each group has operations of
# its own, which take time to start and to compile. This number leaves few empty places in random
# networks.
_GROUPS: Final = 5
# The number of columns that become one operation. More would take long to compile.
_COLUMNS: Final = 16


class Padded(Layout):
    """Rows of entries, each filled up to the length of the longest row of its group.

    The filling entries join a cell with itself and carry no current. On a CPU, cells with similarly
    many entries form a group; elsewhere, all cells form one group. No scatter is used, so currents
    are always summed in the same order.
    """

    name = "padded"

    def __init__(self, graph: Graph, kind: str) -> None:
        many = _GROUPS if _device.is_cpu() else 1
        degree = graph.entries.degree
        order, cuts = groups(degree, many)
        if len(cuts) == 1:
            order = np.arange(graph.n, dtype=np.int32)
        # Cells without an entry get no current, and need no operation.
        self._cuts = [cut for cut in cuts if cut[2]]
        self._is_sorted = len(cuts) > 1
        cols, sources = [], []
        for begin, end, width in self._cuts:
            col, source = _filled(graph, order[begin:end], width)
            cols.append(col)
            sources.append(source)
        arrays = [order, *cols] if kind == "one" else [order, *cols, *sources]
        # Cells without any edge get no current, even if the weight is NaN.
        self._has_edge = None if degree.all() else degree > 0
        super().__init__(graph, kind, *arrays)

    @property
    def padding(self) -> float:
        """The number of places per entry."""
        places = sum((end - begin) * width for begin, end, width in self._cuts)
        return places / max(len(self.graph.entries.col), 1)

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        return self._sums(_at_once, w, x, arrays)

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        return self._sums(_by_columns, w, x, arrays)

    def _sums(
        self, add: Callable[..., jax.Array], w: jax.Array, x: jax.Array, arrays: Sequence[jax.Array]
    ) -> jax.Array:
        order, *rest = arrays
        cols, sources = rest[: len(self._cuts)], rest[len(self._cuts) :]
        cells = x if x.ndim == 1 else batch_last(x)
        own = _take(cells, order) if self._is_sorted else cells
        y = jnp.zeros_like(cells)
        for k, (begin, end, _) in enumerate(self._cuts):
            weight = by_source(w, sources[k], self.kind) if sources else None
            found = add(cells, own[begin:end], cols[k], weight)
            if not self._is_sorted:
                y = found
                continue
            # Each group is written to its cells separately. If the groups were concatenated and
            # then put into the order of the cells, XLA would compute a group again for each cell.
            here = order[begin:end]
            y = y.at[here].set(found, unique_indices=True, mode="promise_in_bounds")
        y = y if x.ndim == 1 else batch_first(y, x.shape)
        if self.kind != "one":
            return y
        return w * y if self._has_edge is None else jnp.where(self._has_edge, w * y, 0)


def _filled(graph: Graph, cells: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the other cell and the source of each entry of some cells, shape (width, n_cells)."""
    start, col, source = graph.entries
    number = np.arange(width)[:, None]
    is_there = number < graph.entries.degree[cells]
    # No current flows from a cell to itself, whatever the weight. Padding takes the weight of the
    # cell's first entry: if that is NaN, the cell's current is NaN in any case.
    entry = np.where(is_there, start[cells] + number, start[cells])
    return np.where(is_there, col[entry], cells).astype(np.int32), source[entry]


def _take(values: jax.Array, ids: jax.Array) -> jax.Array:
    return values.at[ids].get(mode="promise_in_bounds")


def _changes(
    cells: jax.Array, own: jax.Array, cols: jax.Array, weight: jax.Array | None
) -> jax.Array:
    change = _take(cells, cols) - own
    if weight is None:
        return change
    return change * weight.reshape(*weight.shape, *(1,) * (change.ndim - weight.ndim))


def _at_once(
    cells: jax.Array, own: jax.Array, cols: jax.Array, weight: jax.Array | None
) -> jax.Array:
    return _changes(cells, own, cols, weight).sum(axis=0)


def _by_columns(
    cells: jax.Array, own: jax.Array, cols: jax.Array, weight: jax.Array | None
) -> jax.Array:
    """Return the sums, written out column by column, which XLA fuses into one operation.

    This is faster than a reduction, except where there are few rows and these are long.
    """
    width, n_rows = cols.shape
    if width > 4 * n_rows and width > _COLUMNS:
        return _at_once(cells, own, cols, weight)

    def add(total: jax.Array, cols: jax.Array, weight: jax.Array | None) -> jax.Array:
        for k in range(cols.shape[0]):
            each = None if weight is None else weight[k]
            total = total + _changes(cells, own, cols[k], each)
        return total

    def some(k: jax.Array, total: jax.Array) -> jax.Array:
        at = k * _COLUMNS
        each = None if weight is None else jax.lax.dynamic_slice_in_dim(weight, at, _COLUMNS)
        return add(total, jax.lax.dynamic_slice_in_dim(cols, at, _COLUMNS), each)

    whole = width // _COLUMNS if width > 3 * _COLUMNS else 0
    total = jnp.zeros_like(own)
    if whole:
        total = jax.lax.fori_loop(0, whole, some, total)
    done = whole * _COLUMNS
    return add(total, cols[done:], None if weight is None else weight[done:])
