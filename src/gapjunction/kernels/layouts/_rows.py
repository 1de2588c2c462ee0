"""Currents cell by cell, with the accelerator."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import _device
from gapjunction.kernels._graph import Graph
from gapjunction.kernels._order import near_order
from gapjunction.kernels.layouts._layout import Layout, by_source
from gapjunction.kernels.layouts._slices import slices
from gapjunction.kernels.native import (
    Network,
    both_derivatives,
    coupled_rows,
    is_available,
    sum_rows,
)


class Rows(Layout):
    """Entries sorted by cell: each cell's current is summed by itself, without a scatter.

    Parameters
    ----------
    graph, kind
        As for :class:`Layout`.
    by_row : bool, default False
        Whether voltages are put into the order of the rows before they are used. This is always
        done if coupled cells have distant numbers, and an order with closer ones was found.
    only : numpy.ndarray of bool, shape (n,), optional
        The cells whose current is computed, if these are not all. The values that are returned for
        the others are not defined. Such a layout must not be differentiated, because its matrix is
        not symmetric.
    """

    name = "rows"

    def __init__(
        self, graph: Graph, kind: str, *, by_row: bool = False, only: np.ndarray | None = None
    ) -> None:
        self._by_row, self._only = by_row, only
        # Only the accelerator reads slices. All other devices use the plain list of entries.
        self._is_sliced = _device.is_cpu() and is_available()
        arrays = self._slices(graph, kind) if self._is_sliced else _listed(graph, kind)
        super().__init__(graph, kind, *arrays)

    def _slices(self, graph: Graph, kind: str) -> Sequence[np.ndarray]:
        entries = graph.entries
        near = near_order(entries)
        order = np.arange(graph.n) if near is None else near
        if self._only is None:
            self._by_row = self._by_row or near is not None
        else:
            order = order[self._only[order]]
        n = len(order)
        made = slices(entries, order)
        if self._only is not None:
            # Rows without a cell write their 0 to a cell whose current is not asked for.
            made.cell[n:] = np.flatnonzero(~self._only)[:1]
        is_there = made.entry >= 0
        # An empty place refers to the row's own cell. Whatever is computed for it is not used.
        col = made.cell[made.row]
        col[is_there] = entries.col[made.entry[is_there]]
        if self._by_row:
            row_of = np.empty(graph.n, np.int32)
            row_of[made.cell[:n]] = np.arange(n, dtype=np.int32)
            col = row_of[col]
        arrays = [made.shape, made.cell, made.length, col]
        if kind != "one":
            source = np.zeros(len(col), np.int32)
            source[is_there] = entries.source[made.entry[is_there]]
            arrays.append(source)
        return arrays

    def network(self, w: jax.Array, arrays: Sequence[jax.Array]) -> tuple[Network, jax.Array]:
        """Return the slices, and the weights: one for each entry, or one for all."""
        shape, cell, length, col, *source = arrays
        weight = by_source(w, source[0], self.kind) if source else w
        return Network(shape, cell, length, col, self._by_row), weight

    @property
    def is_accelerated(self) -> bool:
        """Whether the arrays are those that the accelerator reads."""
        return self._is_sliced

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        if self._is_sliced:
            # The program may run on another machine, as one written by jax.export does.
            arrays = tuple(map(jnp.asarray, _listed(self.graph, self.kind)))
        row, col, *source = arrays
        change = x.at[..., col].get(mode="promise_in_bounds")
        change = change - x.at[..., row].get(mode="promise_in_bounds")
        # A weight that all entries share is multiplied with each entry too, and not with the sums,
        # so that cells without an entry get no current even if the weight is NaN.
        weight = by_source(w, source[0], self.kind) if source else w
        return self.graph.tree(change * weight)

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        if not self._is_sliced:
            return self.plain(w, x, *arrays)
        network, weight = self.network(w, arrays)
        if self._only is None or x.ndim == 1:
            return sum_rows(network, weight, x)
        # The accelerator computes members of a batch together only where all cells have a row.
        members = x.reshape(-1, x.shape[-1])
        return jax.lax.map(lambda v: sum_rows(network, weight, v), members).reshape(x.shape)

    def both_derivatives(
        self,
        w: jax.Array,
        x: jax.Array,
        c: jax.Array,
        arrays: Sequence[jax.Array],
        ends: Sequence[jax.Array],
    ) -> tuple[jax.Array, jax.Array]:
        """Return a loss's derivatives by weights and by voltages, given that by currents, ``c``."""
        network, weight = self.network(w, arrays)
        pre, post = ends
        return both_derivatives(network, weight, pre, post, x, c)


def _listed(graph: Graph, kind: str) -> tuple[np.ndarray, ...]:
    """Return the two cells of each entry, and its source, one row after another."""
    row = np.repeat(np.arange(graph.n, dtype=np.int32), graph.entries.degree)
    _, col, source = graph.entries
    return (row, col) if kind == "one" else (row, col, source)


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

    None is returned if the accelerator is not available or does not support the layout.

    Parameters
    ----------
    layout : Layout
        The network.
    w : array, shape () or (n_edges,)
        Conductances.
    c, rho : arrays, shape (n,)
        The voltage of each cell without current, and its change with the current.
    arrays : sequence of arrays
        The arrays of the layout.
    rtol : float
        Relative tolerance of the iteration.
    max_steps : int
        Largest number of iterations; currents are NaN if the solution needs more.
    """
    if not isinstance(layout, Rows) or layout.kind == "pair" or not layout.is_accelerated:
        return None
    return coupled_rows(*layout.network(w, arrays), c, rho, rtol, max_steps)
