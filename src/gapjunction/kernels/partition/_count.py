"""How much devices send each other at each step, counted before anything is laid out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.partition import _tables as tables
from gapjunction.kernels.partition._blocks import Blocks
from gapjunction.kernels.partition._halo import plan


class Exchange(NamedTuple):
    """What devices send each other, and compute, in one product with a network.

    Attributes
    ----------
    n_devices : int
        Number of devices.
    method : {'none', 'permute', 'all_to_all', 'all_gather'}
        How voltages are exchanged: not at all, by messages between pairs of devices, by one message
        from each device to each other, or by sending all voltages to all devices.
    rounds : int
        Number of rounds of messages; 1 for ``'all_to_all'`` and ``'all_gather'``.
    received : int
        The largest number of bytes that a device receives.
    all_gather : int
        The bytes that a device would receive if it got the voltages of all others.
    cut : float
        The fraction of edges that join cells on different devices.
    entries : tuple of int
        How many entries each device sums: one for each end of an edge at one of its cells.
    """

    n_devices: int
    method: str
    rounds: int
    received: int
    all_gather: int
    cut: float
    entries: tuple[int, ...]


def count_exchange(graph: Graph, blocks: Blocks, itemsize: int) -> Exchange:
    """Return what the devices of a network send each other at each product.

    Parameters
    ----------
    graph : Graph
        The edges, with cells counted block by block.
    blocks : Blocks
        Which device has which cell.
    itemsize : int
        Number of bytes of a voltage.
    """
    n, size, entries = blocks.n, blocks.size, graph.entries
    halo, _ = plan([tables.remote(entries, blocks, d) for d in range(n)], size)
    crosses = graph.pre // size != graph.post // size
    start = entries.start[np.arange(n + 1) * size]
    return Exchange(
        n_devices=n,
        method=halo.method,
        rounds=1 if halo.rounds is None else len(halo.rounds),
        received=halo.received * itemsize,
        all_gather=(n - 1) * size * itemsize,
        cut=float(crosses.mean()) if graph.n_edges else 0.0,
        entries=tuple(int(x) for x in np.diff(start)),
    )
