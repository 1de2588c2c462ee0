"""Gap junctions as brainstate Modules."""

from gapjunction.junctions._base import Currents as Currents
from gapjunction.junctions._base import GapJunction as GapJunction
from gapjunction.junctions._ohmic import AsymmetryGapJunction as AsymmetryGapJunction
from gapjunction.junctions._ohmic import SymmetryGapJunction as SymmetryGapJunction

__all__ = ["AsymmetryGapJunction", "Currents", "GapJunction", "SymmetryGapJunction"]
