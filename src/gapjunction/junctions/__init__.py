"""Gap junctions as brainstate Modules."""

from gapjunction.coupling import Currents as Currents
from gapjunction.junctions._base import GapJunction as GapJunction
from gapjunction.junctions._clamp import VoltageClamp as VoltageClamp
from gapjunction.junctions._lawful import RectifyingGapJunction as RectifyingGapJunction
from gapjunction.junctions._lawful import VoltageGatedGapJunction as VoltageGatedGapJunction
from gapjunction.junctions._ohmic import AsymmetryGapJunction as AsymmetryGapJunction
from gapjunction.junctions._ohmic import SymmetryGapJunction as SymmetryGapJunction
from gapjunction.junctions._plastic import PlasticGapJunction as PlasticGapJunction
from gapjunction.junctions._spikelet import SpikeletGapJunction as SpikeletGapJunction

__all__ = [
    "AsymmetryGapJunction",
    "Currents",
    "GapJunction",
    "PlasticGapJunction",
    "RectifyingGapJunction",
    "SpikeletGapJunction",
    "SymmetryGapJunction",
    "VoltageClamp",
    "VoltageGatedGapJunction",
]
