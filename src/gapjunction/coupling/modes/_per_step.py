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
        # As if it were an array among the population's inputs, which brainpy.state makes it.
        junction.put(
            junction.now,
            (
                (lambda *args: pre) if describe(junction.ports[0].host).keeps_arrays else None,
                (lambda *args: post) if describe(junction.ports[1].host).keeps_arrays else None,
            ),
        )

    def caution(self, kappa: float) -> str:
        """Return nothing: the limit says it all."""
        return ""
