"""How a junction hands its current to the two populations that it couples.

At each ``update()`` a junction makes an :class:`gapjunction.coupling.Instant`: its conductances and
the states of its law are fixed, and its currents are functions of the voltages alone. The coupling
mode decides in which form these currents are handed to the coming step of the populations.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable
from typing import Any

import brainpy.state
import brainstate
import numpy as np
import saiunit as u
from brainstate.util import get_unique_name

from gapjunction._typing import Value
from gapjunction.connectivity import Edges
from gapjunction.coupling import (
    MODES,
    Currents,
    Impulse,
    Inlet,
    Instant,
    Mode,
    Port,
    Update,
    saved_junction,
)
from gapjunction.hosts import Part, Places, Sites, owner_of, places_of
from gapjunction.junctions._copies import copy_with_hosts
from gapjunction.junctions._per import Divisors
from gapjunction.kernels import Laplacian


class Delivery(brainpy.state.Projection):
    """Two populations, and the current that they are given at each step.

    A subclass defines the current as a function of the voltages.
    """

    edges: Edges
    coupling: str
    mode: Mode
    """How the current enters the step: :attr:`coupling` is its name."""
    pre_state: str
    post_state: str
    per: Divisors
    """Divisors of the current into pre and of the current into post; None where there is none."""
    symmetric: bool
    pre_last: brainstate.State
    post_last: brainstate.State

    @property
    def pre(self) -> Any:
        """The population that edges start at."""
        return self._host(self._pre_port, self._places[0])

    @property
    def post(self) -> Any:
        """The population that edges end at."""
        return self._host(self._post_port, self._places[1])

    @property
    def pre_ids(self) -> np.ndarray:
        """Flat id of each edge's cell in pre, shape ``(n_edges,)``."""
        return self.edges.pre_ids

    @property
    def post_ids(self) -> np.ndarray:
        """Flat id of each edge's cell in post, shape ``(n_edges,)``."""
        return self.edges.post_ids

    def update(self, *args: Any, **kwargs: Any) -> Any:
        """Put this step's current into both populations.

        Call it before the populations step. Arguments are ignored, as in `brainpy.state`.

        If the law has a state, it is first advanced by one step, to the middle of the step that
        follows. The present voltages, which drive it, are then in the middle of the state's own
        step, which makes it accurate to second order. The gates and the voltage of a
        ``'staggered'`` neuron are staggered in the same way.

        Returns
        -------
        Quantity or array
            Minus the current into pre at the present voltages, shape of V_pre, in the unit of V_pre
            times the unit of ``weight``. It is not divided by ``per``. In a ``'semi_implicit'`` or
            ``'implicit'`` step pre receives another current, at voltages that are known only within
            its step.

        Raises
        ------
        ValueError
            If a state is missing (populations not initialised), the populations have different
            batch dimensions, or they have stepped before in the same traced function.
        """
        for port, key in zip(self._ports, self._keys, strict=True):
            port.parts.deposits.check_order(key, self._label)
        self._advance()
        v_pre, v_post, conductance = self._read()
        flow = self._flow(v_pre, v_post, conductance)
        # A merged flow does not contain the current into pre by itself, so that it is computed
        # separately. Within transformed functions this costs nothing if the caller does not use it,
        # because XLA then drops it.
        leaving = -(self._currents(v_pre, v_post, conductance) if self._merged else flow).pre
        self.mode.leave(self._instant(v_pre, v_post, conductance, flow))
        if self.mode.remembers:
            for state, value in zip(self._memory(), (v_pre, v_post), strict=True):
                state.value = value
        return leaving

    def current(self) -> Any:
        """Return minus the current into pre at the present voltages; nothing is put anywhere.

        Unlike :meth:`update`, it does not advance the state of a law.

        Returns
        -------
        Quantity or array
            Minus the current that pre would receive, shape of V_pre, in the unit of V_pre times the
            unit of ``weight``. It is not divided by ``per``.
        """
        return -self.currents().pre

    def currents(self) -> Currents:
        """Return the currents into both populations at their present voltages.

        Nothing is put into the populations. In a step, a population that is coupled to itself
        receives the sum of the two.

        Returns
        -------
        Currents
            Named pair ``(pre, post)``, inward-positive, both in the unit of V_pre times the unit of
            ``weight``. They are not divided by ``per``: where charge is conserved, the sums over
            all cells of pre and over all cells of post cancel.
        """
        return self._currents(*self._read())

    @property
    @abc.abstractmethod
    def _merged(self) -> bool:
        """Whether :meth:`_flow` returns the sum of the currents into both ends in ``post``."""

    @property
    @abc.abstractmethod
    def _spread(self) -> bool:
        """Whether the cells are spread over devices."""

    @property
    @abc.abstractmethod
    def _instantaneous(self) -> bool:
        """Whether conductances follow the voltages at once, also within a step."""

    @abc.abstractmethod
    def _advance(self) -> None:
        """Advance all states that conductances depend on by one step."""

    @abc.abstractmethod
    def _impulses(self, conductance: Value) -> tuple[Impulse, Impulse]:
        """Return the impulses into pre and into post in this step."""

    @abc.abstractmethod
    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance.

        All three are read at each update, because users may assign to states and parameters. A law
        that follows the voltages at once is not in the conductance.
        """

    @abc.abstractmethod
    def _voltages(self) -> tuple[Any, Any]:
        """Return V_pre and V_post."""

    @abc.abstractmethod
    def _flow(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents to put into the populations, computed in the fastest way."""

    @abc.abstractmethod
    def _into(self, end: int, v_pre: Value, v_post: Value, conductance: Value) -> Any:
        """Return the current of :meth:`_flow` into pre (``end`` is 0) or into post (1) alone."""

    @abc.abstractmethod
    def _currents(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents into the two ends separately, also within one population."""

    @abc.abstractmethod
    def _network(self, conductance: Value) -> tuple[Laplacian, Value] | None:
        """Return the operator and its conductances, for an ohmic junction within one population."""

    @abc.abstractmethod
    def _linearised(
        self, v_pre: Value, v_post: Value, conductance: Value
    ) -> Callable[..., Currents]:
        """Return the currents of an instantaneous law as a linear function of the voltages.

        Both voltages are in one unit.
        """

    def _instant(self, v_pre: Value, v_post: Value, conductance: Value, now: Currents) -> Instant:
        """Return this junction as it is now, for its coupling mode.

        Parameters
        ----------
        v_pre, v_post, conductance : Quantity or array
            What :meth:`_read` has returned.
        now : Currents
            :meth:`_flow` of these.
        """

        def at(law: Callable[..., Currents]) -> Callable[[Value, Value], Currents]:
            return lambda a, b: law(a, b, conductance)

        def tangent(a: Value, b: Value) -> tuple[Callable[..., Currents], Callable[..., Currents]]:
            if not self._instantaneous:
                # The current is linear in the voltages already.
                return at(self._flow), at(self._currents)
            linearised = at(self._linearised(a, b, conductance))
            return linearised, linearised

        before = None
        if self.mode.remembers:
            before = (
                _known(self._memory()[0].value, v_pre),
                _known(self._memory()[1].value, v_post),
            )
        return Instant(
            name=self._label,
            ports=self._ports,
            keys=self._keys,
            states=(self.pre_state, self.post_state),
            voltages=(v_pre, v_post),
            before=before,
            now=now,
            flow=at(self._flow),
            into=lambda end, a, b: self._into(end, a, b, conductance),
            tangent=tangent,
            network=self._network(conductance),
            within=self.pre is self.post and self.pre_state == self.post_state,
            symmetric=self.symmetric,
            inlets=self._inlets(),
            impulses=self._impulses(conductance),
            update=Update(),
            spread=self._spread,
        )

    def _inlets(self) -> tuple[Inlet, Inlet]:
        edges, hosts = self.edges, [port.host for port in self._ports]
        parts = [end if isinstance(end, Part) else None for end in (self.pre, self.post)]
        return (
            Inlet(hosts[0], parts[0], self.per[0], edges.pre_ids),
            Inlet(hosts[1], parts[1], self.per[1], edges.post_ids),
        )

    def _memory(self) -> tuple[brainstate.State, brainstate.State]:
        """Return the States with the voltages of one step before."""
        if not isinstance(getattr(self, "pre_last", None), brainstate.State):
            raise ValueError(
                f"{self._label} has no memory of its voltages yet, which coupling="
                f"{self.coupling!r} needs: call its init_state(), or "
                "brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.pre_last, self.post_last

    def _forget(self) -> None:
        """Make the next step count as the first one, with no known voltages before it."""
        if not self.mode.remembers:
            return
        v_pre, v_post = (v * math.nan for v in self._voltages())
        if isinstance(getattr(self, "pre_last", None), brainstate.State):
            self.pre_last.value, self.post_last.value = v_pre, v_post
        else:
            self.pre_last = brainstate.HiddenState(v_pre)
            self.post_last = brainstate.HiddenState(v_post)

    def _plug_into(self, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics) -> None:
        """Register the two ends of this junction in the populations."""
        self._join(pre, post)
        self._keys = get_unique_name("gap_junction_pre"), get_unique_name("gap_junction_post")
        # Post comes first, as with the junctions of brainpy.state: the order of a population's
        # inputs is the order in which they are summed.
        for port, key in list(zip(self._ports, self._keys, strict=True))[::-1]:
            port.connect(key, self._label)

    def _join(self, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics) -> None:
        """Store the ports of two populations; for places, of the cells that they belong to."""
        ends = (pre, post)
        self._pre_port, self._post_port = (Port.of(owner_of(end)) for end in ends)
        self._places = (places_of(pre), places_of(post))
        for port, end in zip(self._ports, ends, strict=True):
            if isinstance(end, Sites):
                port.show(end)

    @property
    def _ports(self) -> tuple[Port, Port]:
        return self._pre_port, self._post_port

    @property
    def _label(self) -> str:
        """Class and name of this junction, for messages."""
        return f"{type(self).__name__} {self.name!r}" if self.name else type(self).__name__

    def _host(self, port: Port, places: Places | None) -> Any:
        if port.host is None:
            raise ValueError(
                f"{type(self).__name__} is a clone that was made without its populations: clone "
                "the model that holds them all."
            )
        return port.end(places)

    def __copy__(self) -> Any:
        # The copy gets keys of its own. A port keeps one deposit for each key: under a shared key
        # the current of one junction would replace that of the other.
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._plug_into(self.pre, self.post)
        return new

    def __getstate__(self) -> dict[str, Any]:
        return saved_junction(self, self._label)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        # Populations that were copied before, in the same call of copy.deepcopy, get this copy.
        return copy_with_hosts(self, {} if memo is None else memo)

    def __pretty_repr_item__(self, name: str, value: Any) -> tuple[str, Any] | None:
        """Return an attribute as ``repr()`` shows it, or None to leave it out.

        Arguments and states are shown, and what was computed from them is not.
        """
        if name in ("_pre_port", "_post_port"):
            host, places = value.host, self._places[0 if name == "_pre_port" else 1]
            what = None if host is None else f"{type(host).__name__} of shape {host.out_size}"
            return name[1:-5], what if places is None else repr(value.end(places))
        if name.startswith("_") and name != "_name":
            return None
        if name == "mode" and value == MODES.get(self.coupling):
            # The name of the mode is shown instead.
            return None
        if name == "per" and value == (None, None):
            return None
        return super().__pretty_repr_item__(name, value)


def _known(before: Value, now: Value) -> Any:
    """Return the voltage of one step before; in the first step, the present one."""
    return u.math.where(u.math.isnan(before), now, before)
