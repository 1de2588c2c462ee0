"""Coupling through the public classes, in a loop with a host that only adds its input.

The host is a population of `brainpy.state` whose voltage rises by its input, so that nearly all of
a step is that of the junction: reading states, units, currents into both ends, and the sum of
inputs are in it. brainpy.state's junction and ours are in models that are alike but for the import.

Columns with *bare* are of the same networks, as functions on plain arrays in a loop of nothing
else: brainpy.state's two gathers and two scatters, the memory layout that the library chooses, the
layout that it takes without its accelerator, and for networks with a structure the product with a
sparse matrix (CSR) of SciPy on one thread. Where a network in space is shuffled, SciPy's matrix
still has the cells numbered along space.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
import networks
from classes import bare, compare
from gapjunction.kernels import native
from tables import Table

QUESTION = "How much faster is coupling than brainpy.state's through the classes that users call?"
SIZES = (1_000, 10_000, 100_000)
DEGREES = (4, 20, 100)
# K = 20 from 1e4 to 1e6 edges: does an edge cost the same in a large network?
GROWTH = (1_000, 3_000, 10_000, 30_000, 100_000)
WITHOUT = (1_000, 10_000)


class Case(NamedTuple):
    """A network with a structure, or a batch.

    Parameters
    ----------
    n : int
    make : callable
        Returns the ends of the edges.
    each : bool
        Whether each edge has a conductance of its own.
    batch : int, optional
    for_scipy : callable, optional
        Returns the edges for SciPy, where these are others.
    """

    n: int
    make: Callable[[], networks.Ids]
    each: bool
    batch: int | None = None
    for_scipy: Callable[[], networks.Ids] | None = None


def along() -> networks.Ids:
    """Return edges in space, between cells that are numbered along it."""
    return networks.local(100_000, 40, False)


CASES = {
    "batch of 16": Case(20_000, lambda: networks.random(20_000, 20), True, 16),
    "batch of 64": Case(1_000, lambda: networks.random(1_000, 20), True, 64),
    "in space, shuffled": Case(
        100_000, lambda: networks.local(100_000, 40, True), True, None, along
    ),
    "in space, numbered along it": Case(100_000, along, True),
    "grid of 256 x 256": Case(65_536, lambda: networks.grid(256), False),
    "grid, a conductance each": Case(65_536, lambda: networks.grid(256), True),
    "small and dense": Case(100, lambda: networks.random(100, 20), True),
    "all to all": Case(4_096, lambda: networks.complete(4_096), False),
}
QUICK = ("batch of 64", "small and dense")


def structured(name: str, case: Case, timing: dict[str, float]) -> dict[str, object]:
    """Return one row of batches and networks with a structure."""
    ids = case.make()
    for_scipy = case.for_scipy() if case.for_scipy else ids
    return {
        "network": name,
        "N": case.n,
        "edges": len(ids[0]),
        **compare(ids, case.n, case.each, case.batch, timing),
        **bare(ids, case.n, case.each, case.batch, timing, for_scipy),
    }


def on_random_graphs(options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows and the notes of random graphs."""
    sizes, degrees = (SIZES[:1], DEGREES[:2]) if options.quick else (SIZES, DEGREES)
    rows: list[dict[str, Any]] = []
    for n in sizes:
        for degree in degrees:
            ids = networks.random(n, degree)
            for each in (False, True):
                row = {"N": n, "K": degree, "conductances": "each" if each else "one"}
                row |= compare(ids, n, each, None, options.timing)
                rows.append(row | bare(ids, n, each, None, options.timing))
    notes = []
    for column, what in (("speed-up", "Through the classes"), ("bare, speed-up", "Bare")):
        gains = np.array([row[column] for row in rows], float)
        mean = float(np.exp(np.log(gains).mean()))
        notes.append(
            f"{what}: the geometric mean of the speed-ups is {mean:.2f}, "
            f"the smallest {gains.min():.2f}."
        )
    return rows, [*notes, f"The accelerator is {native.status().split(':')[0]}."]


def growth(timing: dict[str, float]) -> Table:
    """Return what an edge costs in networks of more and more edges."""
    rows: list[dict[str, Any]] = []
    for n in GROWTH:
        found = compare(networks.random(n, 20), n, True, None, timing)
        near = compare(networks.local(n, 20, False), n, True, None, timing)
        rows.append(
            {
                "N": n,
                "edges": 10 * n,
                **found,
                "to cells nearby, ns per edge": near["ns per edge"],
                "as many bytes, us": reading(n, timing),
            }
        )
    notes = [
        f"The largest cost of an edge is {spread(rows, 'ns per edge'):.2f} times the smallest, and "
        f"of an edge to a cell nearby {spread(rows, 'to cells nearby, ns per edge'):.2f} times.",
        "Networks with edges to cells nearby have as many numbers to read, but find the voltages "
        "of neighbours in the nearest cache. What edges to any cell cost beyond them is the way to "
        "the voltages: 100,000 of these are 400 kB.",
        "The last column is the time in which XLA sums an array of as many bytes as the network "
        "has: an index and a conductance of float32 for both ends of each edge.",
    ]
    return Table("Cost against the number of edges, K = 20", rows, notes)


def spread(rows: Sequence[Mapping[str, Any]], column: str) -> float:
    """Return by what factor the numbers of a column differ."""
    found = [row[column] for row in rows]
    return max(found) / min(found)


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
    bits = f"float{options.bits}"
    random = Table(f"Random graphs, {bits}: time per step", *on_random_graphs(options))
    rows = [
        structured(name, CASES[name], options.timing)
        for name in (QUICK if options.quick else CASES)
    ]
    others = Table(f"Batches and networks with a structure, {bits}: time per step", rows)
    if options.quick:
        return [random, others]
    return [random, others, growth(options.timing), in_plain_process(options)]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the precision, and what is measured in a process of its own."""
    parser.add_argument("--bits", type=int, choices=(32, 64), default=32)
    parser.add_argument("--plain", action="store_true", help="only the form without accelerator")


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure, add_options)
