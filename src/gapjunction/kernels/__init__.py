"""Pure functions on arrays: no units, no Modules, no State.

An ohmic network is a weighted graph, and its current is the graph's Laplacian applied to the
voltages: :class:`Laplacian` is that operator. For other laws, currents are computed edge by edge
and accumulated.
"""

from gapjunction.kernels._edges import accumulate as accumulate
from gapjunction.kernels._edges import flatten_cells as flatten_cells
from gapjunction.kernels._edges import working_dtype as working_dtype
from gapjunction.kernels._laplacian import Laplacian as Laplacian
from gapjunction.kernels.layouts import LAYOUTS as LAYOUTS

__all__ = ["LAYOUTS", "Laplacian", "accumulate", "flatten_cells", "working_dtype"]
