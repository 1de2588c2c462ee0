"""Explicit coupling with one current for the whole step, as in `brainpy.state`."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

from gapjunction.coupling._instant import Instant
from gapjunction.coupling.modes._mode import Mode
from gapjunction.hosts import describe


@final
@dataclasses.dataclass(frozen=True)
class PerStep(Mode):
    """``'step'``: the current at the voltages of the step's start, left as an array.

    Some hosts keep such an array for all stages of their step, others (those of `brainpy.state` and
    braincell) use it at the first and are not coupled at the later ones.
    """

    __module__ = "gapjunction.coupling"

    name: ClassVar[str] = "step"
    stiffness: ClassVar[float] = 1.0

    def leave(self, junction: Instant) -> None:
        """Leave the current of this instant."""
        pre, post = junction.now
        # Agreement with brainpy.state matters only for populations that it can couple. Places on
        # cells are not among these: they get the step's current for the whole step.
        keeps = [
            inlet.part is not None or describe(inlet.host).keeps_arrays for inlet in junction.inlets
        ]
        # Without a current for later stages, this acts as the array that brainpy.state adds to the
        # population's inputs, which is used at the first stage and removed.
        junction.put(
            junction.now,
            (
                (lambda *args: pre) if keeps[0] else None,
                (lambda *args: post) if keeps[1] else None,
            ),
        )

    def caution(self, kappa: float) -> str:
        """Return nothing: the limit of the time step is all that there is to say."""
        return ""
