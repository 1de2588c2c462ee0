"""Gap junctions and ion channels for models written with `brainpy.state` on JAX."""

from importlib.metadata import version as _version

from gapjunction import connectivity as connectivity
from gapjunction import connexins as connexins
from gapjunction import coupling as coupling
from gapjunction import datasets as datasets
from gapjunction import hosts as hosts
from gapjunction import ion_channels as ion_channels
from gapjunction import laws as laws
from gapjunction import measure as measure
from gapjunction import neuroml as neuroml
from gapjunction import neurons as neurons
from gapjunction import nmodl as nmodl
from gapjunction import plasticity as plasticity
from gapjunction import plotting as plotting
from gapjunction import runs as runs
from gapjunction import sharding as sharding
from gapjunction._checks import GapJunctionWarning as GapJunctionWarning
from gapjunction.coupling import Implicit as Implicit
from gapjunction.hosts import sites as sites
from gapjunction.junctions import AsymmetryGapJunction as AsymmetryGapJunction
from gapjunction.junctions import PlasticGapJunction as PlasticGapJunction
from gapjunction.junctions import RectifyingGapJunction as RectifyingGapJunction
from gapjunction.junctions import SpikeletGapJunction as SpikeletGapJunction
from gapjunction.junctions import SymmetryGapJunction as SymmetryGapJunction
from gapjunction.junctions import VoltageClamp as VoltageClamp
from gapjunction.junctions import VoltageGatedGapJunction as VoltageGatedGapJunction
from gapjunction.neurons import PointNeuron as PointNeuron
from gapjunction.runs import run as run
from gapjunction.sharding import exchange as exchange
from gapjunction.sharding import shard as shard
from gapjunction.stability import stability as stability

__version__ = _version("gapjunction")

__all__ = [
    "AsymmetryGapJunction",
    "GapJunctionWarning",
    "Implicit",
    "PlasticGapJunction",
    "PointNeuron",
    "RectifyingGapJunction",
    "SpikeletGapJunction",
    "SymmetryGapJunction",
    "VoltageClamp",
    "VoltageGatedGapJunction",
    "connectivity",
    "connexins",
    "coupling",
    "datasets",
    "exchange",
    "hosts",
    "ion_channels",
    "laws",
    "measure",
    "neuroml",
    "neurons",
    "nmodl",
    "plasticity",
    "plotting",
    "run",
    "runs",
    "shard",
    "sharding",
    "sites",
    "stability",
]
