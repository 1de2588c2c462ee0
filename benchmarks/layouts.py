"""Every memory layout on small random graphs, at the sizes where the rules that choose one change.

Timed are loops of nothing but the coupling, in float32, with a conductance for each edge. Times
are nanoseconds per directed edge; a junction counts as two of these. The rules are in
``src/gapjunction/kernels/layouts/_choose.py``.
"""

from __future__ import annotations

import argparse

import jax.numpy as jnp
import numpy as np

import harness
import networks
from gapjunction.kernels import Laplacian
from tables import Table

QUESTION = "Which layout is the fastest for which graph?"
GRAPHS = (
    (20, 4), (20, 16), (50, 4), (50, 20), (100, 4), (100, 20), (200, 10), (200, 40),
    (300, 20), (300, 60), (500, 20), (500, 100), (1_000, 20), (1_000, 200), (10_000, 20),
)  # fmt: skip
LAYOUTS = ("edges", "rows", "padded", "dense")


def row(n: int, degree: int, timing: dict[str, float]) -> dict[str, object]:
    """Return one graph's results."""
    ids, rng = networks.random(n, degree), np.random.default_rng(1)
    w = jnp.asarray(rng.random(len(ids[0])), jnp.float32)
    v = jnp.asarray(rng.random(n), jnp.float32)
    layouts = [name for name in LAYOUTS if name != "dense" or n <= 1_000]
    ways = {"built-in": networks.built_in(ids)}
    ways |= {name: Laplacian(*ids, (n,), layout=name) for name in layouts}
    steps = networks.steps_for(ids)
    times = harness.paired(
        {name: networks.stepping(way, w, v, steps) for name, way in ways.items()}, **timing
    )
    found: dict[str, object] = {"N": n, "K": degree}
    for name in ways:
        found[name] = 1e9 * times.median(name) / steps / (2 * len(ids[0]))
    found["chosen"] = Laplacian(*ids, (n,)).layout(w.shape).name
    return found


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table."""
    rows = [row(*graph, options.timing) for graph in (GRAPHS[:2] if options.quick else GRAPHS)]
    return [Table("Time per step and directed edge, ns", rows)]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
