"""The Laplacian of a network, as an operator."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.kernels._exchange import exchange
from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts import LAYOUTS, Layout, Rows, choose

# Layouts that compute with each entry of the matrix, or each edge.
_BY_ENTRIES: Final = ("dense", "edges", "padded", "rows")
# Networks with up to this many edges are solved in one call of the accelerator, even if their
# product has a closed form: starting the operations of an iteration would take longer than the
# whole call.
_MANY_EDGES: Final = 10_000


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _partly(whole: Layout, part: Layout, w: jax.Array, x: jax.Array) -> jax.Array:
    """Return the current by a layout that covers only some of the cells."""
    return exchange(part, w, x)


@_partly.defjvp
def _partly_jvp(
    whole: Layout, part: Layout, primals: Sequence[jax.Array], tangents: Sequence[jax.Array]
) -> tuple[jax.Array, jax.Array]:
    # The transpose of a part of the operator is not a part of its transpose, so the derivative
    # needs the whole layout.
    change = jax.jvp(functools.partial(exchange, whole), tuple(primals), tuple(tangents))[1]
    return exchange(part, *primals), change


class Laplacian:
    """The operator ``current = -L(w) x`` of a network, in the layout that suits the network.

    Parameters
    ----------
    pre, post : numpy.ndarray of int32, shape (n_edges,)
        The cells of each edge, all within range. If pre and post are two populations, cells of post
        are numbered after those of pre.
    groups : tuple of int
        Size of the one population, or sizes of the two.
    paired : bool, default False
        Whether there are two conductances for each edge.
    layout : str, optional
        One of ``LAYOUTS``, for weights of any shape; by default it is chosen by rules.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> pre, post = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    >>> path = Laplacian(pre, post, (3,))
    >>> path(jnp.array([1.0, 2.0]), jnp.array([0.0, 1.0, 1.0]))
    Array([ 1., -1.,  0.], dtype=float32)
    """

    def __init__(
        self,
        pre: np.ndarray,
        post: np.ndarray,
        groups: tuple[int, ...],
        *,
        paired: bool = False,
        layout: str | None = None,
    ) -> None:
        self.graph = Graph(sum(groups), pre, post, groups)
        self.paired = paired
        self._asked = layout
        self._layouts: dict[str, Layout] = {}

    def layout(self, shape: tuple[int, ...]) -> Layout:
        """Return the layout for weights of a shape; it is made when first asked for.

        Raises
        ------
        ValueError
            If the layout that was asked for does not suit the graph.
        """
        kind = "one" if shape in ((), (1,)) else "pair" if self.paired else "edge"
        if kind not in self._layouts:
            self._layouts[kind] = self._make(kind)
        return self._layouts[kind]

    def rows(self, shape: tuple[int, ...]) -> Layout:
        """Return the layout that a coupled step is solved in, for weights of a shape.

        It is ``rows`` with voltages in the order of the rows, or the layout of :meth:`layout` for
        networks with many edges whose product has a closed form.
        """
        usual = self.layout(shape)
        if usual.name not in _BY_ENTRIES and self.graph.n_edges > _MANY_EDGES:
            return usual
        key = f"{usual.kind}, rows"
        if key not in self._layouts:
            self._layouts[key] = Rows(self.graph, usual.kind, by_row=True)
        return self._layouts[key]

    def __call__(self, w: jax.Array, x: jax.Array) -> jax.Array:
        """Return the current into each cell.

        Parameters
        ----------
        w : array, shape () or (1,), (n_edges,), or (2,), (1, 2) or (n_edges, 2) for pairs
            Conductances. The first of a pair is for the current into post, the second for the
            current out of pre.
        x : array, shape (*batch, n_cells)
            Voltages, of the same dtype.

        Returns
        -------
        array
            Shape of ``x``.
        """
        layout = self.layout(w.shape)
        return exchange(layout, self._weights(layout, w), x)

    def into(self, group: int, w: jax.Array, x: jax.Array) -> jax.Array:
        """Return the current into each cell of one of two populations alone.

        Parameters
        ----------
        group : int
            0 for pre, 1 for post.
        w, x : arrays
            Conductances, and the voltages of all cells, as in a call.

        Returns
        -------
        array
            Shape ``(*batch, n)``, for the n cells of the population.

        Examples
        --------
        >>> import jax.numpy as jnp, numpy as np
        >>> pair = Laplacian(np.array([0], np.int32), np.array([2], np.int32), (2, 1))
        >>> pair.into(1, jnp.array([2.0]), jnp.array([1.0, 5.0, 0.0]))
        Array([2.], dtype=float32)
        """
        first = self.graph.groups[0]
        part = slice(None, first) if group == 0 else slice(first, None)
        layout = self.layout(w.shape)
        if not (isinstance(layout, Rows) and layout.is_accelerated) or x.ndim > 1:
            # XLA drops operations whose results are not used, but it cannot do so within the
            # accelerator.
            return self(w, x)[..., part]
        key = f"{layout.kind}, into {group}"
        if key not in self._layouts:
            only = np.zeros(self.graph.n, bool)
            only[part] = True
            self._layouts[key] = Rows(self.graph, layout.kind, only=only)
        return _partly(layout, self._layouts[key], self._weights(layout, w), x)[part]

    def join(self, *parts: jax.Array) -> jax.Array:
        """Return voltages of the populations, shape ``(*batch, n_i)``, as those of all cells."""
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)

    def split(self, whole: jax.Array) -> tuple[jax.Array, ...]:
        """Return values of all cells as those of each population: the inverse of :meth:`join`."""
        sizes = self.graph.groups
        return (whole,) if len(sizes) == 1 else tuple(jnp.split(whole, [sizes[0]], axis=-1))

    def _weights(self, layout: Layout, w: jax.Array) -> jax.Array:
        """Return conductances in the shape that the kind of a layout has."""
        if layout.kind == "one":
            return w.reshape(())
        return jnp.broadcast_to(w, (self.graph.n_edges, 2)) if layout.kind == "pair" else w

    def _make(self, kind: str) -> Layout:
        if self._asked is None:
            return choose(self.graph, kind)
        found = LAYOUTS[self._asked](self.graph, kind)
        if found is None:
            what = {
                "one": "one conductance for all",
                "edge": "one conductance for each edge",
                "pair": "two conductances for each edge",
            }
            raise ValueError(
                f"layout must suit the network and its conductances, got {self._asked!r} for "
                f"{self.graph.n_edges} edges between {self.graph.n} cells and {what[kind]}."
            )
        return found

    # Only the cache of layouts ever changes, so all copies of a model may share the operator.
    def __copy__(self) -> Laplacian:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Laplacian:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        graph = self.graph
        make = functools.partial(type(self), paired=self.paired, layout=self._asked)
        return make, (graph.pre, graph.post, graph.groups)
