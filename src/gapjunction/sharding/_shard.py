"""Laying a model out over several devices."""

from __future__ import annotations

from typing import Any, TypeVar

import brainstate
import jax
import numpy as np
from jax.sharding import Mesh

from gapjunction._checks import describe
from gapjunction.hosts import is_initialised
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._spread import (
    has_states,
    is_in_parts,
    knows_all_edges,
    spread,
    weight_of,
)
from gapjunction.kernels.partition import Arrays, Place
from gapjunction.sharding._states import batch_of, layouts_of, put

Model = TypeVar("Model", bound=brainstate.nn.Module)


class Table(brainstate.State):
    """Arrays that say which cells are coupled; they never change.

    As a State they become arguments of compiled functions. The State is not an attribute of a
    module, so that it is not saved with the states of a model.
    """


def shard(
    model: Model, mesh: Mesh, axis: str | None = "cells", batch_axis: str | None = None
) -> Model:
    """Lay a model out over several devices: by cells, by the members of a batch, or both.

    The model is changed in place; the code that runs it stays as it is. Each population, with its
    voltages, gates and all other states, is cut into equal blocks, and device d has the d-th of
    them. For each junction a device sums the currents into its own cells, and receives only the
    voltages of cells that they are coupled to. Members of a batch are independent trials, which
    exchange nothing.

    The order of cells does not change, and decides how much is exchanged: see
    :func:`gapjunction.exchange` and :func:`gapjunction.connectivity.partition`.

    Parameters
    ----------
    model : Module
        The model with its junctions, initialised. Call this again after ``init_all_states`` or
        ``reset_all_states``, which make states anew on one device.
    mesh : jax.sharding.Mesh
        The devices: ``jax.sharding.Mesh(jax.devices(), ('cells',))``.
    axis : str or None, default 'cells'
        The axis of the mesh that cells are spread over. None leaves all cells on each device.
    batch_axis : str, optional
        The axis of the mesh that the members of a batch are spread over: the first axis of all
        states.

    Returns
    -------
    Module
        The model.

    Raises
    ------
    TypeError
        If ``model`` is not a Module, or ``mesh`` is not a Mesh.
    ValueError
        If the mesh has no such axis, or no device of this process; the model has no junctions of
        this library or is not initialised; the first axis of a coupled population, or the batch,
        cannot be divided among the devices; a junction couples places on dendrites; or processes
        have different edges of a junction that has states, or a conductance for each edge. The
        model is not changed then.

    Notes
    -----
    Each device has all conductances of edges. States of edges are spread in consecutive blocks if
    their number can be divided, and otherwise each device has all of them; the currents of such
    junctions, and of laws that follow the voltages without delay, are exchanged as well.

    Several processes that ``jax.distributed.initialize`` has joined run the same program. Each
    may make a junction with those edges alone that touch its own cells.

    Examples
    --------
    >>> import brainstate, brainpy, jax, saiunit as u
    >>> import gapjunction as gj
    >>> class Net(brainstate.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.cells = brainpy.state.HH(16)
    ...         self.gap = gj.SymmetryGapJunction(
    ...             self.cells, 'V', gj.connectivity.ring(), 0.1 * u.mS)
    ...     def update(self, x):
    ...         self.gap()
    ...         return self.cells(x)
    >>> net = brainstate.nn.init_all_states(Net())
    >>> net = gj.shard(net, jax.sharding.Mesh(jax.devices()[:1], ('cells',)))
    >>> net.gap.layout
    'partitioned'
    >>> tuple(net.cells.V.value.mantissa.sharding.spec)
    ('cells',)
    """
    place = _place(model, mesh, axis, batch_axis)
    junctions = list(model.nodes(GapJunction).values())
    if not junctions:
        raise ValueError(f"model must have junctions of this library, got {describe(model)}.")
    for junction in junctions:
        _check(junction, place)
    shared = [knows_all_edges(junction) for junction in junctions]
    for junction, alike in zip(junctions, shared, strict=True):
        if not alike and (has_states(junction) or weight_of(junction) not in ((), (1,))):
            raise ValueError(
                f"{junction._label} must have one conductance for all edges, and no states, where "
                "processes have different edges."
            )
    for junction, alike in zip(junctions, shared, strict=True):
        spread(junction, place, _hold, alike)
    for state, layout in layouts_of(model, junctions, place):
        state.value = put(state.value, layout, place)
    return model


def _hold(arrays: Arrays) -> Any:
    """Return a function that returns arrays, which are kept as arguments of compiled functions."""
    table = Table(arrays)
    return lambda: table.value


def _place(model: object, mesh: object, axis: object, batch_axis: object) -> Place:
    """Return where the model goes, after checking the arguments."""
    if not isinstance(model, brainstate.nn.Module):
        raise TypeError(f"model must be a brainstate.nn.Module, got {describe(model)}.")
    if not isinstance(mesh, Mesh):
        raise TypeError(f"mesh must be a jax.sharding.Mesh, got {describe(mesh)}.")
    names = mesh.axis_names
    for name, value in (("axis", axis), ("batch_axis", batch_axis)):
        if value is not None and value not in names:
            raise ValueError(f"{name} must be one of the mesh's axes {names}, got {value!r}.")
    if axis == batch_axis:
        raise ValueError(
            f"axis and batch_axis must differ, and not both be None; got {axis!r} for both."
        )
    if not mesh.local_devices:
        raise ValueError(
            f"mesh must have devices of every process, got none of process {jax.process_index()}."
        )
    # The axes of the mesh may be explicit ones, for which JAX demands a layout of the result of
    # each operation. A mesh made like this has automatic ones, for which XLA chooses the layouts.
    plain = Mesh(np.asarray(mesh.devices), names)
    return Place(
        plain,
        None if axis is None else str(axis),
        None if batch_axis is None else str(batch_axis),
    )


def _check(junction: GapJunction, place: Place) -> None:
    """Raise an error if a junction cannot be spread over devices."""
    label = junction._label
    if is_in_parts(junction):
        raise ValueError(
            f"{label} couples places on dendrites or a part of a population, which gj.shard does "
            "not spread over devices: leave such a model on one."
        )
    ends = {"pre": (junction.pre, junction.pre_state), "post": (junction.post, junction.post_state)}
    for end, (host, state) in ends.items():
        kind, size = type(host).__name__, tuple(host.out_size)
        if not is_initialised(host, state):
            raise ValueError(
                f"model must be initialised: call brainstate.nn.init_all_states(model) first; "
                f"{end} of {label}, {kind}, has no state {state!r} yet."
            )
        if size[0] % place.n:
            raise ValueError(
                f"the first axis of {end} of {label}, {kind} of shape {size}, must be a multiple "
                f"of the {place.n} devices of axis {place.cells!r}: JAX has equal blocks on all "
                "devices. Take another number of devices, or add cells that are not coupled."
            )
        batch = batch_of(host, state)
        if place.batch is not None and (not batch or batch[0] % place.n_batch):
            raise ValueError(
                f"the batch of {end} of {label} must be a multiple of the {place.n_batch} devices "
                f"of batch_axis {place.batch!r}, got the batch dimensions {batch}."
            )
