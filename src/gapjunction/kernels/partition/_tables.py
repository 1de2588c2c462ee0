"""The part of the network that each block needs, as arrays of the same shape for all blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from gapjunction.kernels._graph import Entries, Graph
from gapjunction.kernels.layouts._slices import ROWS, slices
from gapjunction.kernels.partition._blocks import Blocks
from gapjunction.kernels.partition._halo import Halo, places
from gapjunction.kernels.partition._place import largest

Tables = tuple[dict[int, np.ndarray], ...]
"""Arrays of the blocks that this process computes, by the number of the block."""

# The number of values that a row of a sum adds.
_WIDTH: Final = 8
# An index beyond all values. A gather with it gives 0.
_NOTHING: Final = np.iinfo(np.int32).max


class Own(NamedTuple):
    """The entries of one block's cells, with cells numbered as the block knows them."""

    row: np.ndarray
    col: np.ndarray
    source: np.ndarray


def remote(entries: Entries, blocks: Blocks, block: int) -> np.ndarray:
    """Return the cells of other blocks to which cells of a block are coupled, in rising order."""
    begin, end = block * blocks.size, (block + 1) * blocks.size
    col = entries.col[entries.start[begin] : entries.start[end]]
    return np.unique(col[(col < begin) | (col >= end)])


