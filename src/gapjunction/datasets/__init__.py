"""Measured wiring that ships with the library."""

from gapjunction.datasets._celegans import Connectome as Connectome
from gapjunction.datasets._celegans import celegans as celegans

__all__ = ["Connectome", "celegans"]
