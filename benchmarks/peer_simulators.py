"""One network of Hodgkin-Huxley cells with gap junctions, in this library and in its peers.

N squid axons (Hodgkin & Huxley 1952, 6.3 degC, 200 pF) are joined by the same undirected random
graph in all simulators, with 20 junctions of 1 nS per cell on average. Each cell has a constant
current of its own, 2 to 6 nA, and an initial voltage of its own, so that cells fire at their own
rates (about 90 Hz) and phases. The time step is 0.025 ms everywhere. Explicit coupling is far from
its limit of stability: dt sum(g) / C is 0.0025. Each run is a process of its own. The times per
step do not include set-up and compilation, and the voltages of the steps are not kept. A run that
would take too long is stopped after a shorter biological time, which is stated.

Errors are those of N = 100 in the first 20 ms, at the same time step and precision. One is the
error of the voltages of all cells relative to a converged solution of the same equations: SciPy's
DOP853 at a tolerance of 1e-10, or the simulator's own run at a sixteenth of the step where its
equations are others. The other is the mean distance in time between its spikes and the converged
ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import harness
import machine
from environments import Peer, peers
from simulators import reference, task
from tables import Table

QUESTION = "How long does a step of one network take in each simulator, and how right is it?"
SIZES = (100, 1_000, 10_000)
REFINEMENT = 16
ACCURACY = 20.0  # ms


NOTES = (
    "Times per step are medians of the four parts of a run (Brian2: of one). One second of "
    "biological time is 40,000 steps: 100 us per step are 4 s.",
    "Threads are those of the runs in their order; where a simulator has a choice, all cores or "
    "one, whichever was faster. XLA takes the cores that it finds.",
    "float32 and float64 are the widths of all of a network's state.",
)


class LostError(Exception):
    """A run that did not come to its end, and why."""


@dataclasses.dataclass
class Runs:
    """Where workers are run, and for how long.

    Parameters
    ----------
    folder : Path
        For tasks and results.
    duration : float
        Biological time, ms.
    budget : float
        Seconds for the timed part of a run.
    limit : float
        Seconds after which a run is given up, set-up included.
    """

    folder: Path
    duration: float
    budget: float
    limit: float

    def time(self, peer: Peer, variant: str, n: int) -> dict[str, Any]:
        """Return what a worker measured, with the number of threads that suits it."""
        threads = [machine.cores()]
        if peer.constants["THREADS"] == "faster" and threads != [1]:
            # As many as there are, or one: what is faster in a short run.
            tried = {t: self._run(peer, variant, n, t, budget=1.0) for t in (1, *threads)}
            threads = [min(tried, key=lambda t: tried[t]["us_per_step"])]
        return self._run(peer, variant, n, threads[0], budget=self.budget)

    def error(self, peer: Peer, variant: str) -> dict[str, Any]:
        """Return how far a variant is from the converged solution."""
        return reference.compare(self._trace(peer, variant, 1), self._converged(peer), task.DT)

    def _converged(self, peer: Peer) -> np.ndarray:
        own = peer.constants["EQUATIONS"] == "its own"
        kept = self.folder / f"converged-{peer.key if own else 'task'}.npy"
        if not kept.exists():
            first = next(iter(peer.constants["VARIANTS"]))
            steps = round(ACCURACY / task.DT)
            np.save(
                kept,
                self._trace(peer, first, REFINEMENT)
                if own
                else reference.solve(task.make(SIZES[0]), steps),
            )
        return np.load(kept)

    def _trace(self, peer: Peer, variant: str, refinement: int) -> np.ndarray:
        path = self.folder / "trace.npz"
        options = ["--duration", str(ACCURACY), "--trace", str(path)]
        self._call(peer, variant, SIZES[0], options, refinement)
        with np.load(path) as file:
            return file["trace"][::refinement]

    def _run(self, peer: Peer, variant: str, n: int, threads: int, budget: float) -> dict[str, Any]:
        options = ["--threads", str(threads), "--budget", str(budget)]
        return self._call(peer, variant, n, [*options, "--duration", str(self.duration)])

    def _call(
        self, peer: Peer, variant: str, n: int, options: list[str], refinement: int = 1
    ) -> dict[str, Any]:
        network = self.folder / f"task-{n}-{refinement}.npz"
        if not network.exists():
            made = task.make(n)
            dataclasses.replace(made, dt=made.dt / refinement).save(network)
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        command = [str(peer.python), str(peer.worker), str(network), str(result)]
        try:
            done = subprocess.run(
                [*command, "--variant", variant, *options],
                capture_output=True,
                text=True,
                timeout=self.limit,
            )
        except subprocess.TimeoutExpired:
            raise LostError(f"not done after {self.limit:g} s") from None
        if done.returncode or not result.exists():
            last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            raise LostError(last[0])
        return json.loads(result.read_text())


def measure(options: argparse.Namespace) -> list[Table]:
    """Run every variant of every simulator that is installed."""
    sizes = SIZES[:1] if options.quick else SIZES
    duration, budget = (50.0, 2.0) if options.quick else (1000.0, options.budget)
    speed, details, known, lost = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), duration, budget, options.limit)
        for key, peer in peers().items():
            if options.simulators and key not in options.simulators:
                continue
            if peer.python is None:
                lost.append(f"{peer.name}: skipped, not installed (`make bench-peers` does it)")
                print(lost[-1], flush=True)
                continue
            found: list[dict[str, Any]] = []
            for variant in peer.constants["VARIANTS"]:
                row, its_runs, its_lost = one_variant(runs, peer, variant, sizes)
                speed.append(row)
                found += its_runs
                lost += its_lost
            details += found
            known.append(
                {
                    "simulator": peer.name,
                    "version": found[0]["version"] if found else None,
                    "Python": found[0]["Python"] if found else None,
                    "equations": peer.constants["EQUATIONS"],
                    "what is run": peer.about,
                }
            )
    for row in details:
        del row["version"], row["Python"]
    return [
        Table("Microseconds per step, and errors", speed, [*NOTES, *lost]),
        Table("Each run", details),
        Table("The simulators", known),
    ]


def one_variant(
    runs: Runs, peer: Peer, variant: str, sizes: Sequence[int]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Return a variant's row of the first table, its rows of the second, and what failed."""
    who = {"simulator": peer.name, "method": variant}
    row: dict[str, Any] = dict(who)
    details, lost, threads = [], [], []
    for n in sizes:
        column = f"N = {n:,}"
        row[column] = None
        try:
            found = runs.time(peer, variant, n)
        except LostError as why:
            lost.append(f"{peer.name}, {variant}, {column}: {why}")
            print(lost[-1], flush=True)
            continue
        row[column] = found["us_per_step"]
        threads.append(found["threads"])
        details.append(
            who
            | {
                "N": n,
                "threads": found["threads"],
                "us per step": found["us_per_step"],
                "fastest": found["fastest_us"],
                "slowest": found["slowest_us"],
                "timed, ms": found["timed_ms"],
                "simulated, ms": found["simulated_ms"],
                "set-up, s": found["setup_s"],
                "compilation, s": found["compile_s"],
                "rate, Hz": found["rate_hz"],
                "silent cells": found["silent_cells"],
                "mean V at the end, mV": found["mean_voltage"],
                "version": found["version"],
                "Python": found["python"],
            }
        )
        print(f"{peer.name}, {variant}, {column}: {found['us_per_step']:.3g} us", flush=True)
    row["threads"] = ", ".join(map(str, threads)) or None
    try:
        error = runs.error(peer, variant)
    except LostError as why:
        lost.append(f"{peer.name}, {variant}, errors: {why}")
        return row, details, lost
    row["rms error, mV"] = error["rms_mv"]
    row["spike error, us"] = error["spike_us"]
    if error["unmatched"]:
        lost.append(
            f"{peer.name}, {variant}: {error['unmatched']} spikes more or less than the "
            f"{error['spikes']} of the converged run"
        )
    return row, details, lost


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this script alone takes."""
    parser.add_argument("--simulators", nargs="+", choices=list(peers()), metavar="NAME")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds timed per run")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds, then a run is lost")


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure, add_options)
