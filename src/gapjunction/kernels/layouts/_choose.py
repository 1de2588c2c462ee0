"""Which layout a graph gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import jax

from gapjunction.kernels._graph import Graph
from gapjunction.kernels.layouts._complete import Complete
from gapjunction.kernels.layouts._dense import Dense
from gapjunction.kernels.layouts._edgewise import Edgewise
from gapjunction.kernels.layouts._layout import Layout
from gapjunction.kernels.layouts._padded import Padded
from gapjunction.kernels.layouts._rows import Rows
from gapjunction.kernels.layouts._shifts import Shifts
from gapjunction.kernels.native import is_available

LAYOUTS: Final[dict[str, Callable[[Graph, str], Layout | None]]] = {
    "edges": Edgewise,
    "rows": Rows,
    "padded": Padded,
    "dense": Dense,
    "shifts": Shifts.of,
    "complete": Complete.of,
}


# Fewer edges than this are not worth another order of summation than that of brainpy.state.
_FEW: Final = 512
# A matrix of all pairs is read faster than entries are gathered if so many of its numbers are used.
_DENSE_CELLS, _DENSE_SHARE = 512, 0.15


def choose(graph: Graph, kind: str) -> Layout:
    """Return the layout that is fastest for a graph, by rules that were measured."""
    if graph.n_edges < _FEW:
        return Edgewise(graph, kind)
    for rule in (Complete.of, Shifts.of):
        if (found := rule(graph, kind)) is not None:
            return found
    if graph.n <= _DENSE_CELLS and 2 * graph.n_edges >= _DENSE_SHARE * graph.n**2:
        return Dense(graph, kind)
    if jax.default_backend() == "cpu":
        return Rows(graph, kind) if is_available() else Edgewise(graph, kind)
    return Padded(graph, kind)
