"""Callables that are registered in a population, and ask a terminal or a coupler what to give."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol

import brainstate
from brainstate.graph import Node

from gapjunction._typing import Value

if TYPE_CHECKING:
    from gapjunction.coupling._holder import Holder
    from gapjunction.coupling._terminal import Terminal

HOLDER = "gap_junction_clamp"
"""The key under which a population keeps the plugs of its clamps."""


def holder_of(host: brainstate.nn.Dynamics) -> Holder | None:
    """Return what holds cells of a population at a voltage; None if it has no clamps."""
    plug = (host.after_updates or {}).get(HOLDER)
    return None if plug is None else plug.source


def zero_where_held(host: brainstate.nn.Dynamics, x: Value | int) -> Any:
    """Return currents or changes of a population's cells, with 0 in those that are held."""
    holder = holder_of(host)
    # A plain 0 is what junctions give that were not called.
    if holder is None or holder.hold is None or isinstance(x, int):
        return x
    return holder.hold.silence(x)


class Copied:
    """Kept in the memo of a call of `copy.deepcopy` that has copied a junction and its cells."""


COPIED: weakref.WeakValueDictionary[str, Copied] = weakref.WeakValueDictionary()
"""Keys of the plugs of such junctions. An entry ends with the memo, and so with the call."""


class Source(Protocol):
    """Where a plug gets the current from: a :class:`Terminal`, or the coupler of a population."""

    host: Any
    junction: str

    def take(self, *args: Any) -> Any:
        """Return the current for one evaluation of the membrane equation."""

    def after(self) -> None:
        """Do what is left to do when the step is over."""


class CurrentPlug(Node):
    """What a population calls when it sums its current inputs.

    Parameters
    ----------
    terminal : Terminal or Coupler
        What to take the current from: anything with ``take()`` and a ``host``.
    host : Dynamics
        The population in which this plug is registered.
    """

    def __init__(self, terminal: Source, host: brainstate.nn.Dynamics) -> None:
        self.terminal = terminal
        self.host = host

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        # brainstate makes a clone attribute by attribute, without calling __init__. When both of
        # the attributes are there, the terminal of the clone learns which population it belongs to.
        if len(vars(self)) == 2:
            self.terminal.host = self.host
            if COPIED.pop(vars(self.terminal).get("key", ""), None) is not None:
                raise ValueError(
                    f"{self.terminal.junction} was copied with its populations, before a model "
                    f"that holds {type(self.host).__name__}: the copy of the model would have "
                    "other ones. Let copy.deepcopy copy the model first, as in (model, gap)."
                )

    def __call__(self, *args: Any) -> Any:
        if (holder := holder_of(self.host)) is not None:
            args = holder.at_stage(args)
        return zero_where_held(self.host, self.terminal.take(*args))

    def __repr__(self) -> str:
        return f"<current of {self.terminal.junction}>"


class AfterPlug(Node):
    """What a population calls when its step is over.

    Parameters
    ----------
    source : Terminal or Coupler
        What wants to know.
    """

    # brainstate marks by this attribute what does not get the value that the update returned.
    _not_receive_update_output = True

    def __init__(self, source: Source) -> None:
        self.source = source

    def __call__(self) -> None:
        self.source.after()

    def __repr__(self) -> str:
        return f"<end of the step for {self.source.junction}>"


class StepPlug(Node):
    """What a population calls when it sums its delta inputs, once per step."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def __call__(self, *args: Any) -> Any:
        return self.terminal.end_step()

    def __repr__(self) -> str:
        return f"<step end of {self.terminal.junction}>"
