"""Construction, cost by number of edges, and import, each in a process of its own.

Construction makes a ``SymmetryGapJunction`` from two arrays of ids, with a conductance for each
edge. Peak memory is what the process needs beyond what it held before. The step is the coupling
alone, in float32, with K = 20 junctions per cell. Imports are timed in a fresh interpreter, with
their files in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

import numpy as np

import harness
from tables import Table

QUESTION = "What do construction, large networks and the import cost?"
EDGES = (10_000, 100_000, 1_000_000, 10_000_000)
CONSTRUCT = """
import json, resource, sys, time
import brainpy.state, numpy as np, saiunit as u
import jax, jax.numpy as jnp
import gapjunction as gj, networks
from gapjunction.kernels import native
native.is_available(); jnp.zeros(3).block_until_ready()
n_edges = int(sys.argv[1]); n = n_edges // 10
cells = brainpy.state.HH(n)
ids = networks.random(n, 20)
w = np.random.default_rng(1).random(n_edges).astype(np.float32) * 1e-3
import warnings; warnings.simplefilter("ignore")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
before, start = peak(), time.perf_counter()
gap = gj.SymmetryGapJunction(cells, "V", ids, w * u.mS)
made, after = time.perf_counter() - start, peak()
v = jnp.asarray(np.random.default_rng(2).random(n), jnp.float32)


def median_step(current, steps):
    run = networks.stepping(current, jnp.asarray(w), v, steps)
    jax.block_until_ready(run())
    times = []
    for _ in range(5):
        start = time.perf_counter()
        jax.block_until_ready(run())
        times.append((time.perf_counter() - start) / steps)
    return sorted(times)[2]


ours = median_step(gap._wiring.laplacian, networks.steps_for(ids, edges=5e8))
theirs = median_step(networks.built_in(ids), networks.steps_for(ids, edges=1e8))
print(json.dumps([made, after - before, ours, theirs]))
"""
IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def run(code: str, *arguments: str) -> str:
    """Return the last line that a fresh interpreter prints."""
    path = [p for p in sys.path if p.endswith("benchmarks")][:1]
    code = f"import sys; sys.path[:0] = {path!r}\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the tables."""
    rows = []
    for n_edges in EDGES[:2] if options.quick else EDGES:
        made, memory, step, theirs = json.loads(run(CONSTRUCT, str(n_edges)))
        rows.append(
            {
                "edges": n_edges,
                "construction, s": made,
                "peak memory, GB": memory,
                "step, us": 1e6 * step,
                "ns per edge": 1e9 * step / n_edges,
                "built-in, ns per edge": 1e9 * theirs / n_edges,
            }
        )
    logs = np.log([[row["edges"], row["step, us"]] for row in rows])
    slope = np.polyfit(logs[:, 0], logs[:, 1], 1)[0]
    theirs = np.log([row["edges"] * row["built-in, ns per edge"] for row in rows])
    their_slope = np.polyfit(logs[:, 0], theirs, 1)[0]
    rounds, modules = 3 if options.quick else 11, ("brainpy.state", "gapjunction")
    times = {name: [] for name in modules}
    for _ in range(rounds):
        for name in modules:
            times[name].append(float(run(IMPORT.format(name))))
    base, ours = times.values()
    more = statistics.median(b / a for a, b in zip(base, ours, strict=True)) - 1
    imports = [{"import": name, "s": statistics.median(times[name])} for name in modules]
    return [
        Table(
            "Cost by edges",
            rows,
            [
                f"The time of a step grows with the number of edges to the power {slope:.2f}, and "
                f"brainpy.state's to the power {their_slope:.2f}: voltages and edges outgrow the "
                "processor's caches one after the other."
            ],
        ),
        Table(
            "Import, which includes that of brainpy.state",
            imports,
            [f"It takes {100 * more:.0f} % more than that of brainpy.state alone."],
        ),
    ]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
