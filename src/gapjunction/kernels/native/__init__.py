"""An optional accelerator: sums over a network in C++, on machines that have a compiler."""

from gapjunction.kernels.native._build import status as status
from gapjunction.kernels.native._call import Network as Network
from gapjunction.kernels.native._call import both_derivatives as both_derivatives
from gapjunction.kernels.native._call import coupled_rows as coupled_rows
from gapjunction.kernels.native._call import edge_products as edge_products
from gapjunction.kernels.native._call import is_available as is_available
from gapjunction.kernels.native._call import sum_rows as sum_rows

__all__ = [
    "Network",
    "both_derivatives",
    "coupled_rows",
    "edge_products",
    "is_available",
    "status",
    "sum_rows",
]
