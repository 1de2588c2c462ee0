"""What the worker of every simulator does; needs NumPy alone.

``python WORKER.py TASK.npz RESULT.json --variant V`` builds the network, runs it, and says how
long that took; with ``--trace TRACE.npz`` it runs the start only and keeps all voltages. Where the
simulator takes jobs too, ``python WORKER.py JOBS.json RESULTS.npz --jobs`` runs ``{name: job}`` and
writes all that each records, as ``name/what``.
"""

from __future__ import annotations

import abc
import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from task import Task

PARTS = 4
"""The timed run comes in so many parts; the time per step is their median."""


class Simulator(abc.ABC):
    """A network in one simulator, at time 0 when it is made.

    Parameters
    ----------
    task : Task
    options : dict
        Those of the variant.
    threads : int
    record : bool
        Whether :attr:`trace` is needed.
    """

    version: str
    chunk = 160
    """Steps of the first run and of the second, untimed ones; timed ones are multiples of it."""
    continues = True
    """Whether a run goes on where the one before ended, or else starts again at time 0."""

    @classmethod
    def prepare(cls) -> None:
        """Make what is made once per environment, untimed."""
        return

    @abc.abstractmethod
    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        """Build the network."""

    @abc.abstractmethod
    def run(self, steps: int) -> float:
        """Take steps and return the seconds that their loop took."""

    @abc.abstractmethod
    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell in the steps since time 0."""

    @abc.abstractmethod
    def voltages(self) -> np.ndarray:
        """Return the voltages now, mV."""

    @abc.abstractmethod
    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step, shape (steps + 1, n)."""


class Stopwatch:
    """Seconds spent in a ``with`` block."""

    def __enter__(self) -> Stopwatch:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._start


Jobs = Callable[[dict[str, Any]], dict[str, dict[str, np.ndarray]]]
"""From jobs by name to what each records, by name."""


def main(
    kind: type[Simulator], variants: dict[str, dict[str, Any]], jobs: Jobs | None = None
) -> None:
    """Run a worker from the command line.

    Parameters
    ----------
    kind : type
        What runs the network.
    variants : dict
        Options of each way to run it.
    jobs : callable, optional
        What runs jobs, where the simulator takes them.
    """
    parser = argparse.ArgumentParser(description=sys.modules[kind.__module__].__doc__)
    parser.add_argument("task", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--variant", choices=variants, default=next(iter(variants)))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--duration", type=float, default=1000.0, help="biological time, ms")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for the timed run")
    parser.add_argument("--trace", type=Path, help="keep all voltages here, and time nothing")
    if jobs is not None:
        parser.add_argument("--jobs", action="store_true", help="run jobs instead of a task")
    arguments = parser.parse_args()
    if jobs is not None and arguments.jobs:
        keep_samples(jobs, arguments.task, arguments.result)
        return
    task = Task.load(arguments.task)
    options = variants[arguments.variant]
    steps = round(arguments.duration / task.dt)
    kind.prepare()
    if arguments.trace:
        found = keep_trace(kind, task, options, arguments.threads, steps, arguments.trace)
    else:
        found = measure(kind, task, options, arguments.threads, steps, arguments.budget)
    found |= {"python": platform.python_version(), "threads": arguments.threads, "n": task.n}
    write(arguments.result, json.dumps(found, allow_nan=False))


def measure(
    kind: type[Simulator],
    task: Task,
    options: dict[str, Any],
    threads: int,
    steps: int,
    budget: float,
) -> dict[str, Any]:
    """Return times, and what shows that the network lived.

    The first run compiles, where there is something to compile; the second says how many steps
    the budget allows.
    """
    with Stopwatch() as setup:
        simulator = kind(task, options, threads, record=False)
    chunk = min(simulator.chunk, max(1, steps // 6))
    with Stopwatch() as first:
        simulator.run(chunk)
    second = simulator.run(chunk)
    parts, before = (PARTS, 2 * chunk) if simulator.continues else (1, 0)
    allowed = min(steps - before, budget * chunk / max(second, 1e-9))
    part = max(1, int(allowed / parts / chunk)) * chunk
    each = [simulator.run(part) / part for _ in range(parts)]
    done = before + parts * part
    voltages, spikes = simulator.voltages(), simulator.spikes()
    if not np.isfinite(voltages).all():
        raise ArithmeticError(f"voltages are not finite after {done * task.dt:g} ms")
    return {
        "version": simulator.version,
        "setup_s": setup.seconds,
        "compile_s": max(0.0, first.seconds - second),
        "us_per_step": 1e6 * statistics.median(each),
        "slowest_us": 1e6 * max(each),
        "fastest_us": 1e6 * min(each),
        "timed_ms": part * parts * task.dt,
        "simulated_ms": done * task.dt,
        "rate_hz": float(spikes.mean() / (done * task.dt / 1000)),
        "silent_cells": int((spikes == 0).sum()),
        "counted_cells": len(spikes),
        "mean_voltage": float(voltages.mean()),
    }


def keep_trace(
    kind: type[Simulator],
    task: Task,
    options: dict[str, Any],
    threads: int,
    steps: int,
    path: Path,
) -> dict[str, Any]:
    """Run with all voltages kept, and write them."""
    simulator = kind(task, options, threads, record=True)
    simulator.run(steps)
    trace = np.asarray(simulator.trace(), float)
    if trace.shape != (steps + 1, task.n):
        raise ValueError(f"trace must be of shape {(steps + 1, task.n)}, got {trace.shape}")
    np.savez(path, trace=trace)
    return {"version": simulator.version}


def keep_samples(run: Jobs, asked: Path, answered: Path) -> None:
    """Run the jobs in a file, and write what they record."""
    found = run(json.loads(asked.read_text()))
    samples = {f"{name}/{what}": x for name, each in found.items() for what, x in each.items()}
    np.savez(answered, **samples)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
