"""Where arrays lie: a mesh of devices, and which of its axes cells and batches are spread over."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec


@dataclasses.dataclass(frozen=True)
class Place:
    """A mesh of devices.

    Parameters
    ----------
    mesh : jax.sharding.Mesh
        The devices; its axes are those that XLA handles by itself (``AxisType.Auto``).
    cells : str or None
        The axis over which cells are spread; None if each device has all cells.
    batch : str or None
        The axis over which the members of a batch are spread.
    """

    mesh: Mesh
    cells: str | None
    batch: str | None

    @property
    def n(self) -> int:
        """The number of blocks of cells."""
        return 1 if self.cells is None else int(self.mesh.shape[self.cells])

    @property
    def n_batch(self) -> int:
        """The number of parts of a batch."""
        return 1 if self.batch is None else int(self.mesh.shape[self.batch])

    @property
    def blocks(self) -> list[int]:
        """The numbers of those blocks that this process computes."""
        if self.cells is None:
            return [0]
        here = jax.process_index()
        axis = self.mesh.axis_names.index(self.cells)
        by_block = np.moveaxis(self.mesh.devices, axis, 0).reshape(self.n, -1)
        return [d for d, own in enumerate(by_block) if any(x.process_index == here for x in own)]

    def spec(self, shape: tuple[int, ...], cells: int = -1) -> PartitionSpec:
        """Return how an array is spread: its axis ``cells`` over cells, the first over a batch.

        A batch that cannot be divided is not spread.
        """
        parts: list[str | None] = [None] * len(shape)
        at = cells % len(shape)
        parts[at] = self.cells
        if at > 0 and self.batch is not None and shape[0] % self.n_batch == 0:
            parts[0] = self.batch
        return PartitionSpec(*parts)

    def put(self, own: dict[int, np.ndarray]) -> jax.Array:
        """Return one array, made of the arrays of all blocks, which have one shape, in order.

        Parameters
        ----------
        own : dict
            The arrays of the blocks that this process computes.
        """
        first = next(iter(own.values()))
        length, shape = len(first), (len(first) * self.n, *first.shape[1:])
        sharding = NamedSharding(self.mesh, PartitionSpec(self.cells))

        def part(index: tuple[slice, ...] | None) -> np.ndarray:
            begin = 0 if index is None else index[0].start or 0
            return own[begin // length if length else min(own)]

        return jax.make_array_from_callback(shape, sharding, part)

    def call(
        self,
        function: Callable[..., tuple[jax.Array, ...]],
        whole: Sequence[jax.Array],
        spread: Sequence[jax.Array],
        tables: Sequence[jax.Array],
        shapes: Sequence[tuple[int, ...]],
    ) -> tuple[jax.Array, ...]:
        """Call a function on each device with the device's parts of arrays.

        Parameters
        ----------
        function : callable
            Called with the parts, in the order of the parameters; returns a tuple of arrays.
        whole : sequence of arrays
            Arrays that each device gets whole.
        spread : sequence of arrays, shape (*batch, n)
            Values of cells or of edges.
        tables : sequence of arrays
            Arrays that :meth:`put` has returned.
        shapes : sequence of tuple of int
            The shapes of the results, which are spread like values of cells.
        """
        found: tuple[jax.Array, ...] = jax.shard_map(
            function,
            mesh=self.mesh,
            in_specs=(
                *[PartitionSpec()] * len(whole),
                *[self.spec(x.shape) for x in spread],
                *[PartitionSpec(self.cells)] * len(tables),
            ),
            out_specs=tuple(self.spec(shape) for shape in shapes),
            check_vma=False,
        )(*whole, *spread, *tables)
        return found


def largest(numbers: Sequence[int]) -> list[int]:
    """Return the maximum of each number over all processes, whose lists have the same length."""
    return [int(x) for x in everywhere(np.asarray(numbers, np.int64)).max(axis=0)]


def everywhere(numbers: np.ndarray) -> np.ndarray:
    """Return the arrays of all processes, which have one shape, stacked; numbers become int32."""
    if jax.process_count() == 1:
        return numbers[None]
    # JAX has integers of 32 bits unless jax_enable_x64 is set.
    return np.asarray(multihost_utils.process_allgather(numbers.astype(np.int32)))


def same_everywhere(*arrays: np.ndarray) -> bool:
    """Return whether all processes have the same arrays."""
    if jax.process_count() == 1:
        return True
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(x).tobytes() for x in arrays)).digest()
    found = everywhere(np.frombuffer(digest, np.uint8))
    return bool((found == found[0]).all())


def needs_of_all(own: dict[int, np.ndarray], n: int) -> list[np.ndarray]:
    """Return the lists of numbers of all ``n`` blocks; each process gives those of its own."""
    if jax.process_count() == 1:
        return [own[d] for d in range(n)]
    (most,) = largest([max(map(len, own.values()))])
    table = np.full((n, most), -1, np.int32)
    for d, ids in own.items():
        table[d, : len(ids)] = ids
    whole = everywhere(table).max(axis=0)
    return [row[row >= 0] for row in whole]
