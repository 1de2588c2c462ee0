"""A network in blocks: its arrays on the devices, and the operations that use them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import _device
from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._layout import by_source
from gapjunction.kernels.native import Network, is_available, sum_rows
from gapjunction.kernels.partition import _tables as tables
from gapjunction.kernels.partition._blocks import Blocks
from gapjunction.kernels.partition._halo import Halo, plan
from gapjunction.kernels.partition._place import Place, needs_of_all

Arrays: TypeAlias = tuple[jax.Array, ...]
Hold: TypeAlias = Callable[[Arrays], Callable[[], Arrays]]
"""Keeps arrays where a transformed function gets them as arguments; returns a reader.

A function that JAX compiles must not have arrays of several devices among its constants: each
device would have a copy of the whole.
"""


class _Side(NamedTuple):
    """An exchange, and which arrays belong to it and to the computation after it."""

    halo: Halo
    at: slice
    """Their slice of all arrays: first those that say which cells are sent, then the tables."""

    @property
    def n_send(self) -> int:
        return self.halo.n_send


class Partition:
    """The blocks of a network, one computed on each device.

    Parameters
    ----------
    graph : Graph
        The edges, with cells counted block by block (:class:`Blocks`).
    blocks : Blocks
        Which device has which cell.
    place : Place
        The devices.
    hold : callable
        Keeps the arrays; see ``Hold``.
    shared : bool, default True
        Whether each process knows all edges. Otherwise each process knows the edges of its own
        cells.
    """

    def __init__(
        self, graph: Graph, blocks: Blocks, place: Place, hold: Hold, shared: bool = True
    ) -> None:
        self.graph, self.blocks, self.place, self.shared = graph, blocks, place, shared
        self.accelerated = _device.is_cpu() and is_available()
        own, entries = place.blocks, graph.entries
        needs = needs_of_all({d: tables.remote(entries, blocks, d) for d in own}, blocks.n)
        halo, send = plan(needs, blocks.size)
        known = {d: tables.where(halo, send, d) for d in own}
        rows = {d: tables.own_entries(entries, blocks, d, known[d]) for d in own}
        self.n_entries = {d: len(each.row) for d, each in rows.items()}
        """Number of entries that each of this process's blocks sums."""
        if self.accelerated:
            made = list(tables.sliced(rows, blocks, halo))
        else:
            first = {d: d * blocks.size if halo.whole else 0 for d in own}
            listed, cells = tables.listed(rows, first)
            made = [*listed, cells, *([] if _device.is_cpu() else tables.sums(cells, blocks.size))]
        size = blocks.size
        made.append({d: entries.degree[d * size : (d + 1) * size] for d in own})
        arrays = self._put(send, made)
        self._rows = _Side(halo, slice(len(arrays)))
        ends = tables.ends_of(graph, blocks, own, shared)
        self.n_places = ends.size * blocks.n
        """Number of places for edges on all devices together."""
        halo, more = self._side_of_edges(ends, own)
        self._edges = _Side(halo, slice(len(arrays), None))
        self._arrays = hold((*arrays, *more))

    @property
    def halo(self) -> Halo:
        """The exchange of a product."""
        return self._rows.halo

    def _side_of_edges(self, ends: tables.Ends, own: list[int]) -> tuple[Halo, Arrays]:
        size, n = self.blocks.size, self.blocks.n
        needs = {}
        for d in own:
            cells = np.unique(np.concatenate([ends.first[d], ends.second[d]]))
            needs[d] = cells[(cells >= 0) & (cells // size != d)]
        halo, send = plan(needs_of_all(needs, n), size, both_ways=True)
        columns: list[dict[int, np.ndarray]] = []
        for side in (ends.first, ends.second):
            found = {}
            for d in own:
                ids = side[d]
                at = np.full(len(ids), halo.length, np.int32)
                at[ids >= 0] = tables.where(halo, send, d)(ids[ids >= 0])
                found[d] = at
            columns.append(found)
        if not _device.is_cpu():
            for side in tuple(columns):
                there = {d: np.where(at < halo.length, at, -1) for d, at in side.items()}
                columns += tables.sums(there, halo.length)
        return halo, self._put(send, columns)

    def _put(self, send: Sequence[np.ndarray], made: Sequence[dict[int, np.ndarray]]) -> Arrays:
        messages = [{d: table[d] for d in self.place.blocks} for table in send]
        return tuple(self.place.put(own) for own in (*messages, *made))

    @property
    def arrays(self) -> Arrays:
        """The arrays that the operations use, which may be given to them as arguments."""
        return self._arrays()

    def degree(self, arrays: Sequence[jax.Array]) -> jax.Array:
        """Return the number of entries of each cell."""
        return arrays[self._rows.at][-1]

    def product(self, kind: str, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        """Return the current into each cell; see :meth:`gapjunction.kernels.Layout.plain`."""
        body = functools.partial(self._product, kind)
        return self.place.call(body, [w], [x], arrays[self._rows.at][:-1], [x.shape])[0]

    def _product(
        self, kind: str, w: jax.Array, x: jax.Array, *arrays: jax.Array
    ) -> tuple[jax.Array]:
        halo, n = self._rows.halo, self._rows.n_send
        whole = halo.fetch(x, arrays[:n], self.place.cells)
        if self.accelerated:
            y = _by_accelerator(kind, w, whole, arrays[n:], halo.rounds is None and halo.n > 1)
            return (self._own(y, halo),)
        row, col, source, cell, *levels = arrays[n:]
        change = whole.at[..., col].get(mode="clip") - whole.at[..., row].get(mode="clip")
        weight = w if kind == "one" else by_source(w, source, kind)
        return (_summed(change * weight, cell, levels, self.blocks.size),)

    def _own(self, whole: jax.Array, halo: Halo) -> jax.Array:
        """Return the part for a device's own cells of an array over all cells that it knows."""
        if self.place.cells is None:
            return whole
        first = jax.lax.axis_index(self.place.cells) * halo.size if halo.whole else 0
        return jax.lax.dynamic_slice_in_dim(whole, first, halo.size, axis=-1)

    def ends(
        self, x: jax.Array, y: jax.Array, arrays: Sequence[jax.Array] | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Return the values of ``x`` at the pre end of each edge, and of ``y`` at its post end.

        Parameters
        ----------
        x, y : arrays, shape (*batch, n)
            Values of cells, counted block by block; they may be the same array.
        arrays : sequence of arrays, optional
            Those of :attr:`arrays`.

        Returns
        -------
        tuple of two arrays
            Shape ``(*batch, n_edges)``. Where edges are not shared, ``n_places`` takes the place of
            ``n_edges``, and places without an edge have the values of some cell.
        """
        side, n = self._edges, self._edges.n_send
        given = [x] if x is y else [x, y]

        def body(*args: jax.Array) -> tuple[jax.Array, jax.Array]:
            values, arrays = args[: len(given)], args[len(given) :]
            known = [side.halo.fetch(v, arrays[:n], self.place.cells) for v in values]
            first, second = arrays[n : n + 2]
            return known[0].at[..., first].get(mode="clip"), known[-1].at[..., second].get(
                mode="clip"
            )

        shape = (*x.shape[:-1], self.n_places)
        given_tables = (self.arrays if arrays is None else arrays)[side.at]
        pre, post = self.place.call(body, [], given, given_tables, [shape, shape])
        if not self.shared:
            return pre, post
        return pre[..., : self.graph.n_edges], post[..., : self.graph.n_edges]

    def sums(
        self, first: jax.Array, second: jax.Array, arrays: Sequence[jax.Array] | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Return the sums of values at pre ends, and of others at post ends, at each cell.

        Parameters
        ----------
        first, second : arrays
            Of the shape of what :meth:`ends` returns.
        arrays : sequence of arrays, optional
            Those of :attr:`arrays`.

        Returns
        -------
        tuple of two arrays
            Shape ``(*batch, n)``.
        """
        side, n = self._edges, self._edges.n_send
        if self.shared:
            more = self.n_places - self.graph.n_edges
            padding = [*[(0, 0)] * (first.ndim - 1), (0, more)]
            first, second = jnp.pad(first, padding), jnp.pad(second, padding)

        def body(
            first: jax.Array, second: jax.Array, *arrays: jax.Array
        ) -> tuple[jax.Array, jax.Array]:
            pre, post, *levels = arrays[n:]
            half = len(levels) // 2
            found = []
            for values, at, own in (
                (first, pre, levels[:half]),
                (second, post, levels[half:]),
            ):
                known = _summed(values, at, own, side.halo.length)
                found.append(side.halo.give_back(known, arrays[:n], self.place.cells))
            return found[0], found[1]

        shape = (*first.shape[:-1], self.graph.n)
        given_tables = (self.arrays if arrays is None else arrays)[side.at]
        pre, post = self.place.call(body, [], [first, second], given_tables, [shape, shape])
        return pre, post


def _summed(
    values: jax.Array, targets: jax.Array, levels: Sequence[jax.Array], n: int
) -> jax.Array:
    """Return the sums of values at ``n`` targets; values of targets outside 0 to n are left out."""
    if not levels:
        at = jnp.where(targets < 0, n, targets)
        total = jnp.zeros((*values.shape[:-1], n), values.dtype)
        return total.at[..., at].add(values, mode="drop")
    for level in levels:
        values = values.at[..., level].get(mode="fill", fill_value=0).sum(axis=-1)
    return values


def _by_accelerator(
    kind: str, w: jax.Array, x: jax.Array, arrays: Sequence[jax.Array], partly: bool
) -> jax.Array:
    """Return the current by the accelerator.

    ``partly`` says that some cells have no row. The accelerator then takes one member of a batch at
    a time.
    """
    *slices, source = arrays
    network = Network(slices[0], slices[1], slices[2], slices[3], False)
    weight = w if kind == "one" else by_source(w, source, kind)
    if not partly or x.ndim == 1:
        return sum_rows(network, weight, x)
    members = x.reshape(-1, x.shape[-1])
    return jax.lax.map(lambda v: sum_rows(network, weight, v), members).reshape(x.shape)
