"""The currents along the edges of a network, as functions of the voltages at their two ends."""

from __future__ import annotations

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
        self.merged = False
        """Whether :meth:`total` returns the sum of the currents of both ends in ``post``.

        In a population that is coupled to itself only that sum acts, and one product gives it.
        """
        first, second = edges
        # An edge of a cell with itself carries nothing. Where one end's voltage alone is varied, as
        # semi-implicit coupling does, it would seem to.
        loops = np.asarray(first == second) & one
        self._loops = loops if loops.any() else None
        make = functools.partial(Laplacian, paired=paired, layout=layout)
        if one:
            self.laplacian = make(first, second, (edges.n_pre,))
            # The layout "edges" sums edge by edge. Two sums cost as much as one there, and keep the
            # order of summation of brainpy.state, whose traces are then equal to the last digit.
            self.merged = self.laplacian.layout(shape).name != "edges"
        if not self.merged:
            # As a network of pre and post side by side: the cells of post count after those of pre.
            other = second + np.int32(edges.n_pre)
            self.laplacian = make(first, other, (edges.n_pre, edges.n_post))
            self.laplacian.layout(shape)

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
        cells = jnp.concatenate([flatten_cells(a, edges.pre_size).astype(dtype), cells], axis=-1)
        pre, post = jnp.split(product(weight, cells), [edges.n_pre], axis=-1)
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
        cells = jnp.concatenate([v.astype(dtype) for v in ends], axis=-1)
        weight, own = self._weights(conductance, dtype), (a, b)[end]
        part = functools.partial(self.laplacian.into, end)
        found = _over_batches(part, self.laplacian.paired, weight)(weight, cells)
        return with_unit(found.astype(own.dtype).reshape(own.shape), unit)

    def _weights(self, conductance: Value, dtype: np.dtype) -> jax.Array:
        """Return conductances as plain numbers, with 0 at loops that the Laplacian does not see."""
        weight = jnp.asarray(u.get_mantissa(conductance), dtype)
        own = 2 if self.laplacian.paired else 1
        each = weight.ndim >= own and weight.shape[weight.ndim - own] == self.edges.n_edges
        if self._loops is None or self.merged or not each:
            return weight
        # The Laplacian sees the two ends of a loop as two cells here. One conductance for all edges
        # is left as it is: were it not finite, no voltage would be.
        return jnp.where(self._loops.reshape(-1, *(1,) * (own - 1)), 0, weight)

    def along(self, v_pre: Value, v_post: Value, conductance: Value, current: Along) -> Currents:
        """Return the currents of any law, computed for each edge and summed at each cell.

        Parameters
        ----------
        v_pre, v_post : Quantity or array
            Voltages of the populations.
        conductance : Quantity or array
            Only the unit of it is used here: ``current`` knows the conductances.
        current : callable
            The currents along edges. It is called with plain voltages in the unit of ``v_pre``.
        """
        a, b, _, unit = _plain(v_pre, v_post, conductance)
        into_post, out_of_pre = self.each(v_pre, v_post, conductance, current)
        at_pre, at_post = self._sums
        post, pre = at_post(into_post, b.dtype), at_pre(out_of_pre, a.dtype)
        return Currents(with_unit(-pre, unit), with_unit(post, unit))

    def each(
        self, v_pre: Value, v_post: Value, conductance: Value, current: Along
    ) -> tuple[jax.Array, jax.Array]:
        """Return the currents along the edges, into post and out of pre, not summed at the cells.

        Parameters are those of :meth:`along`. Both are plain arrays of shape ``(*batch, n_edges)``,
        in the dtype to sum in and in the unit of ``v_pre`` times that of ``conductance``.
        """
        edges, (a, b, dtype, _) = self.edges, _plain(v_pre, v_post, conductance)
        into_post, out_of_pre = current(
            _gather(a, edges.pre_ids, edges.pre_size, dtype),
            _gather(b, edges.post_ids, edges.post_size, dtype),
        )
        if self._loops is None:
            return into_post, out_of_pre
        return jnp.where(self._loops, 0, into_post), jnp.where(self._loops, 0, out_of_pre)

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
        edges, found = self.edges, []
        for x, ids, size in (
            (x_pre, edges.pre_ids, edges.pre_size),
            (x_post, edges.post_ids, edges.post_size),
        ):
            plain = jnp.asarray(u.get_mantissa(x))
            dtype = working_dtype(plain.dtype)
            found.append(with_unit(_gather(plain, ids, size, dtype), u.get_unit(x)))
        return found[0], found[1]

    # Copies of a model share this object: nothing in it changes, except that layouts are kept once
    # they are made.
    def __copy__(self) -> Wiring:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Wiring:
        return self


def _plain(
    v_pre: Value, v_post: Value, conductance: Value
) -> tuple[jax.Array, jax.Array, np.dtype, u.Unit]:
    """Return the voltages in the unit of ``v_pre``, the dtype to sum in, and the currents' unit."""
    volt = u.get_unit(v_pre)
    a = jnp.asarray(u.get_mantissa(v_pre))
    b = jnp.asarray(u.get_mantissa(u.Quantity(v_post).in_unit(volt)))
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
