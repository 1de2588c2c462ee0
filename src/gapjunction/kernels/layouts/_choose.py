"""Which layout a graph gets: one table of rules, with the measurements that gave them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

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

Make = Callable[[Graph, str], Layout | None]

LAYOUTS: Final[dict[str, Make]] = {
    "edges": Edgewise,
    "rows": Rows,
    "padded": Padded,
    "dense": Dense,
    "shifts": Shifts.of,
    "complete": Complete.of,
}

_FEW_EDGES: Final = 512
_DENSE_CELLS, _DENSE_SHARE = 512, 0.15


class Rule(NamedTuple):
    """One row of the table: of the rules that apply, the first that has a layout decides."""

    applies: Callable[[Graph], bool]
    make: Make
    reason: str


# Ratios are over the form of brainpy.state, on two cores of a server, float32; 'benchmarks/layouts'
# measures those of small graphs again, 'benchmarks/structure' and 'benchmarks/coupling' the others.
RULES: Final = (
    Rule(
        lambda graph: graph.n_edges < _FEW_EDGES,
        Edgewise,
        "Below a microsecond, half of it is not worth another order of summation than that of "
        "brainpy.state, whose traces are then equal to the last digit.",
    ),
    Rule(lambda graph: True, Complete.of, "No edges at all: 7,600 times at N = 4,096."),
    Rule(lambda graph: True, Shifts.of, "No indices: 9 times on a grid of 256 x 256."),
    Rule(
        lambda graph: graph.n <= _DENSE_CELLS and 2 * graph.n_edges >= _DENSE_SHARE * graph.n**2,
        Dense,
        "A number of the matrix takes 0.05 ns, an entry of a row 0.5: at N = 100, K = 20, 4.2 "
        "times against 2.0; at N = 300, K = 20, 1.6 against 2.1.",
    ),
    Rule(
        lambda graph: jax.default_backend() == "cpu" and is_available(),
        Rows,
        "1.6 to 4.6 times on random graphs of K = 4 to 100 and N = 1,000 to 100,000; 10 to 15 "
        "times with batches; 3.8 times in space, renumbered.",
    ),
    Rule(
        lambda graph: jax.default_backend() == "cpu",
        Edgewise,
        "Without the accelerator: 'padded' is 0.6 to 1.8 times as fast and 'rows' slower.",
    ),
    Rule(
        lambda graph: graph.entries.degree.max(initial=0) * graph.n <= 4 * len(graph.entries.col),
        Padded,
        "On accelerators, not measured: no atomic additions, so that results are reproducible.",
    ),
    Rule(lambda graph: True, Rows, "There, too, for hubs that would fill memory with padding."),
)


def choose(graph: Graph, kind: str) -> Layout:
    """Return the layout that the table of rules gives to a graph."""
    made = (rule.make(graph, kind) for rule in RULES if rule.applies(graph))
    return next(layout for layout in made if layout is not None)
