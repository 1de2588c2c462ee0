"""The states of a population by name, and the unit of its voltage."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import value_of
from gapjunction._typing import Population
from gapjunction.hosts._braincell import is_cell, is_view, too_old
from gapjunction.hosts._part import Part

# The types that a parameter of a host may have.
NUMBERS: Final = (u.Quantity, np.ndarray, np.number, jax.Array, float, int)


def check_population(name: str, host: object) -> Population:
    """Return ``host`` if it is a population of neurons that takes current inputs."""
    if is_cell(host) or is_view(host):
        raise TypeError(
            f"{name} must be places of multi-compartment cells, "
            f"{too_old() or 'made by gapjunction.sites(cell, ...)'}; got {type(host).__name__} "
            "itself."
        )
    if not isinstance(host, brainstate.nn.Dynamics):
        raise TypeError(
            f"{name} must be a neuron population (a brainstate.nn.Dynamics), got {describe(host)}."
        )
    if not isinstance(host, Population):
        raise TypeError(
            f"{name} must take current inputs, as the neurons of brainpy.state and braincell do; "
            f"{type(host).__name__} has no add_current_input()."
        )
    return host


def read_state(name: str, host: Population, state: str) -> Any:
    """Return the value of ``host``'s state called ``state``.

    Raises
    ------
    ValueError
        If the host has no such state. Where the host has no states at all yet, the message says
        to call ``init_state()``.
    """
    if isinstance(host, Part):
        return host.read(state)
    found = getattr(host, state, None)
    if isinstance(found, brainstate.State):
        return found.value
    kind = type(host).__name__
    own = _own_states(host)
    if not own:
        raise ValueError(
            f"{name} ({kind}) has no state {state!r} yet: call its init_state(), or "
            f"brainstate.nn.init_all_states(model), before the junction's update()."
        )
    if found is not None:
        raise ValueError(
            f"{name}_state must name a State of {kind}; {state!r} is {describe(found)}. "
            f"Its states are {own}."
        )
    near = difflib.get_close_matches(state, own, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"{name}_state must name a state of {kind}, one of {own}; got {state!r}.{hint}"
    )


def _own_states(host: Population) -> list[str]:
    """Return the names of a population's states, without private ones."""
    states = [key for key, item in vars(host).items() if isinstance(item, brainstate.State)]
    return [name for name in states if not name.startswith("_")]


def find_state(name: str, host: Population, path: str) -> brainstate.State:
    """Return a state of a population, or of a part of the population.

    Each name in ``path``, between its dots, is an attribute of what comes before it, or the key
    of an entry if that is a mapping: ``'pools.ca.C'``.

    Raises
    ------
    ValueError
        If there is no such state.
    """
    found: Any = host
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
    if not isinstance(found, brainstate.State):
        own = _own_states(host)
        raise ValueError(
            f"{name} reads {path!r}, which must be a State of {type(host).__name__}, "
            f"{'one of ' + str(own) if own else 'which has none yet: call its init_state()'}; "
            f"got {describe(found)}."
        )
    return found


def read_named(name: str, host: Population, path: str) -> Any:
    """Return the value of a state of a population; see :func:`find_state`.

    For a part of a population, a state of the owner is read. If it has a value for each unit of the
    owner, the values at the units of the part are returned.
    """
    if not isinstance(host, Part):
        return find_state(name, host, path).value
    value = find_state(name, host.owner, path).value
    units, shape = tuple(host.owner.out_size), tuple(u.math.shape(value))
    return host.gather(value) if shape[len(shape) - len(units) :] == units else value


def parameter_of(host: Population, name: str) -> Any:
    """Return a population's parameter, as its value if it can be trained; None if it has none."""
    return value_of(getattr(host, name, None))


def voltage_unit(host: Population, state: str) -> u.Unit | None:
    """Return the unit of the host's voltage ``state``; None where it cannot be told.

    Junctions check units when they are made, and states exist only after ``init_state()``: until
    then the unit is that of the host's threshold, resting or reset voltage.
    """
    if isinstance(host, Part):
        return voltage_unit(host.owner, state)
    found = getattr(host, state, None)
    if isinstance(found, brainstate.State):
        return u.get_unit(found.value)
    if state == "V":
        # Every neuron of brainpy.state and braincell has at least one of these attributes, and it
        # is in the unit of V.
        for name in ("V_th", "V_rest", "V_reset"):
            level = parameter_of(host, name)
            if isinstance(level, NUMBERS):
                return u.get_unit(level)
    return None


def is_initialised(host: Population, state: str) -> bool:
    """Return whether a population already has a state of this name."""
    owner = host.owner if isinstance(host, Part) else host
    return isinstance(getattr(owner, state, None), brainstate.State)


def spike_threshold(host: Population) -> Any:
    """Return a host's threshold ``V_th``.

    Raises
    ------
    ValueError
        If the host has no ``V_th``.
    """
    level = parameter_of(host, "V_th")
    if level is None:
        raise ValueError(
            f"threshold must be given: {type(host).__name__} has no V_th, whose crossings would be "
            "its spikes."
        )
    return level
