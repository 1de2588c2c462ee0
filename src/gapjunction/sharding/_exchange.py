"""What devices send each other at each step, counted before a model is made."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from gapjunction._checks import check_int, describe
from gapjunction.connectivity import Edges
from gapjunction.kernels._graph import Graph
from gapjunction.kernels.partition import Blocks, Exchange, count_exchange


def exchange(edges: Edges, n_devices: int, dtype: DTypeLike = np.float32) -> Exchange:
    """Count what devices send each other in one product of a network with its voltages.

    No devices are needed: exchanges between 1,000 of them can be counted on a laptop. An
    explicit step has one such product for each stage of the solver, an implicit one has one for
    each iteration.

    Parameters
    ----------
    edges : Edges
        The edges, with cells in the order of the model: device d has the d-th block of each
        population. :func:`gapjunction.connectivity.partition` finds a better order.
    n_devices : int
        Number of devices, which must divide the number of cells of each population.
    dtype : dtype, default float32
        The precision of the voltages.

    Returns
    -------
    Exchange
        ``method``, ``rounds``, bytes ``received`` by the device that receives most, bytes of an
        ``all_gather``, the share of edges that are ``cut``, and the ``entries`` that each device
        sums.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, or the number of cells is not a multiple of
        ``n_devices``.

    Examples
    --------
    A ring of 1,000 cells in blocks of 125, which need one voltage from each side:

    >>> import gapjunction as gj
    >>> ring = gj.connectivity.ring()(1000, 1000)
    >>> found = gj.exchange(ring, 8)
    >>> found.method, found.rounds, found.received, found.all_gather
    ('permute', 2, 8, 3500)
    """
    if not isinstance(edges, Edges):
        raise TypeError(f"edges must be Edges, got {describe(edges)}.")
    n = check_int("n_devices", n_devices, low=1)
    sizes = (edges.n_pre, edges.n_post) if edges.bipartite else (edges.n_pre,)
    if any(size % n for size in sizes):
        raise ValueError(
            "n_devices must divide the number of cells of each population, got "
            f"{n} for {' and '.join(map(str, sizes))} cells."
        )
    blocks = Blocks(n, sizes)
    pre = blocks.numbers(0, edges.pre_ids).astype(np.int32)
    post = blocks.numbers(len(sizes) - 1, edges.post_ids).astype(np.int32)
    graph = Graph(sum(sizes), pre, post, (sum(sizes),))
    return count_exchange(graph, blocks, np.dtype(dtype).itemsize)
