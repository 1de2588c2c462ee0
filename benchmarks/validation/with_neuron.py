"""Squid axons (Hodgkin & Huxley 1952), alone and with a conductance between them, as in NEURON.

The reference is NEURON's variable-step solver: CVODE for a cell alone, and IDA with
LinearMechanism for pairs. Its own error is below all errors shown. A "cable" is a pair that NEURON
solves as two segments of one cell. Kappa is dt g / C at 0.025 ms: the larger it is, the stronger
the coupling for the step.
"""

from __future__ import annotations

import argparse

import common

import harness
from comparisons import coupled
from comparisons import tables as alone
from comparisons.cells import CELLS
from comparisons.command import double
from comparisons.convergence import errors, reference
from comparisons.pairs import PAIRS, STEP, alike
from simulators import neuron_peer
from tables import Table

QUESTION = "Do cells, alone and coupled, have the voltages that NEURON has?"


def measure(options: argparse.Namespace) -> list[Table]:
    """Return errors by method and step."""
    double()
    if why := neuron_peer.missing(PAIRS["weak"].job_by("transfer")):
        return [Table("Skipped", [], [why])]
    tables = [one(name) for name in (["axon"] if options.quick else ["axon", "interneuron"])]
    pairs = ["kappa-1"] if options.quick else list(PAIRS)
    return [*tables, *(pair(name) for name in pairs), identical()]


def one(name: str) -> Table:
    """Return the errors of a cell alone."""
    found, precision = alone.measure(CELLS[name])
    return Table(
        f"Worst error of V, mV: {CELLS[name].title}",
        common.by_step({key: error.worst for key, error in found.items()}),
        [f"The error of the reference is at most {precision.worst:.1g} mV."],
    )


def pair(name: str) -> Table:
    """Return the errors of two cells."""
    exact, precision = reference(PAIRS[name])
    found = {
        key: errors(v, exact["v"], key[1]).worst for key, v in coupled.runs(PAIRS[name]).items()
    }
    return Table(
        f"Worst error of V of two cells, mV: {PAIRS[name].title}",
        common.by_step(found),
        [f"The error of the reference is at most {precision.worst:.1g} mV."],
    )


def identical() -> Table:
    """Return how cells fare that are alike."""
    rows: dict[str, dict[str, object]] = {}
    for kappa in (0.1, 1, 10):
        for title, (v, lone) in coupled.alike_runs(alike(kappa, channels=False)).items():
            rise = f"{coupled.rise(v, lone):.6f}"
            rows.setdefault(title, {"method": title})[f"kappa {kappa:g}"] = rise
    return Table(
        f"Identical cells, driven alike: rise of V over that of one cell alone, dt = {STEP} ms",
        list(rows.values()),
        [
            "The exact result is 1. ParallelContext takes each cell's own voltage at the end of "
            "the step and its neighbours' at the start, as `coupling='semi_implicit'` does."
        ],
    )


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
