"""The coupling modes: one file each, and the table of their names.

A new mode is a file with a final subclass of :class:`Mode`, and a line in this table. The class
says how current gets into the step, which time steps are stable, and what the stability report says
about it; junctions, limits and reports read that from here.
"""

from __future__ import annotations

from typing import Final

from gapjunction._checks import check_choice
from gapjunction.coupling.modes._extrapolated import Extrapolated as Extrapolated
from gapjunction.coupling.modes._implicit import Implicit as Implicit
from gapjunction.coupling.modes._mode import Mode as Mode
from gapjunction.coupling.modes._per_stage import PerStage as PerStage
from gapjunction.coupling.modes._per_step import PerStep as PerStep
from gapjunction.coupling.modes._semi_implicit import SemiImplicit as SemiImplicit

MODES: Final[dict[str, Mode]] = {
    mode.name: mode for mode in (PerStep(), PerStage(), Extrapolated(), SemiImplicit(), Implicit())
}
"""All coupling modes by name, with their usual settings."""


def as_mode(coupling: object) -> Mode:
    """Return the coupling mode for a name, or for an object that has settings of its own."""
    if isinstance(coupling, Mode):
        return coupling
    return MODES[check_choice("coupling", coupling, tuple(MODES))]
