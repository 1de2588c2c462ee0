"""How a junction hands its current to the two populations that it couples.

In explicit coupling the current is computed in the junction's ``update()`` and left at a
:class:`gapjunction.coupling.Terminal` of each population. In implicit coupling it depends on
voltages that are not known yet: a :class:`gapjunction.coupling.Request` is left at the populations'
couplers instead, which compute it within the step.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

import brainpy.state
import brainstate
import jax
import saiunit as u
from brainstate.util import get_unique_name

from gapjunction._hosts import keeps_arrays
from gapjunction._typing import Value
from gapjunction.coupling import Coupler, Implicit, Request, Terminal, Update, as_plain, with_unit
from gapjunction.junctions._copies import copy_with_hosts
from gapjunction.junctions._flow import Currents
from gapjunction.junctions._voltages import canonical, stage_voltage


class Impulse(NamedTuple):
    """A charge that a population gets in one step, apart from the current along its junctions.

    It is given either as a jump of the voltage, or as a current that lasts for the step.
    """

    kick: Any = None
    """Jump of the voltage, or None."""
    current: Any = None
    """Current during the step, for populations that do not add delta inputs to their voltage."""

    def and_current(self, current: Value | int) -> Any:
        """Return the sum of a current and the current of this impulse."""
        return current if self.current is None else current + self.current


class Delivery(brainpy.state.Projection):
    """Two populations, and the current that they are given at each step.

    A subclass defines the current as a function of the voltages.
    """

    coupling: str
    pre_state: str
    post_state: str
    _settings: Implicit
    _symmetric: bool
    _merged: bool
    """Whether :meth:`_flow` returns the sum of the currents into both ends in ``post``."""

    @property
    def pre(self) -> Any:
        """The population that edges start at."""
        return self._host(self._pre_end)

    @property
    def post(self) -> Any:
        """The population that edges end at."""
        return self._host(self._post_end)

    def update(self, *args: Any, **kwargs: Any) -> Any:
        """Put this step's current into both populations.

        Call it before the populations step. Arguments are ignored, as in `brainpy.state`.

        If the law has a state, that is first advanced by one step, to the middle of the step that
        follows. The voltages that drive it are then in the middle of its own step, which is second
        order, as for the gates and the voltage of a ``'staggered'`` neuron.

        Returns
        -------
        Quantity or array
            Minus the current into pre at the present voltages, shape of V_pre. In a
            ``'semi_implicit'`` or ``'implicit'`` step pre receives another current, at voltages
            that are known only within its step.

        Raises
        ------
        ValueError
            If a state is missing (populations not initialised), the populations have different
            batch dimensions, or they have stepped before in the same traced function.
        """
        self._pre_end.check_order()
        self._post_end.check_order()
        self._advance()
        v_pre, v_post, conductance = self._read()
        flow = self._flow(v_pre, v_post, conductance)
        # A merged flow does not tell the current into pre by itself. Computing that separately
        # costs nothing inside of transformations if the caller does not use it: XLA leaves it out.
        leaving = -(self._currents(v_pre, v_post, conductance) if self._merged else flow).pre
        now, (at_pre, at_post) = Update(), self._impulses(conductance)
        if self._couplers is not None:
            request = self._request(self._couplers, v_pre, v_post, conductance, flow, now)
            for coupler in dict.fromkeys(self._couplers):
                coupler.put(request)
            # The current along the junctions goes through the couplers. The terminals get a deposit
            # of 0 nevertheless: it brings the impulse, and makes the terminals check that junction
            # and population are called in the right order and in the same function.
            self._post_end.put(at_post.and_current(0), None, now, at_post.kick)
            self._pre_end.put(at_pre.and_current(0), None, now, at_pre.kick)
            return leaving
        later_pre, later_post = self._stages(v_pre, v_post, conductance, flow)
        self._post_end.put(at_post.and_current(flow.post), later_post, now, at_post.kick)
        self._pre_end.put(at_pre.and_current(flow.pre), later_pre, now, at_pre.kick)
        return leaving

    def current(self) -> Any:
        """Return minus the current into pre at the present voltages; nothing is put anywhere.

        Unlike :meth:`update`, it does not advance the state of a law.

        Returns
        -------
        Quantity or array
            Minus the current that pre would receive, shape of V_pre.
        """
        return -self.currents().pre

    def currents(self) -> Currents:
        """Return the currents into both populations at their present voltages.

        Nothing is put into the populations. One that is coupled to itself receives, in a step, the
        sum of the two.

        Returns
        -------
        Currents
            Named pair ``(pre, post)``, inward-positive.
        """
        return self._currents(*self._read())

    @property
    @abc.abstractmethod
    def _instantaneous(self) -> bool:
        """Whether conductances follow the voltages at once, also within a step."""

    @abc.abstractmethod
    def _advance(self) -> None:
        """Advance all states that conductances depend on by one step."""

    def _impulses(self, conductance: Value) -> tuple[Impulse, Impulse]:
        """Return the impulses into pre and into post in this step; none here."""
        return Impulse(), Impulse()

    @abc.abstractmethod
    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance.

        All three are read at each update, because users may assign to states and parameters. A law
        that follows the voltages at once is not in the conductance.
        """

    @abc.abstractmethod
    def _flow(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents to put into the populations, computed in the fastest way."""

    @abc.abstractmethod
    def _currents(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents into the two ends separately, also within one population."""

    @abc.abstractmethod
    def _linearised(
        self, v_pre: Value, v_post: Value, conductance: Value
    ) -> Callable[..., Currents]:
        """Return the currents of an instantaneous law as a linear function of the voltages."""

    def _request(
        self,
        couplers: tuple[Coupler, Coupler],
        v_pre: Value,
        v_post: Value,
        conductance: Value,
        flow: Currents,
        now: Update,
    ) -> Request:
        """Return what couplers need to know to solve for the voltages of the step.

        Parameters
        ----------
        couplers : tuple of two Couplers
            The couplers of pre and of post.
        v_pre, v_post, conductance : Quantity or array
            What :meth:`_read` has returned.
        flow : Currents
            :meth:`_flow` of these.
        now : Update
            The present call of :meth:`update`.
        """
        volt = canonical(u.get_unit(v_pre))
        ampere = canonical(u.get_unit(v_pre) * u.get_unit(conductance))
        each: Callable[..., Currents] = self._currents
        every: Callable[..., Currents] = self._flow
        if self._instantaneous:
            each = every = self._linearised(
                with_unit(as_plain(v_pre, volt), volt),
                with_unit(as_plain(v_post, volt), volt),
                conductance,
            )

        def plain(law: Callable[..., Currents]) -> Callable[..., tuple[jax.Array, jax.Array]]:
            """Return a law between quantities as one between plain arrays in volt and ampere."""

            def currents(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
                found = law(with_unit(a, volt), with_unit(b, volt), conductance)
                return as_plain(found.pre, ampere), as_plain(found.post, ampere)

            return currents

        return Request(
            owner=self._post_end,
            ends=couplers,
            states=(self.pre_state, self.post_state),
            voltages=(as_plain(v_pre, volt), as_plain(v_post, volt)),
            currents=plain(each),
            flow=plain(every),
            now=(as_plain(flow.pre, ampere), as_plain(flow.post, ampere)),
            volt=volt,
            ampere=ampere,
            given=u.get_unit(v_pre) * u.get_unit(conductance),
            symmetric=self._symmetric,
            mode=self._settings if self.coupling == "implicit" else None,
            update=now,
        )

    def _stages(
        self, v_pre: Value, v_post: Value, conductance: Value, now: Currents
    ) -> tuple[Callable[..., Any] | None, Callable[..., Any] | None]:
        """Return the functions that give pre and post their current at later stages of a step.

        A solver with several stages evaluates the membrane equation at voltages that are known only
        within its step, so these are functions of the population's own voltage. The voltage of the
        other population stays that of the instant of ``update()``. Its present value must not be
        read at a stage: it is a new one if the other population has stepped before, and the result
        would depend on the order in which populations step.

        Returns
        -------
        tuple of two callables or None
            ``later(V)`` for pre and for post. None for no current at later stages.
        """
        if self.coupling == "step":
            # As if the current were an array among the population's inputs, which is what
            # brainpy.state makes it: some hosts keep such an array for all stages of the step, the
            # others remove it at the first one.
            return (
                (lambda *args: now.pre) if keeps_arrays(self.pre) else None,
                (lambda *args: now.post) if keeps_arrays(self.post) else None,
            )
        # Within one population both ends of an edge are at the voltages of the stage.
        both = self.pre is self.post and self.pre_state == self.post_state

        def into_pre(*args: Any) -> Any:
            v = stage_voltage(type(self).__name__, self.pre_state, v_pre, args)
            if v is None:
                # The junction couples another state than V: it has no value at a stage.
                return now.pre
            return self._flow(v, v if both else v_post, conductance).pre

        def into_post(*args: Any) -> Any:
            v = stage_voltage(type(self).__name__, self.post_state, v_post, args)
            if v is None:
                return now.post
            return self._flow(v if both else v_pre, v, conductance).post

        return into_pre, into_post

    def _plug_into(self, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics) -> None:
        """Make the two ends of this junction, and register them in the populations."""
        self._post_end = Terminal(post, get_unique_name("gap_junction_post"), self._label)
        self._pre_end = Terminal(pre, get_unique_name("gap_junction_pre"), self._label)
        self._post_end.connect()
        self._pre_end.connect()
        self._couplers: tuple[Coupler, Coupler] | None = None
        if self.coupling in ("semi_implicit", "implicit"):
            self._couplers = (Coupler.of(pre), Coupler.of(post))

    @property
    def _label(self) -> str:
        """Class and name of this junction, for messages."""
        return f"{type(self).__name__} {self.name!r}" if self.name else type(self).__name__

    def _host(self, end: Terminal) -> Any:
        if end.host is None:
            raise ValueError(
                f"{type(self).__name__} is a clone that was made without its populations: clone "
                "the model that holds them all."
            )
        return end.host

    def __copy__(self) -> Any:
        # The copy gets terminals of its own. A terminal holds one deposit: in a shared terminal the
        # current of one junction would replace that of the other.
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._plug_into(self.pre, self.post)
        return new

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        # Populations that were copied before, in the same call of copy.deepcopy, get this copy.
        return copy_with_hosts(self, {} if memo is None else memo)

    def __pretty_repr_item__(self, name: str, value: Any) -> tuple[str, Any] | None:
        """Return an attribute as ``repr()`` shows it, or None to leave it out.

        What was given is shown, and the states; what was computed from it is not.
        """
        if name in ("_pre_end", "_post_end"):
            host = value.host
            what = None if host is None else f"{type(host).__name__} of shape {host.out_size}"
            return name[1:-4], what
        if name.startswith("_") and name not in ("_name", "_settings"):
            return None
        if name == "_settings" and self.coupling != "implicit":
            return None
        return super().__pretty_repr_item__(name, value)
