"""Who is coupled to whom.

:class:`Edges` is a checked list of edges. Builders make one for populations of any size and are
passed as ``conn`` to a junction, here and in `brainpy.state`: :func:`one_to_one`,
:class:`all_to_all`, :class:`ring`, :class:`grid`, :class:`random`, :class:`random_blocks`,
:class:`distance`, :class:`from_scipy` and :class:`from_networkx`. :func:`from_table` reads edges
from a file, and :func:`proximity` joins dendrites that come near each other. :func:`as_edges` lists
everything that a junction accepts as ``conn``.

Properties of the graph are given by :func:`degree`, :func:`components`, :func:`mean_path_length`
and :func:`laplacian`. :func:`to_scipy` and :func:`to_networkx` convert it. :func:`layout` returns
the places at which :func:`gapjunction.plotting.network` draws the cells, and :func:`partition` an
order of the cells for several devices.
"""

from gapjunction.connectivity._builder import Builder as Builder
from gapjunction.connectivity._convert import as_edges as as_edges
from gapjunction.connectivity._distance import distance as distance
from gapjunction.connectivity._edges import Edges as Edges
from gapjunction.connectivity._facts import components as components
from gapjunction.connectivity._facts import degree as degree
from gapjunction.connectivity._facts import laplacian as laplacian
from gapjunction.connectivity._facts import mean_path_length as mean_path_length
from gapjunction.connectivity._layout import layout as layout
from gapjunction.connectivity._networkx import from_networkx as from_networkx
from gapjunction.connectivity._networkx import to_networkx as to_networkx
from gapjunction.connectivity._order import Order as Order
from gapjunction.connectivity._order import partition as partition
from gapjunction.connectivity._proximity import proximity as proximity
from gapjunction.connectivity._random import random as random
from gapjunction.connectivity._random_blocks import random_blocks as random_blocks
from gapjunction.connectivity._regular import all_to_all as all_to_all
from gapjunction.connectivity._regular import grid as grid
from gapjunction.connectivity._regular import one_to_one as one_to_one
from gapjunction.connectivity._regular import ring as ring
from gapjunction.connectivity._scipy import from_scipy as from_scipy
from gapjunction.connectivity._scipy import to_scipy as to_scipy
from gapjunction.connectivity._table import from_table as from_table

__all__ = [
    "Builder",
    "Edges",
    "Order",
    "all_to_all",
    "as_edges",
    "components",
    "degree",
    "distance",
    "from_networkx",
    "from_scipy",
    "from_table",
    "grid",
    "laplacian",
    "layout",
    "mean_path_length",
    "one_to_one",
    "partition",
    "proximity",
    "random",
    "random_blocks",
    "ring",
    "to_networkx",
    "to_scipy",
]
