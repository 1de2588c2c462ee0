"""Coupling that takes each cell's own voltage at the end of the step."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

from gapjunction.coupling._instant import Instant
from gapjunction.coupling.modes._mode import Mode


@final
@dataclasses.dataclass(frozen=True)
class SemiImplicit(Mode):
    """``'semi_implicit'``: own voltage at the end of the step, neighbours at its start.

    The equation of each cell stands alone. It is stable at any step, and of first order. What flows
    out of one cell is not quite what flows into the other: even a change that a cell shares with
    all its neighbours is damped.
    """

    __module__ = "gapjunction.coupling"

    name: ClassVar[str] = "semi_implicit"
    solved: ClassVar[bool] = True

    def leave(self, junction: Instant) -> None:
        """Ask for a current that is solved cell by cell."""
        junction.ask(None)

    def caution(self, kappa: float) -> str:
        """Return by how much the response to an input is damped, where that matters."""
        damping = kappa / (1 + kappa)
        if damping <= 0.05:
            return ""
        return f"Stable, but damped by up to {100 * damping:.2g} %: coupling='implicit' is not."
