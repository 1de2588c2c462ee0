"""Junctions half-way along dendrites, in this library and in its peers.

A cell is a ball and stick: a soma of 20 by 20 um and a dendrite of 200 by 2 um, each divided into
five compartments (1 uF/cm2, 100 ohm cm, leak 0.05 mS/cm2). The division, the equations and the time
step of 0.025 ms are the same in all simulators, in float64.

The pair is passive. A current of 0.05 nA goes into the soma of one cell from rest on, and the error
is the largest one of the somatic voltages in 10 ms. The ring consists of 100 cells, each joined
with the next one, with the channels of the squid axon (Hodgkin & Huxley 1952, 6.3 degC) all over
each cell. Each soma has a current of its own, 0.2 to 0.5 nA, so that all cells fire. Errors are
those of somatic voltages in 20 ms, and the mean distance in time between spikes and the true ones.
What is true is computed by NEURON's solver of variable steps at an absolute tolerance of 1e-9, with
the junctions in its equations and without tables of rates.

Times are those of the ring, on one thread where a simulator can be told so, medians of four parts;
no voltages are kept. Set-up and compilation are not in them. The cells of this library's rows are
braincell's, whose own step without any junction has a row of its own.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import harness
from environments import DENDRITES, peers
from simulators import cables_peer, reference
from tables import Table

QUESTION = "What does a step with junctions on dendrites cost, and how right is it?"
DT = 0.025
PAIR = (0.1, 1.0, 100.0, 1e5)  # nS
RING = (1.0, 100.0)
TRUE = "converged"
ALONE = DENDRITES.constants["ALONE"]
METHODS = {
    "gapjunction": ("explicit coupling", "semi-implicit coupling", "implicit coupling"),
    "neuron": (
        "LinearMechanism, implicit Euler",
        "ParallelContext, implicit Euler",
        "ParallelContext, Crank-Nicolson",
    ),
    "arbor": ("its fixed step",),
    "jaxley": ("implicit Euler", "Crank-Nicolson"),
}
FAR = 1e3  # mV; errors beyond are those of a run that diverges
NOTES = (
    "Jaxley has no gap junction: a junction is two synapses of our own, whose currents it takes "
    "from the start of the step.",
    "NEURON takes LinearMechanism with implicit Euler alone. Arbor puts all coupled cells into one "
    "group, which runs on one thread.",
)


def ring(n: int, steps: int) -> dict[str, Any]:
    """Return the job of a ring of cells."""
    drive = np.random.default_rng(0).permutation(np.linspace(0.2, 0.5, n))
    ids = np.arange(n)
    edges = [ids.tolist(), np.roll(ids, -1).tolist()]
    return {
        **{"cells": n, "edges": edges, "drive": drive.tolist(), "active": True},
        **{"dt": DT, "steps": steps},
    }


def jobs(method: str, quick: bool) -> dict[str, dict[str, Any]]:
    """Return the runs of one method, by what they are for."""
    pair = {"drive": [0.05, 0.0], "dt": DT, "steps": 400, "method": method}
    many = ring(10 if quick else 100, 200 if quick else 800) | {"method": method}
    if method == ALONE:
        return {"time": many | {"g": 0.0, "time": True}}
    found = {f"pair {g:g}": pair | {"g": g} for g in PAIR}
    found |= {f"ring {g:g}": many | {"g": g} for g in RING}
    if method != TRUE:
        found["time"] = many | {"g": RING[0], "time": True}
    return found


def measure(options: argparse.Namespace) -> list[Table]:
    """Run all methods of the simulators that are installed."""
    true = cables_peer.run("neuron", jobs(TRUE, options.quick))
    pairs, rings, said = [], [], []
    for key, methods in METHODS.items():
        peer = cables_peer.peer(key)
        if peer.python is None:
            said.append(f"{peer.name}: skipped, not installed (`make bench-peers` does it)")
            continue
        if peer is DENDRITES:
            said.append(f"This library runs on {cables_peer.stack()}.")
            found = cables_peer.run(key, jobs(ALONE, options.quick))
            rings.append({"simulator": "braincell", "method": ALONE, **time(found)})
        for method in methods:
            who = {"simulator": peers()[key].name, "method": method}
            try:
                found = cables_peer.run(key, jobs(method, options.quick))
            except RuntimeError as error:
                said.append(f"{peer.name}, {method}: {str(error).strip().splitlines()[-1]}")
                continue
            pairs.append(who | {f"{g:g} nS": largest(found, true, g) for g in PAIR})
            rings.append(who | row(found, true))
            print(*rings[-1].values(), sep=", ", flush=True)
    return [
        Table("A passive pair: largest error of somatic voltages, mV", pairs, [*NOTES, *said]),
        Table("A ring of active cells: microseconds per step, and errors", rings),
    ]


def largest(
    found: dict[str, dict[str, np.ndarray]], true: dict[str, dict[str, np.ndarray]], g: float
) -> float | str:
    """Return the largest error of the pair in mV, or that it diverges."""
    error = float(np.abs(found[f"pair {g:g}"]["V"] - true[f"pair {g:g}"]["V"]).max())
    return error if error < FAR else "diverges"


def time(found: dict[str, dict[str, np.ndarray]]) -> dict[str, float]:
    """Return the time of a step of the ring."""
    return {"us per step": 1e6 * float(found["time"]["seconds"])}


def row(
    found: dict[str, dict[str, np.ndarray]], true: dict[str, dict[str, np.ndarray]]
) -> dict[str, Any]:
    """Return time and errors of the ring."""
    made: dict[str, Any] = time(found)
    for g in RING:
        V, want = found[f"ring {g:g}"]["V"], true[f"ring {g:g}"]["V"]
        if not np.isfinite(V).all() or np.abs(V).max() > FAR:
            made |= {f"rms, {g:g} nS, mV": "diverges", f"spikes, {g:g} nS, us": None}
            continue
        errors = reference.compare(V, want, DT)
        made[f"rms, {g:g} nS, mV"] = errors["rms_mv"]
        # Where spikes are lost or more than there should be, a mean distance says nothing.
        made[f"spikes, {g:g} nS, us"] = None if errors["unmatched"] else errors["spike_us"]
    return made


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
