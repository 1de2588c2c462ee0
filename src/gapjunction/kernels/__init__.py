"""Pure functions on arrays, without units, Modules or States.

An ohmic network is a weighted graph, and its current is the graph's Laplacian applied to the
voltages: :class:`Laplacian` is that operator. For other laws, currents are computed edge by edge
and accumulated.
"""

# This import gives the operations of the other modules their derivatives.
from gapjunction.kernels import _derivatives as _derivatives
from gapjunction.kernels._edges import CellSums as CellSums
from gapjunction.kernels._edges import flatten_cells as flatten_cells
from gapjunction.kernels._edges import working_dtype as working_dtype
from gapjunction.kernels._exchange import exchange as exchange
from gapjunction.kernels._laplacian import Laplacian as Laplacian
from gapjunction.kernels._primitive import implement as implement
from gapjunction.kernels.layouts import CORE as CORE
from gapjunction.kernels.layouts import LAYOUTS as LAYOUTS
from gapjunction.kernels.layouts import Layout as Layout
from gapjunction.kernels.layouts import solve_rows as solve_rows

__all__ = ["LAYOUTS", "CellSums", "Laplacian", "flatten_cells", "working_dtype"]
