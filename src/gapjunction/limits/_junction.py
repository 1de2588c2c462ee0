"""What the limits have to know of a junction."""

from __future__ import annotations

from typing import Any, Protocol

from gapjunction.connectivity import Edges


class Junction(Protocol):
    """A junction, in what it tells about its network."""

    edges: Edges
    weight: Any
    coupling: str
    _symmetric: bool

    @property
    def pre(self) -> Any:
        """Population that edges start at."""

    @property
    def post(self) -> Any:
        """The population that edges end at."""

    def largest_conductance(self) -> Any:
        """Return the largest slope of an edge's current, in a shape of its weight."""
