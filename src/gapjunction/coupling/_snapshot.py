"""What must be put back after a population's update was run on trial."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import brainstate

from gapjunction.coupling._terminal import CurrentPlug, Terminal


class Snapshot:
    """A population as it is before its step: states, random numbers, waiting inputs and deposits.

    Implicit coupling runs the update of a population more than once per step (see
    :mod:`gapjunction.coupling._coupler`). Every run must start from the same point, or gates would
    advance twice, noise would differ, and inputs of the first run would be missing in the second.

    Parameters
    ----------
    host : Dynamics
        The population.
    """

    def __init__(self, host: brainstate.nn.Dynamics) -> None:
        self.host = host
        # The random state is global in brainstate: a neuron with noise draws from it.
        states = [*host.states().values(), brainstate.random.DEFAULT]
        self.states = [(state, state.value) for state in states]
        self.current_inputs = dict(host.current_inputs or {})
        self.delta_inputs = dict(host.delta_inputs or {})
        self.terminals = [(terminal, terminal.save()) for terminal in self._terminals()]

    def restore(self) -> None:
        """Put everything back as it was when the snapshot was taken."""
        for state, value in self.states:
            state.value = value
        # An update removes those of its inputs that are arrays, at the first evaluation. The
        # dictionaries are refilled in place because the population holds these very objects.
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
        """Let the population be stepped within the ``with`` block, and put everything back after.

        Meanwhile its terminals are passive: they hand current over, but neither clear deposits nor
        complain that the trial, which is differentiated, is another trace than the junction's.
        """
        for terminal, _ in self.terminals:
            terminal.passive = True
        try:
            yield
        finally:
            for terminal, _ in self.terminals:
                terminal.passive = False
            self.restore()

    def _terminals(self) -> list[Terminal]:
        """Return the terminals of all junctions at this population, found through their plugs."""
        plugs = self.current_inputs.values()
        ends = [plug.terminal for plug in plugs if isinstance(plug, CurrentPlug)]
        # The coupler of the population has a current plug too, and is not a terminal.
        return [end for end in ends if isinstance(end, Terminal)]
