"""The Laplacian of a network whose cells are spread over devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from gapjunction.kernels._laplacian import Laplacian
from gapjunction.kernels.layouts import CORE, Layout
from gapjunction.kernels.partition._partition import Partition


class Partitioned(Layout):
    """Rows of entries: each device sums those of its own cells, with voltages that it receives."""

    name = "partitioned"
    spread = True

    def __init__(self, kind: str, partition: Partition) -> None:
        super().__init__(partition.graph, kind)
        self.partition = partition

    # The arrays are looked up at each use, because a transformed function gets them as arguments.
    @property
    def arrays(self) -> tuple[jax.Array, ...]:
        return self.partition.arrays

    def plain(self, w: jax.Array, x: jax.Array, *arrays: jax.Array) -> jax.Array:
        product: Callable[[jax.Array, jax.Array], jax.Array]
        product = lambda w, x: self.partition.product(self.kind, w, x, *arrays)  # noqa: E731
        for _ in range(w.ndim - CORE[self.kind]):
            product = jax.vmap(product)
        return product(w, x)

    def at_ends(self, x: jax.Array, arrays: Sequence[jax.Array]) -> tuple[jax.Array, jax.Array]:
        return self.partition.ends(x, x, arrays)

    def at_cells(
        self, first: jax.Array, second: jax.Array, arrays: Sequence[jax.Array]
    ) -> jax.Array:
        at_pre, at_post = self.partition.sums(first, second, arrays)
        return at_pre + at_post

    def strength(self, w: jax.Array, arrays: Sequence[jax.Array]) -> jax.Array:
        if self.kind == "one":
            return w * self.partition.degree(arrays).astype(w.dtype)
        each = w if self.graph.loops is None else jnp.where(self.graph.loops, 0, w)
        return self.at_cells(each, each, arrays)


class BlockLaplacian(Laplacian):
    """A :class:`Laplacian` in blocks.

    Parameters
    ----------
    partition : Partition
        The blocks.
    paired : bool
        Whether there are two conductances for each edge.
    """

    def __init__(self, partition: Partition, paired: bool) -> None:
        self.graph, self.paired, self.partition = partition.graph, paired, partition
        self._asked = None
        self._layouts = {}

    def rows(self, shape: tuple[int, ...]) -> Layout:
        return self.layout(shape)

    def join(self, *parts: jax.Array) -> jax.Array:
        return self.partition.blocks.join(parts)

    def split(self, whole: jax.Array) -> tuple[jax.Array, ...]:
        return self.partition.blocks.split(whole)

    def into(self, group: int, w: jax.Array, x: jax.Array) -> jax.Array:
        return self.split(self(w, x))[group]

    def _make(self, kind: str) -> Layout:
        return Partitioned(kind, self.partition)
