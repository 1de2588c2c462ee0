"""Which layout a graph gets: one table of rules, with the measurements that they are based on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from gapjunction.kernels import _device
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


# A CPU without the accelerator gets padded rows if these have at most this many places per entry.
_PADDING: Final = 1.5


def _padded_a_little(graph: Graph, kind: str) -> Layout | None:
    made = Padded(graph, kind)
    return made if made.padding <= _PADDING else None


class Rule(NamedTuple):
    """One row of the table. The first rule that applies and gives a layout decides."""

    applies: Callable[[Graph], bool]
    make: Make
    reason: str


# "n times" means n times as fast as the way in which brainpy.state computes the current, measured
# on two cores of a server in float32. N is the number of cells, K the number of neighbours of a
# cell. 'benchmarks/layouts' measures small graphs again, 'benchmarks/coupling' the others.
RULES: Final = (
    Rule(
        lambda graph: _device.is_cpu() and graph.n_edges < _FEW_EDGES,
        Edgewise,
        "The current takes less than a microsecond. Other layouts would save half of that, but sum "
        "in another order; in this one traces equal those of brainpy.state to the last digit.",
    ),
    Rule(lambda graph: True, Complete.of, "It needs no edges at all: 4,800 times at N = 4,096."),
    Rule(lambda graph: True, Shifts.of, "It needs no indices: 8 times on a grid of 256 x 256."),
    Rule(
        lambda graph: (
            _device.is_cpu()
            and graph.n <= _DENSE_CELLS
            and 2 * graph.n_edges >= _DENSE_SHARE * graph.n**2
        ),
        Dense,
        "An element of the matrix takes 0.05 ns, an entry of a row of 'rows' 0.3 ns. At N = 100, "
        "K = 20 'dense' is 2.9 times and 'rows' 2.5; at N = 300, K = 20 they are 1.3 and 2.7.",
    ),
    Rule(
        lambda graph: _device.is_cpu() and is_available(),
        Rows,
        "1.6 to 6.6 times on random graphs of K = 4 to 100 and N = 1,000 to 100,000; 19 and 26 "
        "times with batches; 5 times on networks in space, whose cells are renumbered.",
    ),
    Rule(
        lambda graph: _device.is_cpu(),
        _padded_a_little,
        "Without the accelerator: 1.7 and 1.8 times at K = 20 and N = 10,000 and 1,000.",
    ),
    Rule(
        lambda graph: _device.is_cpu(),
        Edgewise,
        "Without the accelerator, where rows differ much in length: as fast as brainpy.state.",
    ),
    Rule(
        lambda graph: graph.entries.degree.max(initial=0) * graph.n <= 4 * len(graph.entries.col),
        Padded,
        "On a GPU or TPU, where speed was not measured. There are no atomic additions, so that "
        "results are reproducible.",
    ),
    Rule(
        lambda graph: True,
        Rows,
        "On a GPU or TPU, for graphs with hubs, for which 'padded' would fill memory with padding: "
        "sums of parts of a row are summed again.",
    ),
)


def choose(graph: Graph, kind: str) -> Layout:
    """Return the layout that the table of rules gives to a graph."""
    made = (rule.make(graph, kind) for rule in RULES if rule.applies(graph))
    return next(layout for layout in made if layout is not None)
