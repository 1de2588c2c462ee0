"""What :func:`gapjunction.shard` reads and changes of a junction to spread it over devices."""

from __future__ import annotations

from gapjunction.junctions._base import GapJunction
from gapjunction.kernels.partition import Hold, Place, same_everywhere


def is_in_parts(junction: GapJunction) -> bool:
    """Return whether an end of a junction is places of cells, and not a whole population."""
    return any(places is not None for places in junction._places)


def has_states(junction: GapJunction) -> bool:
    """Return whether a junction has a state, by its law or its rule."""
    return junction._stateful or bool(junction._component.states)


def weight_of(junction: GapJunction) -> tuple[int, ...]:
    """Return the shape that the conductances of a junction have in a step."""
    return junction._conductance_shape()


def knows_all_edges(junction: GapJunction) -> bool:
    """Return whether all processes have the same edges of a junction."""
    return same_everywhere(junction.edges.pre_ids, junction.edges.post_ids)


def spread(junction: GapJunction, place: Place, hold: Hold, shared: bool) -> None:
    """Spread the cells of a junction over devices, unless they are spread over these already.

    Parameters
    ----------
    junction : GapJunction
        The junction.
    place : Place
        The devices.
    hold : callable
        Keeps arrays: see :class:`gapjunction.kernels.partition.Partition`.
    shared : bool
        Whether each process knows all edges. Otherwise each knows those of its own cells.
    """
    now = junction._wiring.partition
    if now is None or now.place != place or now.shared != shared:
        junction._wiring = junction._wiring.over(place, hold, shared)


def goes_by_edges(junction: GapJunction) -> bool:
    """Return whether the currents of a junction are computed edge by edge."""
    return junction._by_edges
