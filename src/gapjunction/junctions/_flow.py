"""The currents along a list of edges, as functions of the voltages at its two ends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.connectivity import Edges
from gapjunction.coupling import with_unit
from gapjunction.kernels import Laplacian, accumulate, flatten_cells, working_dtype


class Currents(NamedTuple):
    """The currents a junction puts into its two populations, inward-positive."""

    pre: Any
    """Into pre, shape of V_pre."""
    post: Any
    """Into post, shape of V_post."""


Along = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""Currents into post and out of pre along each edge, of the voltages at its ends."""


class Wiring:
    """Edges, and the ways to compute what flows along them.

    Parameters
    ----------
    edges : Edges
        Between two populations, or within one.
    one : bool
        Whether both ends are the same voltages.
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
        self.merged = False
        """Whether :meth:`total` returns all in ``post``, the currents of both ends."""
        first, second = edges
        make = functools.partial(Laplacian, paired=paired, layout=layout)
        if one:
            self.laplacian = make(first, second, (edges.n_pre,))
            # Edge by edge, two sums are as fast as one, and are those of brainpy.state.
            self.merged = self.laplacian.layout(shape).name != "edges"
        if not self.merged:
            other = second + np.int32(edges.n_pre)
            self.laplacian = make(first, other, (edges.n_pre, edges.n_post))
            self.laplacian.layout(shape)

    def total(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents of ohmic edges, as the Laplacian's product.

        Parameters
        ----------
        v_pre, v_post : Quantity or array
            Voltages of the populations.
        conductance : Quantity or array
            In a shape that :class:`Laplacian` takes, or with batch dimensions before the edges'.
        """
        edges, (a, b, dtype, unit) = self.edges, _plain(v_pre, v_post, conductance)
        weight = jnp.asarray(u.get_mantissa(conductance), dtype)
        cells = flatten_cells(b, edges.post_size).astype(dtype)
        product = _over_batches(self.laplacian, weight)
        if self.merged:
            total = product(weight, cells).astype(b.dtype).reshape(b.shape)
            return Currents(with_unit(jnp.zeros_like(a), unit), with_unit(total, unit))
        cells = jnp.concatenate([flatten_cells(a, edges.pre_size).astype(dtype), cells], axis=-1)
        pre, post = jnp.split(product(weight, cells), [edges.n_pre], axis=-1)
        return Currents(
            with_unit(pre.astype(a.dtype).reshape(a.shape), unit),
            with_unit(post.astype(b.dtype).reshape(b.shape), unit),
        )

    def along(self, v_pre: Any, v_post: Any, conductance: Any, current: Along) -> Currents:
        """Return the currents of any law, edge by edge.

        Parameters
        ----------
        v_pre, v_post : Quantity or array
            Voltages of the populations.
        conductance : Quantity or array
            Only its unit matters here.
        current : callable
            Of plain arrays in the unit of ``v_pre``, shape ``(*batch, n_edges)``.
        """
        edges, (a, b, dtype, unit) = self.edges, _plain(v_pre, v_post, conductance)
        into_post, out_of_pre = current(
            _gather(a, edges.pre_ids, edges.pre_size, dtype),
            _gather(b, edges.post_ids, edges.post_size, dtype),
        )
        post = accumulate(into_post, edges.post_ids, edges.post_size, b.dtype)
        pre = accumulate(out_of_pre, edges.pre_ids, edges.pre_size, a.dtype)
        return Currents(with_unit(-pre, unit), with_unit(post, unit))

    def ends(self, x_pre: Any, x_post: Any) -> tuple[Any, Any]:
        """Return what cells have at the two ends of each edge, shape ``(*batch, n_edges)``."""
        edges, found = self.edges, []
        for x, ids, size in (
            (x_pre, edges.pre_ids, edges.pre_size),
            (x_post, edges.post_ids, edges.post_size),
        ):
            plain = jnp.asarray(u.get_mantissa(x))
            dtype = working_dtype(plain.dtype)
            found.append(with_unit(_gather(plain, ids, size, dtype), u.get_unit(x)))
        return found[0], found[1]

    # Nothing that shows changes, so a copy of a model may share it.
    def __copy__(self) -> Wiring:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Wiring:
        return self


def _plain(
    v_pre: Any, v_post: Any, conductance: Any
) -> tuple[jax.Array, jax.Array, np.dtype, u.Unit]:
    volt = u.get_unit(v_pre)
    a = jnp.asarray(u.get_mantissa(v_pre))
    b = jnp.asarray(u.get_mantissa(u.Quantity(v_post).in_unit(volt)))
    return a, b, working_dtype(a.dtype, b.dtype), volt * u.get_unit(conductance)


def _over_batches(
    laplacian: Laplacian, weight: jax.Array
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return the product for conductances that may have batch dimensions of their own."""
    own = 2 if laplacian.paired else 1
    if weight.ndim <= own:
        return laplacian
    batched: Callable[[jax.Array, jax.Array], jax.Array] = laplacian
    for _ in range(weight.ndim - own):
        batched = jax.vmap(batched)
    return batched


def _gather(v: jax.Array, ids: Any, size: tuple[int, ...], dtype: Any) -> jax.Array:
    cells = flatten_cells(v, size)
    # Ids were checked when the edges were made; saying so spares a bounds test per edge.
    return cells.at[..., ids].get(mode="promise_in_bounds").astype(dtype)
