"""Pure functions on arrays: no units, no Modules, no State.

An ohmic network is a weighted graph, and its current is the graph's Laplacian applied to the
voltages. These are the two halves of that product over a list of edges.
"""

from gapjunction.kernels._edges import accumulate as accumulate
from gapjunction.kernels._edges import flatten_cells as flatten_cells
from gapjunction.kernels._edges import working_dtype as working_dtype

__all__ = ["accumulate", "flatten_cells", "working_dtype"]
