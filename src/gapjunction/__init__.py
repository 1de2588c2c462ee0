"""Gap junctions and ion channels for models written with `brainpy.state` on JAX."""

from importlib.metadata import version as _version

from gapjunction import connectivity as connectivity
from gapjunction import datasets as datasets
from gapjunction._checks import GapJunctionWarning as GapJunctionWarning
from gapjunction.junctions import AsymmetryGapJunction as AsymmetryGapJunction
from gapjunction.junctions import SymmetryGapJunction as SymmetryGapJunction

__version__ = _version("gapjunction")

__all__ = [
    "AsymmetryGapJunction",
    "GapJunctionWarning",
    "SymmetryGapJunction",
    "connectivity",
    "datasets",
]
