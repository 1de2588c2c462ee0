"""Where the arrays of a run are: on one device, or spread over several."""

from __future__ import annotations

from collections.abc import Mapping

import brainstate
import jax
from jax.sharding import NamedSharding, PartitionSpec

from gapjunction.runs._states import RANDOM, Leaf


class Layout:
    """How the states of a model lie on devices, which does not change during a run.

    A compiled chunk may leave its results in another layout than that of its arguments. The next
    chunk would be compiled again for that layout, and the new code may round differently. A resumed
    run, which starts with the layout of its model, would then compute the same steps with other
    code than a run that was never stopped.

    Parameters
    ----------
    states : dict of str to State
        All states of the model. Those that are on one device are put on all devices that others are
        spread over, if any.
    """

    def __init__(self, states: Mapping[str, brainstate.State]) -> None:
        arrays = [a for state in states.values() for a in jax.tree.leaves(state.value)]
        several = next((found for found in map(_spread, arrays) if found is not None), None)
        if several is not None:
            whole = NamedSharding(several.mesh, PartitionSpec())
            for name, state in states.items():
                # The key of random numbers belongs to the process, where another model may have put
                # it on other devices.
                if name == RANDOM or all(map(_is_on_one, jax.tree.leaves(state.value))):
                    state.value = jax.device_put(state.value, whole)
        self._kept = [
            (state, jax.tree.map(lambda a: a.sharding, state.value)) for state in states.values()
        ]

    def keep(self) -> None:
        """Put all arrays back where they were."""
        for state, shardings in self._kept:
            moved = jax.tree.map(lambda a, s: a.sharding != s, state.value, shardings)
            if any(jax.tree.leaves(moved)):
                state.value = jax.tree.map(jax.device_put, state.value, shardings)


def describe_layout(leaves: Mapping[str, Leaf]) -> str:
    """Return over how many devices the axes of arrays are spread, as text."""
    found: set[str] = set()
    for leaf in leaves.values():
        sharding = _spread(leaf.array)
        if sharding is None:
            continue
        for axis, names in enumerate(sharding.spec):
            for name in names if isinstance(names, tuple) else (names,):
                if name is not None and sharding.mesh.shape[name] > 1:
                    found.add(f"axis {axis} over {sharding.mesh.shape[name]} devices")
    return ", ".join(sorted(found)) or "whole on each device"


def _spread(array: object) -> NamedSharding | None:
    """Return how an array lies on several devices, if it does."""
    sharding = array.sharding if isinstance(array, jax.Array) else None
    if isinstance(sharding, NamedSharding) and len(sharding.device_set) > 1:
        return sharding
    return None


def _is_on_one(array: jax.Array) -> bool:
    return len(array.sharding.device_set) == 1
