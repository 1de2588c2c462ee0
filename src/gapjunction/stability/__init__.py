"""How strong coupling is for a time step, before anything runs."""

from gapjunction.stability._report import StabilityReport as StabilityReport
from gapjunction.stability._stability import stability as stability

__all__ = ["StabilityReport", "stability"]
