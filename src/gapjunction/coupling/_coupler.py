r"""Where a population's step meets junctions that are solved with it.

A population that semi-implicit or implicit junctions touch has one coupler, plugged into it three
times::

    before its update     how does V answer to current? Run the update on trial, with its
                          derivative; solve; hand the current over in the update that follows
    in its current inputs hand over the current
    in its delta inputs   end of the step: clear

A trial leaves no trace: states, inputs and random numbers are put back. Where populations are
coupled to each other, the last of them to step knows enough to solve for all: the others, which
have stepped with a prediction, are then stepped again, from where they were.
"""

from __future__ import annotations

from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u
from brainstate.graph import Node

from gapjunction._hosts import coupling_point, read_state
from gapjunction.coupling._network import Answer, alone, together
from gapjunction.coupling._request import Request
from gapjunction.coupling._snapshot import Snapshot
from gapjunction.coupling._terminal import CurrentPlug, StepPlug

_KEY = "gap_junction_coupler"


class Coupler(Node):
    """One population's side of the coupled step.

    Parameters
    ----------
    host : Dynamics
        The population.
    """

    graph_invisible_attrs = ("answer", "current", "host", "replay", "requests", "trial")

    # Invisible attributes do not survive a clone; these are what a clone starts with.
    host: Any = None
    requests: tuple[Request, ...] = ()
    answer: Answer | None = None
    replay: tuple[Snapshot, Any, Any] | None = None
    current: Any = None
    trial: bool = False

    def __init__(self, host: Any) -> None:
        self.host = host
        self.junction = "the coupler"

    @classmethod
    def of(cls, host: Any) -> Coupler:
        """Return the coupler of a population, made and plugged in if it has none yet."""
        plugs = host.before_updates or {}
        if _KEY in plugs:
            return plugs[_KEY].coupler
        coupler = cls(host)
        host.add_before_update(_KEY, BeforePlug(coupler))
        host.add_current_input(_KEY, CurrentPlug(coupler, host))
        host.add_delta_input(_KEY, StepPlug(coupler))
        return coupler

    def put(self, request: Request) -> None:
        """Add a junction to the population's next step; its last call counts."""
        if self.answer is not None:
            # Left over from a step that other populations did not take.
            self._clear()
        others = [r for r in self.requests if r.alive and r.owner is not request.owner]
        self.requests = (*others, request)

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Find the current for the update that follows."""
        self.requests = tuple(request for request in self.requests if request.alive)
        if not self.requests:
            return
        snapshot = Snapshot(self.host)
        self.answer = self._try(snapshot, args, kwargs)
        connected = self._connected()
        if any(other.answer is None for other in connected):
            self.replay = (snapshot, args, kwargs)
            self._hand_over(alone(self, self.requests, self.answer))
            return
        answers = {other: other.answer for other in connected if other.answer is not None}
        for other, current in together(answers).items():
            other._hand_over(current)
        for other in connected:
            if other is not self:
                other.step_again()

    def step_again(self) -> None:
        """Take the step that was taken with a prediction again, with the solution."""
        if self.replay is None:
            return
        snapshot, args, kwargs = self.replay
        snapshot.restore()
        host = self.host
        befores = list((host.before_updates or {}).items())
        here = [key for key, _ in befores].index(_KEY)
        for _, function in befores[here + 1 :]:
            # As brainstate calls them.
            if hasattr(function, "_receive_update_input"):
                function(*args, **kwargs)
            else:
                function()
        out = host.update(*args, **kwargs)
        for function in (host.after_updates or {}).values():
            if hasattr(function, "_not_receive_update_output"):
                function()
            else:
                function(out)
        self._clear()

    def take(self, *args: Any) -> Any:
        """Hand over the current."""
        if self.current is not None:
            return self.current
        if any(request.alive for request in self.requests):
            raise ValueError(
                f"{type(self.host).__name__} has implicit junctions, which are solved together "
                "with its step: call the population itself, cells(x), not cells.update(x)."
            )
        return 0

    def end_step(self) -> Any:
        """Clear what the step has used, unless it will be taken again."""
        if not self.trial and self.replay is None and self.current is not None:
            self._clear()
        return 0

    def voltage(self, request: Request) -> tuple[str, u.Unit]:
        """Return which state of the population a junction couples, and its unit."""
        return request.states[0 if request.ends[0] is self else 1], request.volt

    def _clear(self) -> None:
        self.requests, self.answer, self.replay, self.current = (), None, None, None

    def _hand_over(self, current: jax.Array) -> None:
        request = self.requests[0]
        state, _ = self.voltage(request)
        dtype = u.get_mantissa(read_state("post", self.host, state)).dtype
        self.current = with_unit(current.astype(dtype), request.ampere)

    def _connected(self) -> list[Coupler]:
        """Return the couplers that implicit junctions connect with this one, itself first."""
        found = [self]
        for coupler in found:
            for request in coupler.requests:
                if request.mode is not None:
                    found += [end for end in dict.fromkeys(request.ends) if end not in found]
        return found

    def _try(self, snapshot: Snapshot, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        """Run the update on trial, and return how V answers to current."""
        host = self.host
        names = {self.voltage(request) for request in self.requests}
        if len(names) > 1:
            raise ValueError(
                f"implicit junctions of {type(host).__name__} must couple one state of it, got "
                f"{sorted(name for name, _ in names)}."
            )
        ((state, volt),) = names
        ampere = self.requests[0].ampere

        def read() -> jax.Array:
            return as_plain(read_state("post", host, state), volt)

        start = read()
        guess = jnp.zeros_like(start) + sum(r.into(self) for r in self.requests)

        def end_of_step(current: jax.Array) -> jax.Array:
            self.current = with_unit(current, ampere)
            host.update(*args, **kwargs)
            return read()

        self.trial = True
        try:
            with snapshot.trial():
                value, slope = brainstate.transform.jvp(
                    end_of_step, (guess,), (jnp.ones_like(guess),)
                )
        finally:
            self.trial, self.current = False, None
        point = coupling_point(host)
        c = point * (value - slope * guess) + (1 - point) * start
        return Answer(c, point * slope, start, point)


class BeforePlug(Node):
    """What a population calls before its update, with the update's arguments."""

    _receive_update_input = True

    def __init__(self, coupler: Coupler) -> None:
        self.coupler = coupler

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.coupler.before(args, kwargs)


def as_plain(value: Any, unit: u.Unit) -> jax.Array:
    """Return a value as a plain array in ``unit``; half precision is widened."""
    plain = value.to_decimal(unit) if isinstance(value, u.Quantity) else value
    plain = jnp.asarray(plain)
    return plain.astype(jnp.promote_types(plain.dtype, jnp.float32))


def with_unit(value: jax.Array, unit: u.Unit) -> Any:
    """Return a plain array as a quantity, unless the unit is none."""
    return value if unit.is_unitless else u.Quantity(value, unit=unit)
