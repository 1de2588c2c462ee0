"""The base class of all layouts, and functions that they share."""

from __future__ import annotations

import abc
import functools
from collections.abc import Sequence
from typing import ClassVar, Final

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import _device
from gapjunction.kernels._graph import Graph

CORE: Final = {"one": 0, "edge": 1, "pair": 2}
"""Number of dimensions of weights, by kind: one for all edges has none, one for each edge has
shape ``(n_edges,)``, a pair for each edge ``(n_edges, 2)``."""


class Layout(abc.ABC):
    """A way to compute the current ``y_i = sum_k w_k (x_k - x_i)`` of a graph.

    Parameters
    ----------
    graph : Graph
        The edges.
    kind : {'one', 'edge', 'pair'}
        The shape of weights: ``()``, ``(n_edges,)`` or ``(n_edges, 2)``. In a pair, column 0 is the
        weight for the current into post, column 1 the weight for the current out of pre.
    *arrays : numpy.ndarray
        The layout's form of the graph, such as lists of neighbours.
    """

    name: ClassVar[str]
    """The name of the layout among ``LAYOUTS``."""

    spread: ClassVar[bool] = False
    """Whether the cells are spread over devices.

    All operations then go through the layout, also those for which there is a faster way on a
    single device.
    """

    def __init__(self, graph: Graph, kind: str, *arrays: np.ndarray) -> None:
        self.graph = graph
        self.kind = kind
        self._arrays = arrays

    @functools.cached_property
    def arrays(self) -> tuple[jax.Array, ...]:
        """The arrays of the layout on the device."""
        return _on_device(*self._arrays)

    @functools.cached_property
    def ends(self) -> tuple[jax.Array, ...]:
        """The two cells of each edge, on the device."""
        return _on_device(self.graph.pre, self.graph.post)

    @abc.abstractmethod
    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        """Return the current, computed with functions that run on all devices.

        Parameters
        ----------
        w : array
            Weights, of the shape that ``kind`` prescribes.
        x : array, shape (*batch, n)
            Voltages, of the dtype of ``w``.
        *arrays : arrays
            The arrays of the layout.
        """

    def on_cpu(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        """Return the current, computed in the way that is fastest on a CPU."""
        return self.plain(w, x, *arrays)

    # These three get the arrays of the layout as arguments: where JAX transposes the body of a
    # loop, it cannot use arrays from outside.

    def at_ends(self, x: jax.Array, arrays: Sequence[jax.Array]) -> tuple[jax.Array, jax.Array]:
        """Return values of cells at the pre and at the post end of each edge."""
        graph = self.graph
        return at(x, graph.pre), at(x, graph.post)

    def at_cells(
        self, first: jax.Array, second: jax.Array, arrays: Sequence[jax.Array]
    ) -> jax.Array:
        """Return the sums at each cell: ``first`` of edges with it as pre, ``second`` as post."""
        graph = self.graph
        total = jnp.zeros((*first.shape[:-1], graph.n), first.dtype)
        return total.at[..., graph.post].add(second).at[..., graph.pre].add(first)

    def strength(self, w: jax.Array, arrays: Sequence[jax.Array]) -> jax.Array:
        """Return the sum of the conductances at each cell, shape (n,); not for pairs."""
        graph = self.graph
        each = jnp.broadcast_to(w, (graph.n_edges,))
        if not _device.is_cpu():
            return graph.tree(each[graph.entries.source >> 1])
        if graph.loops is not None:
            each = jnp.where(graph.loops, 0, each)
        return jnp.zeros(graph.n, w.dtype).at[graph.pre].add(each).at[graph.post].add(each)


def at(values: jax.Array, ids: jax.Array | np.ndarray) -> jax.Array:
    """Return the values of some cells or edges, selected by number along the last axis."""
    return values.at[..., ids].get(mode="promise_in_bounds")


def _on_device(*arrays: np.ndarray) -> tuple[jax.Array, ...]:
    # The first use may be within a function that JAX traces. The arrays must not be traced values
    # of that function, because later calls use them too.
    with jax.ensure_compile_time_eval():
        return tuple(jnp.asarray(array) for array in arrays)


def reference(x: jax.Array) -> jax.Array:
    """Return the voltage of one cell, shape ``(*batch, 1)``, or 0 where it is not finite.

    Sums over many cells take voltages relative to it. They are then sums of small numbers, which
    lose fewer digits, and cells of equal voltage exchange exactly no current.
    """
    first = x[..., :1]
    return jnp.where(jnp.isfinite(first), first, 0)


def by_source(w: jax.Array, source: jax.Array, kind: str) -> jax.Array:
    """Return the weight of each entry; ``source`` holds its edge and side (see ``Entries``)."""
    if kind == "edge":
        return w.at[source >> 1].get(mode="promise_in_bounds")
    return w.reshape(-1).at[source].get(mode="promise_in_bounds")


def batch_last(x: jax.Array) -> jax.Array:
    """Return ``(*batch, n)`` as ``(n, n_batch)``, where batch members are adjacent in memory."""
    return x.reshape(-1, x.shape[-1]).T


def batch_first(y: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Return an array of shape ``(n, n_batch)`` in the shape ``(*batch, n)``."""
    return y.T.reshape(shape)