def where(halo: Halo, send: list[np.ndarray], block: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from numbers of cells to their places among those that a block knows."""
    known = places(halo, send, block)
    order = np.argsort(known, kind="stable")
    ordered = known[order]

    def find(cells: np.ndarray) -> np.ndarray:
        found: np.ndarray = order[np.searchsorted(ordered, cells)].astype(np.int32)
        return found

    return find


def own_entries(
    entries: Entries, blocks: Blocks, block: int, find: Callable[[np.ndarray], np.ndarray]
) -> Own:
    """Return the entries of a block."""
    begin, end = block * blocks.size, (block + 1) * blocks.size
    here = slice(entries.start[begin], entries.start[end])
    row = np.repeat(np.arange(begin, end), entries.degree[begin:end])
    return Own(find(row), find(entries.col[here]), entries.source[here])


def sliced(own: dict[int, Own], blocks: Blocks, halo: Halo) -> Tables:
    """Return the tables that the accelerator reads: slices, cells, lengths, columns, sources."""
    made = {}
    for block, entries in own.items():
        degree = np.bincount(entries.row, minlength=halo.length)
        start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
        local = Entries(start, entries.col, entries.source)
        if halo.rounds is None and halo.n > 1:
            first = block * blocks.size if halo.whole else 0
            found = slices(local, np.arange(first, first + blocks.size))
            # Rows without a cell write their 0 to a cell of another block.
            found.cell[blocks.size :] = (first + blocks.size) % halo.length
        else:
            # The cells of other blocks have empty rows: the accelerator computes the members of a
            # batch together only where all cells have a row.
            found = slices(local, np.arange(halo.length))
        is_there = found.entry >= 0
        col = found.cell[found.row].astype(np.int32)
        col[is_there] = local.col[found.entry[is_there]]
        source = np.zeros(len(col), np.int32)
        source[is_there] = local.source[found.entry[is_there]]
        made[block] = [found.shape, found.cell, found.length, col, source]
    (most,) = largest([max(len(arrays[3]) for arrays in made.values())])
    # The accelerator reads entries in whole vectors, also where a block has none.
    most = max(most, ROWS)
    for arrays in made.values():
        arrays[3:] = [np.pad(a, (0, most - len(a))) for a in arrays[3:]]
    return tuple({d: arrays[k] for d, arrays in made.items()} for k in range(5))


def listed(own: dict[int, Own], first: dict[int, int]) -> tuple[Tables, dict[int, np.ndarray]]:
    """Return the tables for sums without the accelerator: rows, columns and sources of entries.

    Parameters
    ----------
    own : dict
        The entries of each block.
    first : dict
        The place of each block's first cell.

    Returns
    -------
    tables
    dict
        The place in its block of each entry's cell; behind the last entry, -1.
    """
    (most,) = largest([max(len(entries.row) for entries in own.values())])
    rows, cols, sources, cells = {}, {}, {}, {}
    for d, entries in own.items():
        more = (0, most - len(entries.row))
        # Places behind the last entry join a cell with itself.
        rows[d] = np.pad(entries.row, more, constant_values=first[d])
        cols[d] = np.pad(entries.col, more, constant_values=first[d])
        sources[d] = np.pad(entries.source, more)
        cells[d] = np.pad(entries.row - first[d], more, constant_values=-1).astype(np.int32)
    return (rows, cols, sources), cells


def sums(targets: dict[int, np.ndarray], n: int) -> list[dict[int, np.ndarray]]:
    """Return which values each row of each level of a sum adds, for each block.

    A scatter on a GPU adds in an order that differs from run to run. Here each target gathers its
    values, eight at a time, and then the sums of these.

    Parameters
    ----------
    targets : dict
        For each block the target of each value; negative if the value is not added.
    n : int
        Number of targets.

    Examples
    --------
    >>> [level[0][:, :3].tolist() for level in sums({0: np.array([1, 0, 1, -1])}, 2)]
    [[[1, 2147483647, 2147483647], [0, 2, 2147483647]]]
    """
    levels: list[dict[int, np.ndarray]] = []
    now = {}
    for d, ids in targets.items():
        order = np.argsort(ids, kind="stable")
        order = order[ids[order] >= 0]
        now[d] = order, ids[order]
    while True:
        made, after, most = {}, {}, 0
        for d, (order, ids) in now.items():
            count = np.bincount(ids, minlength=n)
            rows = np.maximum(-(-count // _WIDTH), 1)
            most = max(most, int(rows.max(initial=1)))
            number = np.arange(len(ids)) - (np.cumsum(count) - count)[ids]
            level = np.full((int(rows.sum()), _WIDTH), _NOTHING, np.int32)
            level[(np.cumsum(rows) - rows)[ids] + number // _WIDTH, number % _WIDTH] = order
            made[d] = level
            after[d] = np.arange(len(level)), np.repeat(np.arange(n), rows)
        longest, most = largest([max(map(len, made.values())), most])
        for d, level in made.items():
            more = ((0, longest - len(level)), (0, 0))
            made[d] = np.pad(level, more, constant_values=_NOTHING)
        levels.append(made)
        now = after
        if most == 1:
            return levels


class Ends(NamedTuple):
    """The edges of each block."""

    first: dict[int, np.ndarray]
    """The numbers of the cells at the pre ends; -1 behind the last edge."""
    second: dict[int, np.ndarray]
    """The same at the post ends."""
    size: int
    """Number of places for edges on each block."""


def ends_of(graph: Graph, blocks: Blocks, own: list[int], shared: bool) -> Ends:
    """Return which edges each block has.

    Parameters
    ----------
    graph : Graph
        The edges that this process knows, with cells counted block by block.
    blocks : Blocks
        Which device has which cell.
    own : list of int
        The blocks that this process computes.
    shared : bool
        Whether each process knows all edges. Each block then has a consecutive range of them.
        Otherwise it has the edges whose post is one of its cells.
    """
    found = {}
    if shared:
        size = -(-graph.n_edges // blocks.n)
        for d in own:
            found[d] = np.arange(d * size, min((d + 1) * size, graph.n_edges))
    else:
        owner = graph.post // blocks.size
        keep = np.ones(graph.n_edges, bool) if graph.loops is None else ~graph.loops
        for d in own:
            found[d] = np.flatnonzero((owner == d) & keep)
        (size,) = largest([max(map(len, found.values()))])
    size = max(size, 1)
    padded = [
        {
            d: np.pad(ids[edges], (0, size - len(edges)), constant_values=-1)
            for d, edges in found.items()
        }
        for ids in (graph.pre, graph.post)
    ]
    return Ends(padded[0], padded[1], size)
