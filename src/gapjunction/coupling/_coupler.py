r"""Where a population's step is solved together with its junctions.

In semi-implicit and implicit coupling the current of a step depends on voltages at the end of that
step. To solve for them, one has to know how the voltage of each cell at the end depends on the
current that the cell gets during the step. This differs between kinds of neurons and solvers. Most
populations do not state it, so it is measured: the population's own update is run once *on trial*
and differentiated with respect to current. This works for every host, whatever its solver. A host
that knows its answer states it within its update, from the one evaluation that it makes anyway
(:meth:`Coupler.solve_for`), and needs no trial.

Each population has one :class:`Coupler`, a part of its port. Within a time step this happens in
order:

1. Each junction's ``update()`` leaves a :class:`Request` at the couplers of its populations.
2. The population is called. Before its update the coupler runs the rest of the call on trial
   (functions that were registered behind the port, and the update), puts everything back, and
   solves the equations of :mod:`gapjunction.coupling._solve`. For a host that states its answer,
   the equations are solved when it does.
3. The population's update runs for good. Its current inputs ask the coupler for the current, which
   is now known. After the update, the coupler is told that the step is over.

Explicit junctions at the same population give every evaluation of such a step the current that they
have at its start. At later stages the voltages lack the solved current or have only begun to follow
it, so an explicit current computed from them would counteract the one that was solved for.

Several populations that are coupled to each other have one common system of equations, but step one
after the other, so that their answers are all known only when the last of them is called. The
others therefore first step with a *prediction*: the current with all neighbours at the voltages of
the step's start. Once the system has been solved, they are put back to the start of their step and
stepped again with the solution. Only the last population can do without a trial, if it states its
answer; for the others the trial also records what has to be put back.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import Value
from gapjunction.coupling._clamping import Clamping
from gapjunction.coupling._deposits import Deposits
from gapjunction.coupling._holder import HELD, Holder
from gapjunction.coupling._network import Part, together
from gapjunction.coupling._place import Place
from gapjunction.coupling._plain import as_plain, with_unit
from gapjunction.coupling._request import Request
from gapjunction.coupling._response import Answer, answer_of
from gapjunction.coupling._tangent import linearise
from gapjunction.coupling._trial import Step
from gapjunction.hosts import describe, read_state


class Coupler:
    """One population's side of the coupled step.

    Parameters
    ----------
    place : Place
        The population.
    port : str
        The key of the port among the functions that the population calls before and after.
    deposits : Deposits
        What explicit junctions have left for the population's step.
    holder : Holder
        Which of its cells are held.

    Attributes
    ----------
    requests : tuple of Request
        What the junctions at this population have asked for in the present step.
    answer : Answer or None
        How the population's voltage answers to current, once its step was tried.
    step : Step or None
        The step that the population has taken with a prediction, and may have to repeat.
    current : Quantity or array or None
        What the population's current inputs get; None if nothing was solved for.
    taken : bool
        Whether an evaluation of the membrane equation has got that current.
    awaiting : bool
        Whether the host is in a step for which it states its answer to current itself.
    clamping : Clamping or None
        What solves for the currents of amplifiers; None if no unit is held by one.
    """

    def __init__(self, place: Place, port: str, deposits: Deposits, holder: Holder) -> None:
        self.place, self.port = place, port
        self.deposits, self.holder = deposits, holder
        self.requests: tuple[Request[Coupler], ...] = ()
        self.answer: Answer | None = None
        self.step: Step | None = None
        self.current: Value | None = None
        self.taken = self.awaiting = False
        self.clamping: Clamping | None = None

    @property
    def key(self) -> str | None:
        """The key whose plug hands over the current of all junctions together, and of clamps."""
        if self.requests:
            return self.requests[0].keys[self._end(self.requests[0])]
        return HELD if self.holder.by_current else None

    def put(self, request: Request[Coupler]) -> None:
        """Add a junction's request to the population's next step.

        It replaces an earlier request of the same junction.
        """
        if self.answer is not None:
            # This population has stepped with a prediction, and a population that it is coupled to
            # has not stepped at all. That step will not be finished: its requests must not be
            # solved together with the new one.
            self._clear()
        others = [r for r in self.requests if r.alive and r.keys != request.keys]
        self.requests = (*others, request)

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Find the current for the update that follows; called with the update's arguments."""
        # Drop what is left of an earlier step, or of a transformed function that has ended.
        requests = () if self.answer is not None else self.requests
        self._clear()
        self.requests = tuple(request for request in requests if request.alive)
        if self.requests:
            self.deposits.hold()
        elif not self.holder.by_current:
            return
        others = self._connected()[1:]
        last = all(other.answer is not None for other in others)
        if last and self._asked()[0] == "V" and describe(self.place.host).states_answer:
            self.awaiting = True
            return
        step = Step(self.place, self.port, (args, kwargs), self.deposits, self.holder)
        tried = self._try(step, with_after_updates=bool(others))
        answer = self._held(tried)
        if last:
            self._solve(answer)
            self._repeat_others()
            return
        # Another population has yet to step. Step with a prediction, and remember from where.
        self.answer, self.step = answer, step
        self._come_last()
        (current,) = together([Part(self, answer, self.requests)], predict=True)
        self._hand_over(current)

    def _solve(self, answer: Answer) -> None:
        """Solve for this population, the last that steps, and for all that it is coupled to."""
        if not self.requests:
            # Clamps alone: all current that is solved for is that of their amplifiers.
            self._hand_over(jnp.zeros_like(answer.c))
            return
        parts = [Part(self, answer, self.requests)]
        for other in self._connected()[1:]:
            if other.answer is not None:
                parts.append(Part(other, other.answer, other.requests))
        for part, current in zip(parts, together(parts), strict=True):
            part.end._hand_over(current)

    def _repeat_others(self) -> None:
        """Let the populations that have stepped with a prediction step with the solution."""
        for other in self._connected()[1:]:
            if other.step is not None:
                other.step.again()
                other._clear()

    def take(self) -> Any:
        """Return the current that was solved for, for one evaluation of the membrane equation."""
        if self.awaiting:
            return 0
        if self.current is not None:
            self.taken = self.taken or not self.place.passive
            return self.current
        # Nothing was solved, so the population has not called its port before its update.
        if any(request.alive for request in self.requests):
            raise ValueError(
                f"{type(self.place.host).__name__} has implicit junctions, which are solved "
                "together with its step: call the population itself, cells(x), not cells.update(x)."
            )
        return 0

    def solve_for(self, c: Value, response: Value) -> Value:
        """Return the current for a host that states its answer to current within its update.

        A host may ask several times in a step, with an answer that gets better.

        Parameters
        ----------
        c : Quantity or array
            The voltage at the host's ``coupling_point`` if junctions gave no current in this step.
        response : Quantity or array
            Change of that voltage with the current into the same cell.

        Returns
        -------
        Quantity or array
            Current into each cell.
        """
        state, volt, ampere = self._asked()
        host = self.place.host
        start = as_plain(read_state("post", host, state), volt)
        rho = as_plain(response, u.get_unit(volt / ampere))
        answer = Answer(
            as_plain(c, volt),
            jnp.broadcast_to(rho, start.shape),
            lambda x: rho * x,
            start,
            describe(host).stepping.coupling_point,
            start.ndim - len(host.out_size),
        )
        self._solve(self._held(answer))
        self.taken = True
        if self.current is None:
            raise RuntimeError("The current that was solved for was not handed over.")
        return self.current

    def after(self) -> None:
        """Forget the step, unless it may have to be repeated.

        Raises
        ------
        ValueError
            If the population has not taken the current, so that its cells would stay uncoupled.
        """
        if (self.awaiting or self.current is not None) and not self.taken:
            kind = type(self.place.host).__name__
            why = (
                "must call self.sum_current_inputs(...), without a label, in its membrane equation"
            )
            if self.awaiting:
                why = "must call super().update(...), or states_answer must be False"
            self._clear()
            raise ValueError(
                f"{kind} has implicit junctions, and its update() has not taken their current: it "
                f"{why}."
            )
        if self.awaiting:
            self._repeat_others()
        if self.step is None:
            self._clear()
        else:
            self.step.is_over()

    def voltage(self, request: Request[Coupler]) -> tuple[str, u.Unit]:
        """Return the name of the population's state that a junction couples, and its unit."""
        return request.states[self._end(request)], request.volt

    def input_unit(self, request: Request[Coupler]) -> u.Unit:
        """Return the unit of the current that the population takes from a junction."""
        return request.inputs[self._end(request)]

    def _end(self, request: Request[Coupler]) -> int:
        """Return which end of a junction this is: 0 for pre, 1 for post."""
        return 0 if request.ends[0] is self else 1

    def _clear(self) -> None:
        self.requests, self.answer, self.step = (), None, None
        self.current, self.taken, self.awaiting = None, False, False
        self.clamping = None

    def _come_last(self) -> None:
        """Let the port be called last among the functions that are called after the update.

        Otherwise, what functions registered behind it change would look like a change from outside
        the step. Where cells are held the port stays first, because it has to put their voltage
        back before anything reads it; changes by later functions are then refused.
        """
        if self.holder.hold is None:
            plugs = self.place.host.after_updates
            plugs[self.port] = plugs.pop(self.port)

    def _hand_over(self, current: jax.Array) -> None:
        """Make a current ready for the population's current inputs.

        The current gets the dtype of the voltage: the equations are solved in float32 at least, and
        a current of another dtype would change the dtype of a voltage in half precision.
        """
        dtype, unit, factor = self._handing_over()
        if self.clamping is not None:
            self.holder.amplifiers = self.clamping.amplifiers(current)
            current = current + self.holder.amplifiers
        self.current = self._entering(with_unit((factor * current).astype(dtype), unit))

    def _handing_over(self) -> tuple[np.dtype, u.Unit, float]:
        """Return how the current that was solved for is handed over.

        Returns
        -------
        dtype
            The precision in which it is handed over.
        Unit
            The unit in which it is handed over.
        float
            How many of these units make one of the unit in which the equations are solved.
        """
        state, _, ampere = self._asked()
        dtype = u.get_mantissa(read_state("post", self.place.host, state)).dtype
        if not self.requests:
            return dtype, ampere, 1.0
        return dtype, *self.requests[0].handed_over(self, dtype)

    def _held(self, answer: Answer) -> Answer:
        """Return an answer to current with units held as clamps say."""
        state, volt, _ = self._asked()
        self.clamping = self.holder.clamping(answer, state, volt)
        if self.clamping is not None:
            return self.clamping.held()
        return self.holder.answer(answer, state, volt)

    def _entering(self, current: Value) -> Any:
        """Return a current into each unit as what the population's current inputs give."""
        intake = describe(self.place.host).intake
        return current if intake is None else intake.into(current)

    def _connected(self) -> list[Coupler]:
        """Return the couplers that implicit junctions connect with this one, itself first.

        They are connected directly, or through other populations. Semi-implicit junctions connect
        nothing, because the voltages of their neighbours are known.
        """
        found = [self]
        # The loop appends to the list that it goes through, until no coupler is new.
        for coupler in found:
            for request in coupler.requests:
                if request.settings is not None:
                    found += [end for end in dict.fromkeys(request.ends) if end not in found]
        return found

    def _asked(self) -> tuple[str, u.Unit, u.Unit]:
        """Return the state that junctions couple, and the units of voltage and of current."""
        if not self.requests:
            return self.holder.asked()
        names = {self.voltage(request) for request in self.requests}
        if len(names) > 1:
            raise ValueError(
                f"implicit junctions of {type(self.place.host).__name__} must all couple the same "
                f"state, got {sorted(name for name, _ in names)}."
            )
        ((state, volt),) = names
        return state, volt, self.input_unit(self.requests[0])

    def _try(self, step: Step, with_after_updates: bool) -> Answer:
        """Run the step on trial without current, and return how V answers to current.

        The step is linearised where junctions give no current. With the current of the step's
        start, strong junctions would drive the trial far beyond any voltage that the step will
        reach. The correction would then be a small difference of large numbers, and could be lost
        to rounding altogether.
        """
        host = self.place.host
        state, volt, _ = self._asked()

        def read() -> jax.Array:
            return as_plain(read_state("post", host, state), volt)

        start = read()
        dtype, unit, factor = self._handing_over()

        def end_of_step(current: jax.Array) -> jax.Array:
            self.current = self._entering(with_unit(current.astype(dtype), unit))
            return step.trial(read, with_after_updates)

        facts = describe(host)
        # For neurons of one compartment, JAX finds by itself what does not depend on current.
        method = jax.linearize if facts.cell_axes is None else linearise
        try:
            free, by_unit = method(end_of_step, jnp.zeros_like(start))
        finally:
            self.current = None
        batch = start.ndim - len(host.out_size)

        def tangent(x: jax.Array) -> jax.Array:
            return factor * by_unit(x)

        point = facts.stepping.coupling_point
        return answer_of(free, tangent, start, point, batch, facts.cell_axes, facts.symmetric)
