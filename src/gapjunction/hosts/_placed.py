"""What junctions know about places of multi-compartment cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainstate
import numpy as np
import saiunit as u

from gapjunction.hosts._cable import CableStep
from gapjunction.hosts._compartments import Compartments, register
from gapjunction.hosts._host import describe
from gapjunction.hosts._sites import Sites
from gapjunction.hosts._stepping import RungeKutta, Stepping


class Placed:
    """What a junction has to know about places: the facts about their cells, at these places.

    The attributes have the meanings that :class:`gapjunction.hosts.Host` gives.

    Parameters
    ----------
    sites : Sites
        The places.
    """

    keeps_arrays = False
    states_answer = False
    resets = False
    after_reset = None
    takes_jumps = False
    intake = None
    cell_axes = None
    symmetric = False
    by_call = False
    held_by_current = True
    shows_spikes = True

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.cells = Compartments(sites.owner)

    @property
    def input_unit(self) -> u.Unit:
        """Unit of the current into a place."""
        return self.cells.input_unit

    @property
    def capacitance(self) -> Any:
        """Capacitance of the control volume of each place; None before there are volumes."""
        C = self.cells.capacitance
        return None if C is None else self.sites.gather(C)

    @property
    def rate(self) -> Callable[[], Any]:
        """Input conductance of the cell at each place over the capacitance of its volume."""
        return self._rate

    def _rate(self) -> Any:
        circuit, index = self.cells.circuit(), self.sites.index
        n = circuit.C.shape[1]
        cell, at = np.divmod(index, n)
        try:
            resistance = np.linalg.inv(circuit.G)[cell, at, at]
        except np.linalg.LinAlgError:
            # Without a leak a current cannot leave a cell, and its input resistance is infinite.
            resistance = np.full(len(index), np.inf)
        return u.Quantity(1 / resistance / circuit.C.reshape(-1)[index], unit=u.ms**-1)

    @property
    def stepping(self) -> Stepping:
        """The kind of step that the cells take, as seen from the places."""
        if not self.cells.is_initialised:
            return self.cells.stepping
        if self.cells.symmetric:
            return CableStep(self.cells, self.sites.index)
        # Whatever a solver does within a compartment, it computes axial currents from the voltages
        # of its stages. It is stable for at least as strong a coupling as explicit Euler.
        own = self.cells.stepping
        interval = own.interval if isinstance(own, RungeKutta) else 2.0
        return CableStep(self.cells, self.sites.index, interval)


describe.register(Sites)(Placed)


def prepare(host: brainstate.nn.Dynamics) -> None:
    """Drop the loops that a population compiled before it had junctions."""
    register()
    facts = describe(host)
    if isinstance(facts, Compartments):
        facts.forget_runs()
