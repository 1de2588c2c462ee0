r"""The one object through which a population deals with all its junctions and clamps.

Whatever their number, a population has one :class:`Port`. It is registered in the population in
three places, and once more for the current of each junction end::

    population --- BeforePlug    before its update
              |--- CurrentPlug   in its current inputs, one for each end of a junction
              |--- DeltaPlug     in its delta inputs
              \--- AfterPlug     after its update

The port passes what it is told on to its three parts:

- :class:`Deposits`, the currents that explicit junctions have left for the step;
- :class:`Coupler`, which solves for the currents of implicit junctions;
- :class:`Holder`, which holds cells at the voltage of a clamp.

A port is a graph node of brainstate: a clone of a model gets ports of its own. It holds no
reference that brainstate could follow to the population, so that the states of a model keep the
paths that they have without junctions.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Final

import brainstate
from brainstate.graph import Node

from gapjunction._typing import Value
from gapjunction.coupling._coupler import Coupler
from gapjunction.coupling._deposits import Deposits
from gapjunction.coupling._holder import CLAMP, HELD, Holder
from gapjunction.coupling._pickling import check_host
from gapjunction.coupling._plugs import AfterPlug, BeforePlug, CurrentPlug, DeltaPlug
from gapjunction.hosts import Part, Places, Sites, describe, prepare

KEY: Final = "gap_junctions"
"""The key under which a population keeps the plugs of its port."""


@dataclasses.dataclass(frozen=True)
class Parts:
    """What a port consists of; a clone gets new ones."""

    deposits: Deposits
    holder: Holder
    coupler: Coupler


class Port(Node):
    """What a population and its junctions share.

    Parameters
    ----------
    host : Dynamics
        The population.

    Attributes
    ----------
    held : str or None
        Name of the state that clamps hold; None if there are no clamps.
    passive : bool
        Whether the population is being stepped on trial.
    called : bool
        Whether the population itself was called for the step that it is in.
    """

    graph_invisible_attrs = ("_parts", "_shown", "called", "host", "passive")

    # Attributes that are invisible to brainstate's graph are not copied when a model is cloned. A
    # clone starts with the values of the class; its plug then tells the port its host.
    host: Any = None
    passive: bool = False
    called: bool = False
    _shown: dict[Any, Part] | None = None
    _parts: Parts | None = None

    def __init__(self, host: brainstate.nn.Dynamics) -> None:
        self.host = host
        self.held: str | None = None

    def __getstate__(self) -> dict[str, Any]:
        # As in a clone, the parts are left out: deposits hold functions, which cannot be pickled,
        # and belong to a step of the original.
        plugs = (self.host.current_inputs or {}).values()
        users = [plug.junction for plug in plugs if isinstance(plug, CurrentPlug)]
        check_host(self.host, users[0])
        return {"host": self.host, "held": self.held}

    @staticmethod
    def at(host: brainstate.nn.Dynamics) -> Port | None:
        """Return the port of a population; None if it has none."""
        plug = (host.before_updates or {}).get(KEY)
        port = plug.port if isinstance(plug, BeforePlug) else None
        return port if isinstance(port, Port) else None

    @classmethod
    def of(cls, host: brainstate.nn.Dynamics) -> Port:
        """Return the port of a population, made and registered if there is none yet."""
        if (found := cls.at(host)) is not None:
            return found
        port = cls(host)
        prepare(host)
        host.add_before_update(KEY, BeforePlug(port, host))
        host.add_delta_input(KEY, DeltaPlug(port))
        host.add_after_update(KEY, AfterPlug(port))
        # This is called before all others, so that functions that read voltages after the update
        # find those of held cells.
        afters = host.after_updates
        others = {key: afters.pop(key) for key in list(afters) if key != KEY}
        afters.update(others)
        return port

    def end(self, places: Places | None) -> Any:
        """Return what a junction shows as its population: the host, or places of it."""
        if places is None:
            return self.host
        shown = self._shown = {} if self._shown is None else self._shown
        if places not in shown:
            shown[places] = Sites(self.host, places)
        return shown[places]

    def show(self, sites: Sites) -> None:
        """Remember places of the host as the object that a junction was given."""
        self._shown = {**(self._shown or {}), sites.places: sites}

    @property
    def parts(self) -> Parts:
        """Deposits, holder and coupler."""
        if self._parts is None:
            deposits = Deposits(self)
            holder = Holder(self, deposits)
            self._parts = Parts(deposits, holder, Coupler(self, KEY, deposits, holder))
        return self._parts

    def connect(self, key: str, junction: str) -> None:
        """Register one end of a junction under a key, once and for all steps."""
        self.host.add_current_input(key, CurrentPlug(self, key, junction))

    def connect_clamp(self, state: str) -> None:
        """Register that clamps hold a state.

        Raises
        ------
        ValueError
            If other clamps hold another state.
        """
        if self.held is None:
            self.held = state
            self.connect(HELD, CLAMP)
        if self.held != state:
            raise ValueError(
                f"state must be {self.held!r}, which another clamp of {type(self.host).__name__} "
                f"holds; got {state!r}."
            )

    # The plugs call the methods from here on.

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Find the currents for the update that follows, if they are to be solved for."""
        self.called = True
        self.parts.holder.before()
        self.parts.coupler.before(args, kwargs)

    def take(self, key: str, args: tuple[Any, ...]) -> Any:
        """Return the current of one junction for one evaluation of the membrane equation.

        The currents that are solved together with the step are handed over as one sum, by the plug
        of the first of their junctions.
        """
        parts = self.parts
        parts.holder.check_called()
        if not self.called and describe(self.host).by_call:
            kind, what = type(self.host).__name__, "clamps" if key == HELD else "gap junctions"
            raise ValueError(
                f"{kind} has {what}, and steps without them in {kind}.run(), in a Network, "
                f"and where its update() is called: step it by a call of the {kind} itself, "
                "junctions first, as in gap(); cells()."
            )
        current = parts.deposits.take(key, parts.holder.at_stage(args))
        if key == parts.coupler.key:
            current = _sum(current, parts.coupler.take())
        return parts.holder.silence(current)

    def kick(self) -> Any:
        """Return the jump of the voltage that junctions give in this step; 0 if they give none."""
        return functools.reduce(_sum, self.parts.deposits.kicks(), 0)

    def after(self) -> None:
        """Put held cells back, and forget the step that is over."""
        self.parts.holder.after()
        self.called = self.called and self.passive
        self.parts.deposits.after()
        self.parts.coupler.after()


def _sum(a: Value | int, b: Value | int) -> Any:
    # A junction without current gives a plain 0, which saiunit does not add to a quantity.
    return a if isinstance(b, int) else b if isinstance(a, int) else a + b


def zero_where_held(host: brainstate.nn.Dynamics, x: Value | int) -> Any:
    """Return currents or changes of a population's cells, with 0 for those that are held."""
    port = Port.at(host)
    return x if port is None else port.parts.holder.silence(x)
