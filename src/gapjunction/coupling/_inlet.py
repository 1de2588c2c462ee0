"""How a junction's currents get into the membrane equation of one of its populations.

A junction has currents and voltages over its own end: over all units of a population, or over those
of a *part* of it, such as places of multi-compartment cells. The population wants currents as its
equation takes them: over an area or a capacitance, or over points of a cell.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import saiunit as u

from gapjunction.coupling._intake import divided
from gapjunction.hosts import Intake, Part, Picks, describe


@dataclasses.dataclass(frozen=True)
class Inlet:
    """One end of a junction.

    Parameters
    ----------
    host : Dynamics
        The population that steps.
    part : Part or None
        The part of it that the junction sees; None for all.
    per : Quantity or None
        What currents are divided by before the population takes them, such as the areas of its
        cells; None if it takes them as they are.
    ids : numpy.ndarray of int
        Flat ids of the units of this end that have an edge.
    """

    host: Any
    part: Part | None
    per: u.Quantity | None
    ids: np.ndarray

    @property
    def _intake(self) -> Intake | None:
        return describe(self.host).intake

    def into(self, current: Any) -> Any:
        """Return a current into this end in the form that the population's current inputs have."""
        if isinstance(current, int):
            # The plain number 0, which brainstate takes as an input in any unit.
            return current
        found = divided(self.scatter(current), self.per)
        return found if (intake := self._intake) is None else intake.into(found)

    def seen(self, v: Any) -> Any:
        """Return the voltages of this end from what the population passes to its inputs."""
        intake = self._intake
        return self.gather(v if intake is None else intake.seen(v))

    def gather(self, x: Any) -> Any:
        """Return values of the units of this end from those of all units."""
        return x if self.part is None else self.part.gather(x)

    def scatter(self, x: Any) -> Any:
        """Return values of all units of the population from those of this end."""
        return x if self.part is None else self.part.scatter(x)

    @property
    def picks(self) -> Picks:
        """The units of this end among those of the population."""
        if self.part is None:
            return Picks(None, tuple(self.host.out_size))
        return self.part.picks

    @property
    def touched(self) -> np.ndarray:
        """Flat ids, in the population, of the units that have an edge, each once."""
        return np.unique(self.ids if self.part is None else self.part.index[self.ids])
