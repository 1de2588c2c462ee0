"""How a junction's current gets into the two populations that it couples."""

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
from gapjunction.coupling import Coupler, Implicit, Request, Terminal, Update, as_plain, with_unit
from gapjunction.junctions._flow import Currents
from gapjunction.junctions._voltages import canonical, stage_voltage


class Impulse(NamedTuple):
    """What one step puts into a population all at once."""

    kick: Any = None
    """A jump of the voltage."""
    current: Any = None
    """Current during the step, for a population whose delta inputs do not reach its voltage."""

    def and_current(self, current: Any) -> Any:
        """Return a current, and the one of this with it."""
        return current if self.current is None else current + self.current


class Delivery(brainpy.state.Projection):
    """Two populations, and what is put into them at each step.

    A subclass says which currents flow at which voltages.
    """

    coupling: str
    pre_state: str
    post_state: str
    _settings: Implicit
    _symmetric: bool
    _merged: bool
    """Whether :meth:`_flow` returns all in ``post``, the currents of both ends of the edges."""

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

        A law's state is first taken to the middle of the step that follows: with the voltages
        half a step away on both sides, that is second order, as the junction of gates and
        voltages in a ``'staggered'`` neuron.

        Call it before the populations step. Arguments are ignored, as in `brainpy.state`.

        Returns
        -------
        Quantity or array
            Minus the current into pre at the present voltages, shape of V_pre. What pre receives
            in a ``'semi_implicit'`` or ``'implicit'`` step is that at voltages yet to come.

        Raises
        ------
        ValueError
            If a state is missing (populations not initialised), the populations have different
            batches, or the populations have stepped before in the same traced function.
        """
        self._pre_end.check_order()
        self._post_end.check_order()
        self._advance()
        v_pre, v_post, conductance = self._read()
        flow = self._flow(v_pre, v_post, conductance)
        # Inside of transformations, what nobody uses is not computed.
        leaving = -(self._currents(v_pre, v_post, conductance) if self._merged else flow).pre
        now, (at_pre, at_post) = Update(), self._impulses(conductance)
        if self._couplers is not None:
            request = self._request(self._couplers, v_pre, v_post, conductance, flow, now)
            for coupler in dict.fromkeys(self._couplers):
                coupler.put(request)
            # Else, what tells the terminals that there was an update.
            self._post_end.put(at_post.and_current(0), None, now, at_post.kick)
            self._pre_end.put(at_pre.and_current(0), None, now, at_pre.kick)
            return leaving
        later_pre, later_post = self._stages(v_pre, v_post, conductance, flow)
        self._post_end.put(at_post.and_current(flow.post), later_post, now, at_post.kick)
        self._pre_end.put(at_pre.and_current(flow.pre), later_pre, now, at_pre.kick)
        return leaving

    def current(self) -> Any:
        """Return what :meth:`update` would return now, without putting current anywhere.

        The law's state, if there is one, is that of now.

        Returns
        -------
        Quantity or array
            Minus the current that pre would receive, shape of V_pre.
        """
        return -self.currents().pre

    def currents(self) -> Currents:
        """Return the currents into both populations at their present voltages.

        Nothing is put anywhere. A population coupled to itself receives the sum of the two.

        Returns
        -------
        Currents
            Named pair ``(pre, post)``, inward-positive.
        """
        return self._currents(*self._read())

    @property
    @abc.abstractmethod
    def _instantaneous(self) -> bool:
        """Whether conductances follow the voltages within a step."""

    @abc.abstractmethod
    def _advance(self) -> None:
        """Take what changes conductances one step further."""

    def _impulses(self, conductance: Any) -> tuple[Impulse, Impulse]:
        """Return what the step puts into pre and into post all at once."""
        return Impulse(), Impulse()

    @abc.abstractmethod
    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance, of which the user may change any.

        What follows the voltages within the step is not in the conductance.
        """

    @abc.abstractmethod
    def _flow(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents to put into the populations, in the fastest way."""

    @abc.abstractmethod
    def _currents(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents into each end by itself."""

    @abc.abstractmethod
    def _linearised(self, v_pre: Any, v_post: Any, conductance: Any) -> Callable[..., Currents]:
        """Return the currents of an instantaneous law as a linear function of the voltages."""

    def _request(
        self,
        couplers: tuple[Coupler, Coupler],
        v_pre: Any,
        v_post: Any,
        conductance: Any,
        flow: Currents,
        now: Update,
    ) -> Request:
        """Return what couplers need to know to solve for the voltages of the step."""
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
            symmetric=self._symmetric,
            mode=self._settings if self.coupling == "implicit" else None,
            update=now,
        )

    def _stages(
        self, v_pre: Any, v_post: Any, conductance: Any, now: Currents
    ) -> tuple[Callable[..., Any] | None, Callable[..., Any] | None]:
        """Return what pre and post get at the later stages of a multi-stage step.

        Each population's own voltage is the stage's; the other population's stays that of the
        instant of ``update()``, so that it does not matter which one steps first.
        """
        if self.coupling == "step":
            # As the host has it with arrays.
            return (
                (lambda *args: now.pre) if keeps_arrays(self.pre) else None,
                (lambda *args: now.post) if keeps_arrays(self.post) else None,
            )
        both = self.pre is self.post and self.pre_state == self.post_state

        def into_pre(*args: Any) -> Any:
            v = stage_voltage(type(self).__name__, self.pre_state, v_pre, args)
            if v is None:
                return now.pre
            return self._flow(v, v if both else v_post, conductance).pre

        def into_post(*args: Any) -> Any:
            v = stage_voltage(type(self).__name__, self.post_state, v_post, args)
            if v is None:
                return now.post
            return self._flow(v if both else v_pre, v, conductance).post

        return into_pre, into_post

    def _plug_into(self, pre: Any, post: Any) -> None:
        self._post_end = Terminal(post, get_unique_name("gap_junction_post"), self._label)
        self._pre_end = Terminal(pre, get_unique_name("gap_junction_pre"), self._label)
        self._post_end.connect()
        self._pre_end.connect()
        self._couplers: tuple[Coupler, Coupler] | None = None
        if self.coupling in ("semi_implicit", "implicit"):
            self._couplers = (Coupler.of(pre), Coupler.of(post))

    @property
    def _label(self) -> str:
        return f"{type(self).__name__} {self.name!r}" if self.name else type(self).__name__

    def _host(self, end: Terminal) -> Any:
        if end.host is None:
            raise ValueError(
                f"{type(self).__name__} is a clone that was made without its populations: clone "
                "the model that holds them all."
            )
        return end.host

    def __copy__(self) -> Any:
        # Sharing the ends would let one junction's current replace the other's.
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._plug_into(self.pre, self.post)
        return new

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        # The populations are copied too: a copy of the junction alone would couple nothing.
        return brainstate.graph.clone((self.pre, self.post, self))[2]
