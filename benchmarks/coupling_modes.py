"""What a step costs in each coupling mode, in networks of Hodgkin-Huxley cells.

Each cell has K = 20 random junctions on average, dt is 0.025 ms, and the sum of a cell's
conductances is 0.1 mS/cm2: kappa is 0.0025. The drive makes all cells fire. Times are divided by
that of the same network with explicit coupling, measured in turns with it.

The second table has what the cost is bound by. A coupled step has to multiply by the network once
for each digit or so that it gains, until its tolerance is reached: the column of products says how
many products of the network fit into the time by which coupling makes the step longer than that of
the same cells without junctions. Explicit coupling takes one; two with 'staggered', which is of
second order.
"""

from __future__ import annotations

import argparse
import warnings

import brainstate
import jax
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
import networks
from network_step import AREA, DEGREE, SIZES, STEPS, Network, product, stepping
from tables import Table

QUESTION = "What does a step of a whole network cost in each coupling mode?"
MODES = ("stage", "extrapolated", "semi_implicit", "implicit")
SOLVERS = ("exp_euler", "staggered")
WEIGHT = 0.1 / DEGREE * u.mS / AREA


def make(solver: str, coupling: str | None, n: int) -> Network:
    """Return a network, without junctions if there is no coupling mode."""
    cells = gj.neurons.HH1952(n, solver=solver)
    gaps = None
    if coupling is not None:
        ids = networks.random(n, DEGREE)
        gaps = gj.SymmetryGapJunction(cells, "V", ids, WEIGHT, coupling=coupling)
    return Network(cells, gaps, np.linspace(10, 20, n) * u.uA / AREA)


def row(solver: str, n: int, bits: int, timing: dict[str, float]) -> tuple[dict[str, object], ...]:
    """Return the results of one size with one solver: costs, and what they are made of."""
    steps = int(np.clip(STEPS / n, 200, 20_000))
    ways = {mode: stepping(make(solver, mode, n), steps) for mode in MODES}
    ways |= {"alone": stepping(make(solver, None, n), steps), "product": product(n, steps)}
    times = harness.paired(ways, **timing)
    each = {name: 1e6 * times.median(name) / steps for name in ways}
    what: dict[str, object] = {"solver": solver, "N": n, "float": bits}
    costs = what | {"stage, us": each["stage"]}
    costs |= {f"cost, {mode}": 1 / times.speedup(mode, "stage") for mode in MODES[1:]}
    parts = what | {"without junctions, us": each["alone"], "one product, us": each["product"]}
    parts |= {f"products, {mode}": (each[mode] - each["alone"]) / each["product"] for mode in MODES}
    return costs, parts


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table."""
    # Edges drawn twice are meant.
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    brainstate.environ.set(dt=0.025 * u.ms)
    rows: list[tuple[dict[str, object], ...]] = []
    for bits in (32, 64):
        jax.config.update("jax_enable_x64", bits == 64)
        brainstate.environ.set(precision=bits)
        for solver in SOLVERS:
            sizes = SIZES[:1] if options.quick else SIZES
            rows += [row(solver, n, bits, options.timing) for n in sizes]
    notes = ["Costs are times over that of 'stage'."]
    costs, parts = zip(*rows, strict=True)
    return [
        Table("Coupling modes: time per step, K = 20, kappa = 0.0025", costs, notes),
        Table("What coupling is made of", parts),
    ]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
