"""Ways to lay a network out in memory, one class each, and the rules that choose among them."""

from gapjunction.kernels.layouts._choose import LAYOUTS as LAYOUTS
from gapjunction.kernels.layouts._choose import choose as choose
from gapjunction.kernels.layouts._edgewise import Edgewise as Edgewise
from gapjunction.kernels.layouts._layout import CORE as CORE
from gapjunction.kernels.layouts._layout import Layout as Layout
from gapjunction.kernels.layouts._layout import at as at
from gapjunction.kernels.layouts._rows import Rows as Rows
from gapjunction.kernels.layouts._rows import solve_rows as solve_rows

__all__ = ["CORE", "LAYOUTS", "Edgewise", "Layout", "Rows", "at", "choose", "solve_rows"]
