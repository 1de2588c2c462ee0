"""The two populations of a junction, and its edges between them."""

from __future__ import annotations

import dataclasses
from typing import Any

import saiunit as u

from gapjunction._typing import Population
from gapjunction.hosts import voltage_unit
from gapjunction.junctions._flow import Wiring
from gapjunction.junctions._per import Divisors
from gapjunction.junctions._voltages import common_unit


@dataclasses.dataclass(frozen=True)
class Ends:
    """What a component has to know about its junction.

    Parameters
    ----------
    hosts : tuple of two Dynamics
        The populations pre and post.
    states : tuple of two str
        The names of their voltages.
    per : tuple of two Quantity or None
        What the current is divided by before the populations get it.
    wiring : Wiring
        The edges.
    weight : Unit
        The unit of the conductances.
    label : str
        The junction's class and name, for messages.
    """

    hosts: tuple[Any, Any]
    states: tuple[str, str]
    per: Divisors
    wiring: Wiring
    weight: u.Unit
    label: str

    @property
    def is_one(self) -> bool:
        """Whether both ends of the edges are the same voltages of one population."""
        return self.hosts[0] is self.hosts[1] and self.states[0] == self.states[1]

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return self.wiring.edges.n_edges

    def volt(self, host: Population) -> u.Unit | None:
        """Return the unit of a population's voltage; None if that is not known."""
        return voltage_unit(host, self.states[0 if host is self.hosts[0] else 1])

    def common_volt(self) -> u.Unit | None:
        """Return the unit of the voltages, from either population; None if neither has one."""
        (pre, post), (pre_state, post_state) = self.hosts, self.states
        return common_unit(pre, pre_state, post, post_state)
