r"""Where a population's step is solved together with its junctions.

In semi-implicit and implicit coupling the current of a step depends on voltages at the end of that
step. To solve for them, one has to know how the voltage of each cell at the end depends on the
current that the cell gets during the step. No population states this, and it is different for each
kind of neuron and solver, so it is measured: the population's own update is run once *on trial* and
differentiated with respect to current. This works for every host, whatever its solver.

A population that has such junctions has one :class:`Coupler`, which is plugged into it in three
places. Within a time step this happens in order:

1. Each junction's ``update()`` leaves a :class:`Request` at the couplers of its populations.
2. The population is called. Before its update it calls the coupler, which runs the update on trial,
   puts everything back, and solves the equations of :mod:`gapjunction.coupling._solve`.
3. The population's update runs for good. Its current inputs ask the coupler for the current, which
   is now known; its delta inputs, summed at the end, tell the coupler to forget the step.

Several populations that are coupled to each other have one common system of equations, but step
one after the other: not until the last of them is called have all been run on trial. Those before
it therefore step with a *prediction*, the current with all neighbours at the voltages of the step's
start. When the last one has solved the system, the others are put back to the start of their step
and stepped again (*replayed*), with the solution.
"""

from __future__ import annotations

from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u
from brainstate.graph import Node

from gapjunction._hosts import coupling_point, read_state
from gapjunction._typing import ArrayLike, Value
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

    Attributes
    ----------
    requests : tuple of Request
        What the junctions at this population have asked for in the present step.
    answer : Answer or None
        How the population's voltage answers to current, once the update was tried.
    replay : tuple or None
        The state before the step and the arguments of the update, while the population has stepped
        with a prediction and may have to step again.
    current : Quantity or array or None
        What the population's current inputs get; None if nothing was solved for.
    trial : bool
        Whether the update is being run on trial.
    """

    graph_invisible_attrs = ("answer", "current", "host", "replay", "requests", "trial")

    # Attributes that are invisible to brainstate's graph are not copied when a model is cloned. A
    # clone starts with the values of the class; its plug then tells the coupler its host.
    host: Any = None
    requests: tuple[Request, ...] = ()
    answer: Answer | None = None
    replay: tuple[Snapshot, tuple[Any, ...], dict[str, Any]] | None = None
    current: Any = None
    trial: bool = False

    def __init__(self, host: brainstate.nn.Dynamics) -> None:
        self.host = host
        # What the plugs show as the junction's name.
        self.junction = "the coupler"

    @classmethod
    def of(cls, host: brainstate.nn.Dynamics) -> Coupler:
        """Return the coupler of a population, made and plugged in if there is none yet."""
        plugs = host.before_updates or {}
        if _KEY in plugs:
            return plugs[_KEY].coupler
        coupler = cls(host)
        host.add_before_update(_KEY, BeforePlug(coupler))
        host.add_current_input(_KEY, CurrentPlug(coupler, host))
        host.add_delta_input(_KEY, StepPlug(coupler))
        return coupler

    def put(self, request: Request) -> None:
        """Add a junction's request to the population's next step.

        It replaces an earlier request of the same junction.
        """
        if self.answer is not None:
            # This population has stepped with a prediction, and a population that it is coupled to
            # has not stepped at all. That step is over now: what is left of it must not be solved
            # with the new one.
            self._clear()
        others = [r for r in self.requests if r.alive and r.owner is not request.owner]
        self.requests = (*others, request)

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Find the current for the update that follows; called with the update's arguments."""
        self.requests = tuple(request for request in self.requests if request.alive)
        if not self.requests:
            return
        snapshot = Snapshot(self.host)
        self.answer = self._try(snapshot, args, kwargs)
        connected = self._connected()
        if any(other.answer is None for other in connected):
            # Another population has yet to step. Step with a prediction, and remember from where.
            self.replay = (snapshot, args, kwargs)
            self._hand_over(alone(self, self.requests, self.answer))
            return
        # This is the last of the populations that are coupled to each other: solve for all.
        answers = {other: other.answer for other in connected if other.answer is not None}
        for other, current in together(answers).items():
            other._hand_over(current)
        for other in connected:
            if other is not self:
                other.step_again()

    def step_again(self) -> None:
        """Repeat the step that was taken with a prediction, now with the solution."""
        if self.replay is None:
            return
        snapshot, args, kwargs = self.replay
        snapshot.restore()
        # The population itself cannot be called: it would call this coupler again. So this does
        # what a call of a brainstate Dynamics does from here on. Functions that are registered to
        # run before the coupler have run before the snapshot was taken, and are not repeated.
        host = self.host
        befores = list((host.before_updates or {}).items())
        here = [key for key, _ in befores].index(_KEY)
        for _, function in befores[here + 1 :]:
            # brainstate marks by this attribute which of them get the update's arguments.
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
        """Return the current that was solved for, for one evaluation of the membrane equation."""
        if self.current is not None:
            return self.current
        # Nothing was solved, so the population has not called the coupler before its update.
        if any(request.alive for request in self.requests):
            raise ValueError(
                f"{type(self.host).__name__} has implicit junctions, which are solved together "
                "with its step: call the population itself, cells(x), not cells.update(x)."
            )
        return 0

    def end_step(self) -> Any:
        """Forget the step, unless this was a trial or the step may have to be repeated."""
        if not self.trial and self.replay is None and self.current is not None:
            self._clear()
        return 0

    def voltage(self, request: Request) -> tuple[str, u.Unit]:
        """Return the name of the population's state that a junction couples, and its unit."""
        return request.states[0 if request.ends[0] is self else 1], request.volt

    def _clear(self) -> None:
        self.requests, self.answer, self.replay, self.current = (), None, None, None

    def _hand_over(self, current: jax.Array) -> None:
        """Make a current ready for the population's current inputs.

        With the dtype of the voltage: the equations are solved in float32 at least, and a current
        of another dtype would change that of a voltage in half precision.
        """
        request = self.requests[0]
        state, _ = self.voltage(request)
        dtype = u.get_mantissa(read_state("post", self.host, state)).dtype
        self.current = with_unit(current.astype(dtype), request.ampere)

    def _connected(self) -> list[Coupler]:
        """Return the couplers that implicit junctions connect with this one, itself first.

        Directly, or through other populations. Semi-implicit junctions connect nothing: their
        neighbours are at known voltages.
        """
        found = [self]
        # The list grows while it is gone through.
        for coupler in found:
            for request in coupler.requests:
                if request.mode is not None:
                    found += [end for end in dict.fromkeys(request.ends) if end not in found]
        return found

    def _try(self, snapshot: Snapshot, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        """Run the update on trial, and return how V answers to current.

        The update is linearised at the current that junctions would give at the voltages of the
        step's start, which is near the current that will be found.
        """
        host = self.host
        names = {self.voltage(request) for request in self.requests}
        if len(names) > 1:
            raise ValueError(
                f"implicit junctions of {type(host).__name__} must all couple the same state, got "
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
                # The derivative along a vector of ones: each cell's voltage depends on its own
                # current alone within its step, so this is the slope of each cell, in one pass.
                value, slope = brainstate.transform.jvp(
                    end_of_step, (guess,), (jnp.ones_like(guess),)
                )
        finally:
            self.trial, self.current = False, None
        # At the end of the step V = value + slope (I - guess). Junctions take their current at the
        # voltage y = start + point (V - start), which is c + rho I with the following c and rho.
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


def as_plain(value: ArrayLike, unit: u.Unit) -> jax.Array:
    """Return a value as a plain array in ``unit``; half precision becomes float32."""
    plain = value.to_decimal(unit) if isinstance(value, u.Quantity) else value
    plain = jnp.asarray(plain)
    return plain.astype(jnp.promote_types(plain.dtype, jnp.float32))


def with_unit(value: jax.Array, unit: u.Unit) -> Value:
    """Return a plain array as a quantity; as it is where ``unit`` is no unit."""
    return value if unit.is_unitless else u.Quantity(value, unit=unit)
