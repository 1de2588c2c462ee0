"""Coupling through the public classes, in a loop with a host that only adds its input.

The host is a population of `brainpy.state` whose voltage rises by its input, so that nearly all of
a step is that of the junction: reading states, units, currents into both ends, and the sum of
inputs are in it. brainpy.state's junction and ours are in models that are alike but for the import.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brainpy.state
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
import networks
from gapjunction.kernels import native
from tables import Table

QUESTION = "How much faster is coupling than brainpy.state's through the classes that users call?"
SIZES = (1_000, 10_000, 100_000)
DEGREES = (4, 20, 100)
BATCHES = ((20_000, 20, 16), (1_000, 20, 64))
SPATIAL = (100_000, 40)
# K = 20 from 1e4 to 1e6 edges: does an edge cost the same in a large network?
GROWTH = (1_000, 3_000, 10_000, 30_000, 100_000)
WITHOUT = (1_000, 10_000)


class Adder(brainpy.state.Neuron):
    """Cells whose voltage rises by their input."""

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Make the voltage."""
        shape = self.varshape if batch_size is None else (batch_size, *self.varshape)
        start = np.random.default_rng(1).uniform(-80, -40, shape)
        self.V = brainstate.HiddenState(jnp.asarray(start) * u.mV)

    def update(self, x: Any = 0 * u.nA) -> None:
        """Add the input."""
        C = 1 * u.nF
        rise = brainstate.environ.get_dt() / C * self.sum_current_inputs(x, self.V.value)
        self.V.value = self.V.value + rise


def stepping(
    library: Any, ids: networks.Ids, n: int, each: bool, batch: int | None, steps: int
) -> Callable[[], Any]:
    """Return a function that takes steps of a model with one library's junction."""
    cells = Adder(n)
    scale = 1e-3 / max(1, len(ids[0]) // n)
    w = np.random.default_rng(2).random(len(ids[0])) * scale if each else scale
    gap = library.SymmetryGapJunction(cells, "V", lambda pre, post: ids, w * u.uS)
    cells.init_state(batch)

    def step(i: Any) -> None:
        gap()
        cells()

    run = brainstate.transform.jit(lambda: brainstate.transform.for_loop(step, np.arange(steps)))

    def call() -> Any:
        run()
        return cells.V.value.mantissa

    return call


def compare(
    ids: networks.Ids, n: int, each: bool, batch: int | None, timing: dict[str, float]
) -> dict[str, object]:
    """Return the times of one network with both libraries."""
    steps = networks.steps_for(ids, batch or 1)
    libraries = {"built-in": brainpy.state, "ours": gj}
    times = harness.paired(
        {
            name: stepping(library, ids, n, each, batch, steps)
            for name, library in libraries.items()
        },
        **{"rounds": 7, **timing},
    )
    low, high = times.spread("ours")
    return {
        "built-in, us": 1e6 * times.median("built-in") / steps,
        "ours, us": 1e6 * times.median("ours") / steps,
        "speed-up": times.speedup("ours"),
        "quartiles": f"{low:.2f} to {high:.2f}",
        "ns per edge": 1e9 * times.median("ours") / steps / len(ids[0]) / (batch or 1),
    }


def growth(timing: dict[str, float]) -> Table:
    """Return what an edge costs in networks of more and more edges."""
    rows: list[dict[str, Any]] = []
    for n in GROWTH:
        found = compare(networks.random(n, 20), n, True, None, timing)
        rows.append({"N": n, "edges": 10 * n, **found, "as many bytes, us": reading(n, timing)})
    costs = [row["ns per edge"] for row in rows]
    notes = [
        f"The largest cost of an edge is {max(costs) / min(costs):.2f} times the smallest.",
        "The last column is the time in which XLA sums an array of as many bytes as the network "
        "has: an index and a conductance of float32 for both ends of each edge. Networks that the "
        "caches do not hold are bound by it.",
    ]
    return Table("Cost against the number of edges, K = 20", rows, notes)


def reading(n: int, timing: dict[str, float]) -> float:
    """Return in how many microseconds as many bytes are summed as a network of K = 20 has."""
    repeats = 20
    numbers = jnp.ones(2 * 2 * 10 * n, jnp.float32)

    @jax.jit
    def sums(x: jax.Array) -> jax.Array:
        # Each sum needs the last, so that none is left out.
        return jax.lax.fori_loop(0, repeats, lambda _, last: jnp.sum(x + last * 1e-9), 0.0)

    times = harness.paired({"sum": lambda: sums(numbers)}, **{"rounds": 7, **timing})
    return 1e6 * times.median("sum") / repeats


def without_accelerator(timing: dict[str, float]) -> list[dict[str, object]]:
    """Return rows of networks in a process that has no compiled library."""
    return [
        {"N": n, "K": 20, **compare(networks.random(n, 20), n, True, None, timing)} for n in WITHOUT
    ]


def in_plain_process(options: argparse.Namespace) -> Table:
    """Run this script where the accelerator is switched off, and return its table."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--plain", "--bits", str(options.bits)]
        command += ["--output", folder, *(["--quick"] if options.quick else [])]
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "GAPJUNCTION_NATIVE": "0"}
        )
        (report,) = (json.loads(path.read_text()) for path in Path(folder).glob("*.json"))
    return Table(**report["tables"][0])


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the tables."""
    # Edges drawn twice are meant, and a host that only adds is stable.
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    brainstate.environ.set(dt=0.1 * u.ms)
    jax.config.update("jax_enable_x64", options.bits == 64)
    brainstate.environ.set(precision=options.bits)
    if options.plain:
        rows = without_accelerator(options.timing)
        return [Table("Without a compiler and without a prebuilt library", rows)]
    sizes, degrees = (SIZES[:1], DEGREES[:2]) if options.quick else (SIZES, DEGREES)
    timing, rows = options.timing, []
    for n in sizes:
        for degree in degrees:
            ids = networks.random(n, degree)
            for each in (False, True):
                kind = "each" if each else "one"
                found = compare(ids, n, each, None, timing)
                rows.append({"N": n, "K": degree, "conductances": kind, **found})
    gains = np.array([found["speed-up"] for found in rows], float)
    mean = float(np.exp(np.log(gains).mean()))
    notes = [
        f"The geometric mean of the speed-ups is {mean:.2f}, the smallest {gains.min():.2f}.",
        f"The accelerator is {native.status().split(':')[0]}.",
    ]
    bits = f"float{options.bits}"
    tables = [Table(f"Random graphs through the classes, {bits}: time per step", rows, notes)]
    if options.quick:
        return tables
    others = []
    for n, degree, batch in BATCHES:
        found = compare(networks.random(n, degree), n, True, batch, timing)
        others.append({"network": "random", "N": n, "K": degree, "batch": batch, **found})
    n, degree = SPATIAL
    found = compare(networks.local(n, degree, True), n, True, None, timing)
    others.append({"network": "in space, shuffled", "N": n, "K": degree, "batch": 1, **found})
    tables.append(Table(f"Batches and networks in space, {bits}: time per step", others, []))
    return [*tables, growth(timing), in_plain_process(options)]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the precision, and what is measured in a process of its own."""
    parser.add_argument("--bits", type=int, choices=(32, 64), default=32)
    parser.add_argument("--plain", action="store_true", help="only the form without accelerator")


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure, add_options)
