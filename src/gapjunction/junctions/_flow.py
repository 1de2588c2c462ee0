"""The currents along the edges of a network, as functions of the voltages at their two ends."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import Value
from gapjunction.connectivity import Edges
from gapjunction.coupling import Currents, with_unit
from gapjunction.kernels import CellSums, Laplacian, flatten_cells, working_dtype
from gapjunction.kernels._graph import Graph
from gapjunction.kernels.partition import BlockLaplacian, Blocks, Hold, Partition, Place

Along: TypeAlias = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""``f(v_pre, v_post)``: the currents into post and out of pre along each edge, of the voltages of
the cells at its two ends. All are plain arrays of shape ``(*batch, n_edges)``."""


class Wiring:
    """Edges, and the two ways to compute the currents that flow along them.

    :meth:`total` is for currents that are linear in the voltages: one product with the Laplacian of
    the network, in the layout that is fastest for its graph. :meth:`along` is for any other law: it
    computes a current for each edge, and sums at each cell.

    Parameters
    ----------
    edges : Edges
        Edges between two populations, or within one.
    one : bool
        Whether both ends of the edges are the same voltages of one population.
    paired : bool
        Whether an edge has two conductances.
    layout : str, optional
        How the network lies in memory; by default a rule chooses.
    shape : tuple of int
        Shape of the conductances.
    """

    def __init__(
        self, edges: Edges, one: bool, paired: bool, layout: str | None, shape: tuple[int, ...]
    ) -> None:
        self.edges = edges
        self._sums = (
            CellSums(edges.pre_ids, edges.pre_size),
            CellSums(edges.post_ids, edges.post_size),
        )
        self.one = one
        self.partition: Partition | None = None
        """The blocks of the network, if its cells are spread over devices."""
        self._whole: Wiring | None = None
        self.merged = False
        """Whether :meth:`total` returns the sum of the currents of both ends in ``post``.

        In a population that is coupled to itself only that sum acts, and one product gives it.
        """
        first, second = edges
        # An edge from a cell to itself carries no current, and is set to 0: semi-implicit coupling,
        # which varies the voltage of one end alone, would find a current in it.
        loops = np.asarray(first == second) & one
        self._loops = loops if loops.any() else None
        make = functools.partial(Laplacian, paired=paired, layout=layout)
        self._within: Laplacian | None = None
        if one:
            self.laplacian = self._within = make(first, second, (edges.n_pre,))
            # The layout "edges" sums edge by edge. There, one sum at pre and one at post cost as
            # much as a single sum of both. They keep the order of summation of brainpy.state, so
            # that traces equal those of brainpy.state to the last digit.
            self.merged = self.laplacian.layout(shape).name != "edges"
        if not self.merged:
            # One network holds both populations: cells of post are numbered after those of pre.
            other = second + np.int32(edges.n_pre)
            self.laplacian = make(first, other, (edges.n_pre, edges.n_post))
            self.laplacian.layout(shape)

    def network(self, conductance: Value) -> tuple[Laplacian, Value] | None:
        """Return the operator within one population and its conductances; None between two.

        Unlike :attr:`laplacian`, it has one row for each cell also where :meth:`total` sums edge by
        edge: for the equations of an implicit step, the order of summation does not matter.
        """
        found = self.laplacian if self.merged else self._within
        return None if found is None else (found, conductance)

    def total(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents of ohmic edges, by the product of the Laplacian with the voltages.

        Parameters
        ----------
        v_pre, v_post : Quantity or array
            Voltages of the populations.
        conductance : Quantity or array
            Conductances in a shape that :class:`Laplacian` takes, or with batch dimensions before
            that of the edges.

        Returns
        -------
        Currents
            If :attr:`merged`, ``post`` is the sum of the currents at both ends and ``pre`` is 0.
        """
        edges, (a, b, dtype, unit) = self.edges, _plain(v_pre, v_post, conductance)
        weight = self._weights(conductance, dtype)
        cells = flatten_cells(b, edges.post_size).astype(dtype)
        product = _over_batches(self.laplacian, self.laplacian.paired, weight)
        if self.merged:
            total = product(weight, cells).astype(b.dtype).reshape(b.shape)
            return Currents(with_unit(jnp.zeros_like(a), unit), with_unit(total, unit))
        cells = self.laplacian.join(flatten_cells(a, edges.pre_size).astype(dtype), cells)
        pre, post = self.laplacian.split(product(weight, cells))
        return Currents(
            with_unit(pre.astype(a.dtype).reshape(a.shape), unit),
            with_unit(post.astype(b.dtype).reshape(b.shape), unit),
        )

    def into(self, end: int, v_pre: Value, v_post: Value, conductance: Value) -> Any:
        """Return what :meth:`total` returns for one end alone: 0 for pre, 1 for post."""
        if self.merged:
            return self.total(v_pre, v_post, conductance)[end]
        edges, (a, b, dtype, unit) = self.edges, _plain(v_pre, v_post, conductance)
        ends = flatten_cells(a, edges.pre_size), flatten_cells(b, edges.post_size)
        cells = self.laplacian.join(*(v.astype(dtype) for v in ends))
        weight, own = self._weights(conductance, dtype), (a, b)[end]
        part = functools.partial(self.laplacian.into, end)
        found = _over_batches(part, self.laplacian.paired, weight)(weight, cells)
        return with_unit(found.astype(own.dtype).reshape(own.shape), unit)

    def _weights(self, conductance: Value, dtype: np.dtype) -> jax.Array:
        """Return conductances as plain numbers, with 0 at loops that the Laplacian overlooks."""
        weight = jnp.asarray(u.get_mantissa(conductance), dtype)
        own = 2 if self.laplacian.paired else 1
        each = weight.ndim >= own and weight.shape[weight.ndim - own] == self.edges.n_edges
        if self._loops is None or self.merged or not each:
            return weight
        # With two populations the Laplacian takes the two ends of a loop for different cells. One
        # conductance for all edges is left as it is: if it were not finite, no voltage would stay
        # finite either.
        return jnp.where(self._loops.reshape(-1, *(1,) * (own - 1)), 0, weight)

    def along(self, v_pre: Value, v_post: Value, conductance: Value, current: Along) -> Currents:
        """Return the currents of any law, computed for each edge and summed at each cell.

        Parameters
        ----------
        v_pre, v_post : Quantity or array
            Voltages of the populations.
        conductance : Quantity or array
            Only its unit is used here: ``current`` contains the conductances.
        current : callable
            The currents along edges. It is called with plain voltages in the unit of ``v_pre``.
        """
        a, b, _, unit = _plain(v_pre, v_post, conductance)
        into_post, out_of_pre = self.each(v_pre, v_post, conductance, current)
        pre, post = self._at_cells(out_of_pre, into_post)
        pre, post = pre.astype(a.dtype).reshape(a.shape), post.astype(b.dtype).reshape(b.shape)
        return Currents(with_unit(-pre, unit), with_unit(post, unit))

    def _at_cells(self, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the sums at the cells of pre, and at those of post, of values of edges."""
        if self.partition is None:
            at_pre, at_post = self._sums
            return at_pre(first, first.dtype), at_post(second, second.dtype)
        batch = jnp.broadcast_shapes(first.shape[:-1], second.shape[:-1])
        n = self.partition.n_places if not self.partition.shared else self.edges.n_edges
        first, second = (jnp.broadcast_to(x, (*batch, n)) for x in (first, second))
        pre, post = self.partition.sums(first, second)
        return self.laplacian.split(pre)[0], self.laplacian.split(post)[-1]

    def _at_ends(self, a: jax.Array, b: jax.Array, dtype: np.dtype) -> tuple[jax.Array, jax.Array]:
        """Return values of the cells of pre and post as values at the two ends of each edge."""
        edges = self.edges
        if self.partition is None:
            return (
                _gather(a, edges.pre_ids, edges.pre_size, dtype),
                _gather(b, edges.post_ids, edges.post_size, dtype),
            )
        first = flatten_cells(a, edges.pre_size).astype(dtype)
        second = first if a is b else flatten_cells(b, edges.post_size).astype(dtype)
        if self.one:
            return self.partition.ends(first, second)
        whole = self.laplacian.join(first, second)
        return self.partition.ends(whole, whole)

    def each(
        self, v_pre: Value, v_post: Value, conductance: Value, current: Along
    ) -> tuple[jax.Array, jax.Array]:
        """Return the currents along the edges, into post and out of pre, not summed at the cells.

        The parameters are those of :meth:`along`. Both results are plain arrays of shape ``(*batch,
        n_edges)``, in the dtype to sum in and in the unit of ``v_pre`` times the unit of
        ``conductance``.
        """
        a, b, dtype, _ = _plain(v_pre, v_post, conductance)
        into_post, out_of_pre = current(*self._at_ends(a, b, dtype))
        if self._loops is None:
            return into_post, out_of_pre
        return jnp.where(self._loops, 0, into_post), jnp.where(self._loops, 0, out_of_pre)

    def check_in_order(self, label: str) -> None:
        """Raise an error if the results of :meth:`each` are not in the order of the edges."""
        if self.partition is not None and not self.partition.shared:
            raise ValueError(
                f"{label} must have the same edges in all processes for values of single edges: "
                "where processes have different ones, only sums at cells are known, by currents()."
            )

    def ends(self, x_pre: Value, x_post: Value) -> tuple[Any, Any]:
        """Return values of cells as values at the two ends of each edge.

        Parameters
        ----------
        x_pre, x_post : Quantity or array
            A value for each cell of pre and of post, shape of their voltages.

        Returns
        -------
        tuple of two Quantities or arrays
            The values at the pre end and at the post end, shape ``(*batch, n_edges)``.
        """
        first = jnp.asarray(u.get_mantissa(x_pre))
        second = first if x_pre is x_post else jnp.asarray(u.get_mantissa(x_post))
        if self.partition is None:
            edges = self.edges
            at_pre = _gather(first, edges.pre_ids, edges.pre_size, working_dtype(first.dtype))
            at_post = _gather(second, edges.post_ids, edges.post_size, working_dtype(second.dtype))
        else:
            dtype = working_dtype(first.dtype, second.dtype)
            at_pre, at_post = self._at_ends(first, second, dtype)
        return with_unit(at_pre, u.get_unit(x_pre)), with_unit(at_post, u.get_unit(x_post))

    def over(self, place: Place, hold: Hold, shared: bool) -> Wiring:
        """Return the same edges with their cells spread over devices.

        Parameters
        ----------
        place : Place
            The devices.
        hold : callable
            Keeps arrays: see :class:`gapjunction.kernels.partition.Partition`.
        shared : bool
            Whether each process knows all edges. Otherwise each knows those of its own cells.
        """
        edges = self.edges
        sizes = (edges.n_pre,) if self.one else (edges.n_pre, edges.n_post)
        blocks = Blocks(place.n, sizes)
        pre, post = (
            blocks.numbers(group, ids).astype(np.int32)
            for group, ids in ((0, edges.pre_ids), (len(sizes) - 1, edges.post_ids))
        )
        graph = Graph(sum(sizes), pre, post, (sum(sizes),))
        whole = self if self._whole is None else self._whole
        new = copy.copy(whole)
        new._whole = whole
        new.partition = Partition(graph, blocks, place, hold, shared)
        new.laplacian = BlockLaplacian(new.partition, self.laplacian.paired)
        new.merged = self.one
        if not shared:
            # Each process then has only the edges that its devices store, and edges of a cell with
            # itself are not stored.
            new._loops = None
        return new

    # Copies of a model share this object, because nothing in it changes, apart from layouts being
    # stored once they are made.
    def __deepcopy__(self, memo: dict[int, Any]) -> Wiring:
        return self

    def __getstate__(self) -> dict[str, Any]:
        # Devices cannot be saved, so that the wiring is saved as it was before it was spread.
        return (self if self._whole is None else self._whole).__dict__


def _plain(
    v_pre: Value, v_post: Value, conductance: Value
) -> tuple[jax.Array, jax.Array, np.dtype, u.Unit]:
    """Return the voltages in the unit of ``v_pre``, the dtype to sum in, and the currents' unit."""
    volt = u.get_unit(v_pre)
    a = jnp.asarray(u.get_mantissa(v_pre))
    # If both ends are the same array, devices exchange it only once.
    b = a if v_post is v_pre else jnp.asarray(u.get_mantissa(u.Quantity(v_post).in_unit(volt)))
    return a, b, working_dtype(a.dtype, b.dtype), volt * u.get_unit(conductance)


def _over_batches(
    product: Callable[[jax.Array, jax.Array], jax.Array], paired: bool, weight: jax.Array
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return the product with the Laplacian, mapped over batch dimensions of the conductances."""
    for _ in range(weight.ndim - (2 if paired else 1)):
        product = jax.vmap(product)
    return product


def _gather(v: jax.Array, ids: np.ndarray, size: tuple[int, ...], dtype: np.dtype) -> jax.Array:
    """Return the values of the cells with the given flat ids."""
    cells = flatten_cells(v, size)
    # Ids were checked when the edges were made; telling JAX spares a bounds test per edge.
    return cells.at[..., ids].get(mode="promise_in_bounds").astype(dtype)
