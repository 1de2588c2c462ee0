"""Callables that are registered in a population, and tell its port which phase a step has reached.

They are graph nodes of brainstate. A plain function would be shared between a model and its deep
copy, so that the copy would put current into the cells of the original. A Module would add its
states to those of the population that it is registered in. A node without states does neither.
"""

from __future__ import annotations

import weakref
from typing import Any, Protocol

import brainstate
from brainstate.graph import Node

from gapjunction.coupling._pickling import reserve


class Copied:
    """A mark in the memo of a call of `copy.deepcopy` that has copied a junction and its cells."""


COPIED: weakref.WeakValueDictionary[str, Copied] = weakref.WeakValueDictionary()
"""Such marks, by the keys of the junctions' plugs. A mark lives until the call is over."""


class Phases(Protocol):
    """What a step of a population goes through: a :class:`Port` answers to it."""

    host: Any

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Prepare the update that follows."""

    def take(self, key: str, args: tuple[Any, ...]) -> Any:
        """Return a current for one evaluation of the membrane equation."""

    def kick(self) -> Any:
        """Return the jump of the voltage in this step."""

    def after(self) -> None:
        """Do what is left to do when the step is over."""


class BeforePlug(Node):
    """What a population calls before its update, with the update's arguments.

    Parameters
    ----------
    port : Port
        What is told of the step.
    host : Dynamics
        The population in which this plug is registered.
    """

    # brainstate passes the arguments of the update to callables that have this attribute.
    _receive_update_input = True

    def __init__(self, port: Phases, host: brainstate.nn.Dynamics) -> None:
        self.port = port
        self.host = host

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        # brainstate makes a clone attribute by attribute, without calling __init__. When both of
        # the attributes are there, the port of the clone learns which population it belongs to.
        if len(vars(self)) == 2:
            self.port.host = self.host

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.port.before(args, kwargs)

    def __repr__(self) -> str:
        return "<start of the step for gap junctions>"


class CurrentPlug(Node):
    """What a population calls for the current of one junction when it sums its current inputs.

    Each junction has one of its own, so that currents are summed in the order in which junctions
    and other inputs were registered, as in `brainpy.state`.

    Parameters
    ----------
    port : Port
        The port of the population.
    key : str
        The key of this plug in the population, by which the port knows the junction.
    junction : str
        The junction's name, for messages.
    """

    def __init__(self, port: Phases, key: str, junction: str) -> None:
        self.port = port
        self.key = key
        self.junction = junction

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        # When all three attributes are there, the plug of a clone knows its key and its host.
        if len(vars(self)) == 3 and COPIED.pop(self.key, None) is not None:
            kind = type(self.port.host).__name__
            raise ValueError(
                f"{self.junction} was copied with its populations, before a model that holds "
                f"{kind}: the copy of the model would have other ones. Let copy.deepcopy copy the "
                "model first, as in (model, gap)."
            )

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__dict__.update(saved)
        # Each process numbers keys from the start: without this, a junction that is made later
        # could get the same key.
        reserve(self.key)

    def __call__(self, *args: Any) -> Any:
        return self.port.take(self.key, args)

    def __repr__(self) -> str:
        return f"<current of {self.junction}>"


class DeltaPlug(Node):
    """What a population calls when it sums its delta inputs, once per step."""

    def __init__(self, port: Phases) -> None:
        self.port = port

    def __call__(self, *args: Any) -> Any:
        return self.port.kick()

    def __repr__(self) -> str:
        return "<jumps of gap junctions>"


class AfterPlug(Node):
    """What a population calls when its update is over."""

    # brainstate does not pass the value that the update returned to callables that have this
    # attribute.
    _not_receive_update_output = True

    def __init__(self, port: Phases) -> None:
        self.port = port

    def __call__(self) -> None:
        self.port.after()

    def __repr__(self) -> str:
        return "<end of the step for gap junctions>"
