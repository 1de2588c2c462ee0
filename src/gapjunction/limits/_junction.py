"""What has to be known of a junction to compute which time steps are stable."""

from __future__ import annotations

from typing import Any, Protocol

from gapjunction.connectivity import Edges
from gapjunction.coupling import Mode


class Junction(Protocol):
    """The attributes of a junction that are used here.

    A protocol, because the class itself is in a later row of the package, which uses this one.
    """

    edges: Edges
    weight: Any
    coupling: str
    _mode: Mode
    _symmetric: bool

    @property
    def pre(self) -> Any:
        """The population that edges start at."""

    @property
    def post(self) -> Any:
        """The population that edges end at."""

    def largest_conductance(self) -> Any:
        """Return the largest slope of each edge's current, in a shape that ``weight`` may have."""
