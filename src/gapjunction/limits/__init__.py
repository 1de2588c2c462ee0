"""Which time steps are stable for junctions whose current is that of the step's start."""

from gapjunction.limits._junction import unit_at as unit_at
from gapjunction.limits._network import EXPLICIT as EXPLICIT
from gapjunction.limits._network import Network as Network
from gapjunction.limits._populations import MS as MS
from gapjunction.limits._populations import PER_MS as PER_MS
from gapjunction.limits._populations import NoCapacitanceError as NoCapacitanceError
from gapjunction.limits._populations import capacitance_of as capacitance_of
from gapjunction.limits._populations import populations_of as populations_of
from gapjunction.limits._populations import unique as unique
from gapjunction.limits._warning import warn_if_too_weak as warn_if_too_weak
from gapjunction.limits._warning import warn_if_unstable as warn_if_unstable

__all__ = [
    "EXPLICIT",
    "MS",
    "PER_MS",
    "Network",
    "NoCapacitanceError",
    "capacitance_of",
    "populations_of",
    "unique",
    "unit_at",
    "warn_if_too_weak",
    "warn_if_unstable",
]
