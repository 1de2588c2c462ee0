"""Running a population's step more than once, each time from the same point.

Implicit coupling runs the step of a population on trial, to see how its voltage answers to current,
and then for good. Every run must start from the same point, or gates would advance twice, noise
would differ, and inputs of the first run would be missing in the second. To find what a run
changes, all States that it writes are recorded, wherever they are held, including those of random
numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import brainstate

from gapjunction.coupling._deposits import Deposits
from gapjunction.coupling._holder import Holder
from gapjunction.coupling._place import Place

Call = tuple[tuple[Any, ...], dict[str, Any]]


class Inputs:
    """The inputs and deposits that wait at a population, which its step uses up.

    This includes those of other parts that step with it, such as synapses that it updates before
    itself.

    Parameters
    ----------
    host : Dynamics
        The population.
    deposits : Deposits
        What junctions have left for its step.
    holder : Holder
        Which of its cells are held.
    """

    def __init__(self, host: brainstate.nn.Dynamics, deposits: Deposits, holder: Holder) -> None:
        self.waiting = [
            (inputs, dict(inputs))
            for part in _parts_of(host)
            for inputs in (part.current_inputs, part.delta_inputs)
            if inputs is not None
        ]
        self.deposits, self.holder = deposits, holder
        self.saved = deposits.save(), holder.save()

    def restore(self) -> None:
        """Put everything back as it was when this object was made."""
        # The dictionaries are refilled in place because their owners hold these very objects.
        for inputs, before in self.waiting:
            inputs.clear()
            inputs.update(before)
        deposits, hold = self.saved
        self.deposits.load(deposits)
        self.holder.load(hold)


class Step:
    """The rest of a call of a population, from the port's turn on, to be run several times.

    Parameters
    ----------
    place : Place
        The population.
    key : str
        The key of the port among the functions that the population calls before and after its
        update. Functions registered behind it belong to the rest of the call.
    call : tuple
        Arguments of the call.
    deposits : Deposits
        What junctions have left for the population's step.
    holder : Holder
        Which of its cells are held.
    """

    def __init__(
        self, place: Place, key: str, call: Call, deposits: Deposits, holder: Holder
    ) -> None:
        self.place, self.key, self.call = place, key, call
        self.deposits, self.holder = deposits, holder
        self.inputs = self._waiting()
        self.before: dict[int, tuple[brainstate.State, Any]] = {}
        self.after: dict[int, Any] = {}

    def _waiting(self) -> Inputs:
        return Inputs(self.place.host, self.deposits, self.holder)

    def trial(self, read: Callable[[], Any], with_after_updates: bool) -> Any:
        """Run the rest of the call without consequence, and return what ``read`` says at its end.

        Meanwhile the population's port is passive: it hands currents over, but does not clear
        deposits. Nor does it check that the population runs in the same trace as its junctions,
        because a trial, which is differentiated, runs in a trace of its own.
        """
        with _passive(self.place), brainstate.StateTraceStack() as trace:
            try:
                self._run(with_after_updates)
                return read()
            finally:
                written = zip(
                    trace.states, trace.been_writen, trace.original_state_values, strict=True
                )
                self.before = {id(s): (s, value) for s, own, value in written if own}
                trace.recovery_original_values()
                self.inputs.restore()

    def is_over(self) -> None:
        """Record what the step has left, so that :meth:`again` can tell what has changed since."""
        self.after = {key: state.value for key, (state, _) in self.before.items()}

    def again(self) -> None:
        """Run the rest of the call again, from the same point.

        Raises
        ------
        ValueError
            If a State that the step changes was changed by something else since the step. It could
            be neither kept nor undone.
        """
        host = self.place.host
        for key, (state, _) in self.before.items():
            if not _is_random(state) and state.value is not self.after.get(key):
                raise ValueError(
                    f"{_name_of(state, host)} was changed between the steps of populations "
                    f"that implicit junctions couple: {type(host).__name__} has stepped, and "
                    "its step must be repeated now that the other populations step. Change it "
                    "before the first or after the last of them; a jump of the voltage can be "
                    "given as a delta input."
                )
        now = self._waiting()
        random = [(state, state.value) for state, _ in self.before.values() if _is_random(state)]
        for state, value in self.before.values():
            state.value = value
        self.inputs.restore()
        self._run(True)
        self.place.called = False
        self.holder.after()
        # Inputs that have arrived since the step are for the next one, and random numbers continue
        # from their present state.
        now.restore()
        for state, value in random:
            state.value = value

    def _run(self, with_after_updates: bool) -> None:
        # The population itself cannot be called: it would call the port again. So this does what a
        # call of a brainstate Dynamics does from there on.
        host, (args, kwargs) = self.place.host, self.call
        befores = list((host.before_updates or {}).items())
        here = [key for key, _ in befores].index(self.key)
        for _, function in befores[here + 1 :]:
            # brainstate passes the update's arguments to those that have this attribute.
            if hasattr(function, "_receive_update_input"):
                function(*args, **kwargs)
            else:
                function()
        self.place.called = True
        out = host.update(*args, **kwargs)
        if not with_after_updates:
            return
        for key, function in (host.after_updates or {}).items():
            if key == self.key:
                continue
            if hasattr(function, "_not_receive_update_output"):
                function()
            else:
                function(out)


def _parts_of(host: brainstate.nn.Dynamics) -> list[brainstate.nn.Dynamics]:
    """Return all that takes inputs in a call of a population: itself, its parts and its hooks."""
    hooks = [*(host.before_updates or {}).values(), *(host.after_updates or {}).values()]
    found: dict[int, brainstate.nn.Dynamics] = {id(host): host}
    for module in (host, *hooks):
        if isinstance(module, brainstate.nn.Module):
            nodes = module.nodes(brainstate.nn.Dynamics).values()
            found |= {id(part): part for part in nodes}
    return list(found.values())


@contextlib.contextmanager
def _passive(place: Place) -> Iterator[None]:
    place.passive = True
    try:
        yield
    finally:
        place.passive = False


def _is_random(state: brainstate.State) -> bool:
    return isinstance(state, brainstate.random.RandomState)


def _name_of(state: brainstate.State, host: brainstate.nn.Dynamics) -> str:
    kind = type(host).__name__
    for path, own in host.states().items():
        if own is state:
            return f"The state {'.'.join(map(str, path))!r} of {kind}"
    return f"A {type(state).__name__} that the update of {kind} changes"
