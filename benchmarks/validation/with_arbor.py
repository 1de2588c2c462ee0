"""Two passive cells with a gap junction and a current into one of them, as in Arbor.

The exact steady state is that of an electric circuit with two nodes. The traces are compared with
the exact solution of the two linear equations.
"""

from __future__ import annotations

import argparse

import common
import numpy as np

import harness
from comparisons.command import double
from comparisons.passive_pair import Pair
from simulators import arbor_peer
from tables import Table

QUESTION = "Do two passive cells come to the voltages of the circuit, here and in Arbor?"
STEPS = (0.1, 0.05, 0.025)


def measure(options: argparse.Namespace) -> list[Table]:
    """Return steady states and errors on the way there."""
    double()
    pair = Pair()
    exact = pair.exact(pair.times(0.025))
    rows = [{"": "circuit, exact"} | _voltages(pair.steady_state)]
    found = {}
    why = arbor_peer.missing()
    if not why:
        jobs = {str(dt): pair.job(dt) for dt in STEPS}
        theirs = {float(dt): found["V"] for dt, found in arbor_peer.run(jobs).items()}
        rows.append({"": "Arbor, dt 0.025 ms"} | _voltages(theirs[0.025][-1]))
        found |= {("Arbor", dt): _worst(v, exact, dt) for dt, v in theirs.items()}
    for solver, coupling in (
        ("exp_euler", "stage"),
        ("staggered", "implicit"),
        ("rk4", "stage"),
    ):
        title = f"`{solver}`, `{coupling}`"
        for dt in STEPS:
            v = pair.run(solver, coupling, dt)
            found[title, dt] = _worst(v, exact, dt)
        rows.append({"": f"{title}, dt {dt} ms"} | _voltages(v[-1]))
    notes = [f"Arbor: skipped, {why}"] if why else []
    return [
        Table("Steady state, mV, after 400 ms", rows, notes),
        Table("Worst error on the way there, mV", common.by_step(found)),
    ]


def _voltages(v: np.ndarray) -> dict[str, str]:
    return {"with the current": f"{v[0]:.6f}", "its neighbour": f"{v[1]:.6f}"}


def _worst(v: np.ndarray, exact: np.ndarray, dt: float) -> float:
    return float(np.abs(v - exact[:: round(dt / 0.025)]).max())


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
