"""Fast-spiking interneurons with gap junctions (Mancilla et al. 2007), as in NEST.

The cell is NEST's `hh_psc_alpha_gap`, written here with channels of this library. The published
values are those of NEST's own regression test, `test_hh_psc_alpha_gap`. It has two cells with a
junction of 20 nS and a current of 200 pA into one of them; the values are the voltage of the other
cell after 1, 15, 120, 131 and 199 steps of 0.1 ms.
"""

from __future__ import annotations

import argparse

import common
import numpy as np

import harness
from comparisons import nest_table
from comparisons.command import double
from comparisons.nest_pair import PAIRS, PUBLISHED
from simulators import nest_peer
from tables import Table

QUESTION = "Do coupled cells have the voltages that NEST has, and has published?"
STEPS = (0.1, 0.05, 0.025, 0.0125)


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the published values beside ours, and how errors shrink."""
    double()
    if why := nest_peer.missing():
        return [Table("Skipped", [], [why])]
    tables = [published(STEPS[:2] if options.quick else (*STEPS, 0.005))]
    for name in ("below",) if options.quick else ("below", "driven", "stiff"):
        tables.append(convergence(name))
    return tables


def published(steps: tuple[float, ...]) -> Table:
    """Return the voltages of the cell without drive."""
    pair, at = PAIRS["driven"], list(PUBLISHED)
    exact = pair.by_scipy(0.1)[at, 1]
    theirs = nest_peer.run({"0.1": pair.job(0.1, nest_table.USUAL, every=0.1)})["0.1"]["V"][at, 1]
    rows = {"published": np.array([*PUBLISHED.values()]), "NEST here, dt 0.1 ms": theirs}
    for dt in steps:
        V = pair.run("staggered", "implicit", dt)["V"][:: round(0.1 / dt), 1]
        rows[f"`staggered`, `implicit`, dt {dt:g} ms"] = V[at]
    rows["SciPy, DOP853, tolerance 1e-10"] = exact
    return Table(
        "V of the cell without drive after so many steps of 0.1 ms, mV",
        [
            {"": title}
            | {f"step {step}": f"{value:.3f}" for step, value in zip(at, values, strict=True)}
            | {"furthest from SciPy": float(np.abs(values - exact).max())}
            for title, values in rows.items()
        ],
        [
            "The published values are NEST's at dt = 0.1 ms, where its coupling is interpolated "
            "between steps; they are not those of the equations. Ours approach SciPy's solution "
            "with the step, not the published values."
        ],
    )


def convergence(name: str) -> Table:
    """Return the worst error of a pair's voltages by step."""
    nest_table.STEPS = STEPS
    found, precision = nest_table.measure(PAIRS[name])
    worst = {key: error.worst for key, error in found.items()}
    return Table(
        f"Worst error of V, mV: {PAIRS[name].title}",
        common.by_step(worst),
        [
            f"Errors are relative to NEST's solution at 0.0025 ms and wfr_tol 1e-12, from which "
            f"SciPy's is {precision.worst:.1g} mV away. Inside a step NEST integrates each cell "
            "with adaptive steps, so that its errors come from the coupling alone."
        ],
    )


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
