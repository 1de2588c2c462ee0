"""How each state of a model is spread over devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import brainstate
import jax
import numpy as np
import saiunit as u
from jax.sharding import NamedSharding, PartitionSpec

from gapjunction.hosts import read_state
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._spread import goes_by_edges
from gapjunction.kernels.partition import Place


class Layout(NamedTuple):
    """Which shapes of a state's arrays are spread, and how many batch axes they may have."""

    sizes: tuple[tuple[int, ...], ...]
    batch: int

    def spec(self, shape: tuple[int, ...], place: Place) -> PartitionSpec:
        """Return how an array of this shape is spread."""
        for before in dict.fromkeys((self.batch, 0)):
            for size in self.sizes:
                if shape[before : before + len(size)] == size and not size[0] % place.n:
                    parts: list[str | None] = [None] * len(shape)
                    parts[before] = place.cells
                    if before and shape[0] % place.n_batch == 0:
                        parts[0] = place.batch
                    return PartitionSpec(*parts)
        return PartitionSpec()


def batch_of(host: brainstate.nn.Dynamics, state: str) -> tuple[int, ...]:
    """Return the batch dimensions of a population."""
    shape = tuple(u.math.shape(read_state("model", host, state)))
    return shape[: len(shape) - len(host.out_size)]


def layouts_of(
    model: brainstate.nn.Module, junctions: Sequence[GapJunction], place: Place
) -> Iterator[tuple[brainstate.State, Layout]]:
    """Yield each state of a model once, with the way in which it is spread.

    Parameters
    ----------
    model : Module
        The model.
    junctions : sequence of GapJunction
        Its junctions, which may couple populations outside of the model.
    place : Place
        The devices.
    """
    found: dict[int, tuple[brainstate.State, Layout]] = {}

    def note(states: Mapping[Any, brainstate.State], layout: Layout) -> None:
        for state in states.values():
            found.setdefault(id(state), (state, layout))

    for junction in junctions:
        ends = ((junction.pre, junction.pre_state), (junction.post, junction.post_state))
        batch = len(batch_of(*ends[0]))
        sizes = tuple(tuple(host.out_size) for host, _ in ends)
        # Each device uses all of a weight, unless currents are computed edge by edge.
        each = (junction.edges.n_edges,)
        trained = junction.states(brainstate.ParamState)
        if isinstance(junction.weight, brainstate.State):
            trained = {**trained, "weight": junction.weight}
        note(trained, Layout((each,) if goes_by_edges(junction) else (), 0))
        note(junction.states(), Layout((each, *sizes), batch))
        for host, state in ends:
            note(host.states(), Layout((tuple(host.out_size),), len(batch_of(host, state))))
    for node in model.nodes(brainstate.nn.Dynamics).values():
        if isinstance(getattr(node, "out_size", None), tuple):
            note(node.states(), Layout((tuple(node.out_size),), 1 if place.batch else 0))
    note(model.states(), Layout((), 0))
    yield from found.values()


def put(value: Any, layout: Layout, place: Place) -> Any:
    """Return the value of a state with its arrays spread."""

    def one(array: Any) -> Any:
        sharding = NamedSharding(place.mesh, layout.spec(tuple(np.shape(array)), place))
        if jax.process_count() == 1 or not getattr(array, "is_fully_addressable", True):
            return jax.device_put(array, sharding)
        # Each process takes its own part of the same array.
        whole = np.asarray(array)
        return jax.make_array_from_callback(whole.shape, sharding, lambda index: whole[index])

    return jax.tree.map(one, value)
