"""What a step costs in each coupling mode, in networks of Hodgkin-Huxley cells.

Each cell has K = 20 random junctions on average, dt is 0.025 ms, and the sum of a cell's
conductances is 0.1 mS/cm2: kappa is 0.0025. The drive makes all cells fire. Times are divided by
that of the same network with explicit coupling, measured in turns with it.
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
from network_step import AREA, DEGREE, SIZES, STEPS, Network, stepping
from tables import Table

QUESTION = "What does a step of a whole network cost in each coupling mode?"
MODES = ("stage", "extrapolated", "semi_implicit", "implicit")
SOLVERS = ("exp_euler", "staggered")
WEIGHT = 0.1 / DEGREE * u.mS / AREA


def make(solver: str, coupling: str, n: int) -> Network:
    """Return a network."""
    cells = gj.neurons.HH1952(n, solver=solver)
    ids = networks.random(n, DEGREE)
    gaps = gj.SymmetryGapJunction(cells, "V", ids, WEIGHT, coupling=coupling)
    return Network(cells, gaps, np.linspace(10, 20, n) * u.uA / AREA)


def row(solver: str, n: int, bits: int, timing: dict[str, float]) -> dict[str, object]:
    """Return the results of one size with one solver."""
    steps = int(np.clip(STEPS / n, 200, 20_000))
    times = harness.paired(
        {mode: stepping(make(solver, mode, n), steps) for mode in MODES}, **timing
    )
    found: dict[str, object] = {"solver": solver, "N": n, "float": bits}
    found["stage, us"] = 1e6 * times.median("stage") / steps
    for mode in MODES[1:]:
        found[f"cost, {mode}"] = 1 / times.speedup(mode, "stage")
    return found


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table."""
    # Edges drawn twice are meant.
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    brainstate.environ.set(dt=0.025 * u.ms)
    rows = []
    for bits in (32, 64):
        jax.config.update("jax_enable_x64", bits == 64)
        brainstate.environ.set(precision=bits)
        for solver in SOLVERS:
            sizes = SIZES[:1] if options.quick else SIZES
            rows += [row(solver, n, bits, options.timing) for n in sizes]
    notes = ["Costs are times over that of 'stage'."]
    return [Table("Coupling modes: time per step, K = 20, kappa = 0.0025", rows, notes)]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
