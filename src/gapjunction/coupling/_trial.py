"""Running a population's step more than once, each time from the same point.

Implicit coupling runs the step of a population on trial, to see how its voltage answers to current,
and then for good. Every run must start from the same point, or gates would advance twice, noise
would differ, and inputs of the first run would be missing in the second. What a run changes is seen
by recording it: all States that it writes, whoever holds them, the random numbers among them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import brainstate

from gapjunction.coupling._plugs import CurrentPlug, holder_of
from gapjunction.coupling._terminal import SavedTerminal, Terminal

if TYPE_CHECKING:
    from gapjunction.coupling._holder import Holder

Call = tuple[tuple[Any, ...], dict[str, Any]]


class Inputs:
    """The inputs and deposits that wait at a population, which its step uses up.

    Also those of other parts that step with it, such as synapses that it updates before itself.

    Parameters
    ----------
    host : Dynamics
        The population.
    """

    def __init__(self, host: brainstate.nn.Dynamics) -> None:
        self.waiting = [
            (inputs, dict(inputs))
            for part in _parts_of(host)
            for inputs in (part.current_inputs, part.delta_inputs)
            if inputs is not None
        ]
        self.terminals: list[tuple[Terminal, SavedTerminal]] = [
            (terminal, terminal.save()) for terminal in terminals_of(host)
        ]
        self.holder = holder_of(host)
        self.saved_holder = None if self.holder is None else self.holder.save()

    def restore(self) -> None:
        """Put everything back as it was when this object was made."""
        # The dictionaries are refilled in place because their owners hold these very objects.
        for inputs, before in self.waiting:
            inputs.clear()
            inputs.update(before)
        for terminal, saved in self.terminals:
            terminal.load(saved)
        if self.holder is not None and self.saved_holder is not None:
            self.holder.load(self.saved_holder)


class Step:
    """The rest of a call of a population, from the coupler's turn on, to be run several times.

    Parameters
    ----------
    host : Dynamics
        The population.
    key : str
        The key of the coupler among the functions that the population calls before its update.
        Functions registered behind it belong to the rest of the call.
    call : tuple
        Arguments of the call.
    """

    def __init__(self, host: brainstate.nn.Dynamics, key: str, call: Call) -> None:
        self.host, self.key, self.call = host, key, call
        self.inputs = Inputs(host)
        self.before: dict[int, tuple[brainstate.State, Any]] = {}
        self.after: dict[int, Any] = {}

    def trial(self, read: Callable[[], Any], with_after_updates: bool) -> Any:
        """Run the rest of the call without consequence, and return what ``read`` says at its end.

        Meanwhile the terminals of the population are passive: they hand current over, but neither
        clear deposits nor complain that the trial, which is differentiated, is another trace than
        that of the junctions.
        """
        with _passive(self.inputs), brainstate.StateTraceStack() as trace:
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
        """Note what the step has left, so that :meth:`again` sees what others change since."""
        self.after = {key: state.value for key, (state, _) in self.before.items()}

    def again(self) -> None:
        """Run the rest of the call again, from the same point.

        Raises
        ------
        ValueError
            If a State that the step changes was changed by something else since the step. It could
            be neither kept nor undone.
        """
        for key, (state, _) in self.before.items():
            if not _is_random(state) and state.value is not self.after.get(key):
                raise ValueError(
                    f"{_name_of(state, self.host)} was changed between the steps of populations "
                    f"that implicit junctions couple: {type(self.host).__name__} has stepped, and "
                    "its step must be repeated now that the other populations step. Change it "
                    "before the first or after the last of them; a jump of the voltage can be "
                    "given as a delta input."
                )
        now = Inputs(self.host)
        random = [(state, state.value) for state, _ in self.before.values() if _is_random(state)]
        for state, value in self.before.values():
            state.value = value
        self.inputs.restore()
        self._run(True)
        # What has arrived since the step is for the next one, and random numbers go on from where
        # they are by now.
        now.restore()
        for state, value in random:
            state.value = value

    def _run(self, with_after_updates: bool) -> None:
        # The population itself cannot be called: it would call the coupler again. So this does
        # what a call of a brainstate Dynamics does from the coupler on.
        host, (args, kwargs) = self.host, self.call
        befores = list((host.before_updates or {}).items())
        here = [key for key, _ in befores].index(self.key)
        for _, function in befores[here + 1 :]:
            # brainstate marks by this attribute which of them get the update's arguments.
            if hasattr(function, "_receive_update_input"):
                function(*args, **kwargs)
            else:
                function()
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


def terminals_of(host: brainstate.nn.Dynamics) -> list[Terminal]:
    """Return the terminals of all junctions at a population, found through their plugs."""
    plugs = (host.current_inputs or {}).values()
    ends = [plug.terminal for plug in plugs if isinstance(plug, CurrentPlug)]
    # The coupler of the population has a current plug too, and is not a terminal.
    return [end for end in ends if isinstance(end, Terminal)]


@contextlib.contextmanager
def _passive(inputs: Inputs) -> Iterator[None]:
    ends: list[Terminal | Holder] = [terminal for terminal, _ in inputs.terminals]
    ends += [] if inputs.holder is None else [inputs.holder]
    for end in ends:
        end.passive = True
    try:
        yield
    finally:
        for end in ends:
            end.passive = False


def _is_random(state: brainstate.State) -> bool:
    return isinstance(state, brainstate.random.RandomState)


def _name_of(state: brainstate.State, host: brainstate.nn.Dynamics) -> str:
    kind = type(host).__name__
    for path, own in host.states().items():
        if own is state:
            return f"The state {'.'.join(map(str, path))!r} of {kind}"
    return f"A {type(state).__name__} that the update of {kind} changes"
