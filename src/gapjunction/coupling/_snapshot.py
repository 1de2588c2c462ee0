"""All that a trial of a population's update must put back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import brainstate

from gapjunction.coupling._terminal import CurrentPlug, Terminal


class Snapshot:
    """A population before its step: states, random numbers, waiting inputs and deposits.

    Parameters
    ----------
    host : Dynamics
        The population.
    """

    def __init__(self, host: Any) -> None:
        self.host = host
        states = [*host.states().values(), brainstate.random.DEFAULT]
        self.states = [(state, state.value) for state in states]
        self.current_inputs = dict(host.current_inputs or {})
        self.delta_inputs = dict(host.delta_inputs or {})
        self.terminals = [(terminal, terminal.save()) for terminal in self._terminals()]

    def restore(self) -> None:
        """Put everything back."""
        for state, value in self.states:
            state.value = value
        # Inputs that are arrays are popped by the first evaluation.
        for now, before in (
            (self.host.current_inputs, self.current_inputs),
            (self.host.delta_inputs, self.delta_inputs),
        ):
            if now is not None:
                now.clear()
                now.update(before)
        for terminal, saved in self.terminals:
            terminal.load(saved)

    @contextlib.contextmanager
    def trial(self) -> Iterator[None]:
        """Let the population be stepped without consequence."""
        for terminal, _ in self.terminals:
            terminal.passive = True
        try:
            yield
        finally:
            for terminal, _ in self.terminals:
                terminal.passive = False
            self.restore()

    def _terminals(self) -> list[Terminal]:
        plugs = self.current_inputs.values()
        ends = [plug.terminal for plug in plugs if isinstance(plug, CurrentPlug)]
        return [end for end in ends if isinstance(end, Terminal)]
