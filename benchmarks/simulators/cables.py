"""Cells with a dendrite, joined half-way along it, as every simulator runs them; needs NumPy alone.

A cell is a ball and stick: a soma and one dendrite, cylinders of ``PARTS`` equal compartments each.
The dendrites of two cells are joined in their middles. ``cables_NAME.py`` runs them in a simulator;
what a job may say is in ``DEFAULTS``.
"""

from __future__ import annotations

import abc
import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from driver import keep_samples

SOMA, RADIUS = 20.0, 10.0  # um
DENDRITE, THIN = 200.0, 1.0  # um
PARTS = 5
MIDDLE = PARTS // 2
CM, RA = 1.0, 100.0  # uF/cm2, ohm cm
LEAK, REST = 5e-5, -65.0  # S/cm2, mV
G_NA, G_K, E_NA, E_K = 0.12, 0.036, 50.0, -77.0  # S/cm2, mV; Hodgkin & Huxley 1952
CELSIUS = 6.3
CHUNKS = 4
"""A timed run comes in so many parts; the time per step is their median."""

DEFAULTS = {
    "cells": 2,
    "edges": [[0], [1]],  # the pairs, each once
    "g": 1.0,  # nS
    "start": [-65.0],  # mV, of each cell or of all
    "drive": [0.0],  # nA into the middle of the soma, of each cell or of all
    "active": False,  # whether all of each cell has the channels of the squid axon
    "dendritic": {},  # channels of the catalogue in dendrites alone: S/cm2 by the names of classes
    "mechanisms": "",  # for NEURON: the folder where these channels are compiled
    "celsius": CELSIUS,
    "clamps": [],  # [cell, branch, mV]: the middle of a branch is held at a voltage
    "record": ["soma"],  # branches in the middle of which voltages are kept
    "method": "",  # by the names that the simulator has
    "dt": 0.025,  # ms
    "steps": 400,
    "time": False,  # time the steps, and record nothing
}


class Cables(abc.ABC):
    """Cells of a job in one simulator, at time 0 when they are made.

    Parameters
    ----------
    job : dict
        As :func:`complete` returns it.
    """

    channels = False
    """Whether it takes ``dendritic`` and ``record``."""
    clamps = False
    """Whether it takes ``clamps``."""

    @abc.abstractmethod
    def __init__(self, job: dict[str, Any]) -> None:
        """Build the cells."""

    @abc.abstractmethod
    def run(self, steps: int) -> None:
        """Take steps, and wait for them."""

    @abc.abstractmethod
    def voltages(self) -> np.ndarray:
        """Return voltages in mV at time 0 and after each step, or the last ones.

        Columns are the cells in the first place of ``record``, then those in the next.
        """

    def currents(self) -> np.ndarray:
        """Return the current of each clamp in each step, in nA, shape (steps, n_clamps)."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back what would outlast the cells."""
        return


def complete(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job with the values that it does not say, those of cells in an array."""
    job = DEFAULTS | job
    for name in ("start", "drive"):
        job[name] = np.broadcast_to(np.array(job[name], float), job["cells"])
    return job


def both_ways(job: dict[str, Any]) -> list[tuple[int, int]]:
    """Return source and target of every half junction."""
    pre, post = job["edges"]
    return [*zip(pre, post, strict=True), *zip(post, pre, strict=True)]


def run_one(kind: type[Cables], job: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the voltages of a run, or the time of its steps."""
    job = complete(job)
    if not kind.channels and (job["dendritic"] or job["record"] != ["soma"]):
        raise ValueError(
            f"{kind.__name__} takes no job with dendritic channels or with places to record."
        )
    if job["clamps"] and not kind.clamps:
        raise ValueError(f"{kind.__name__} takes no job with clamps.")
    cells = kind(job)
    try:
        return measured(cells, job)
    finally:
        cells.close()


def measured(cells: Cables, job: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the voltages of a run of cells at time 0, or the time of its steps."""
    if not job["time"]:
        cells.run(job["steps"])
        found = {"V": np.asarray(cells.voltages(), float)}
        return found | ({"I": np.asarray(cells.currents(), float)} if job["clamps"] else {})
    cells.run(job["steps"])  # compiles, where there is something to compile
    each = []
    for _ in range(CHUNKS):
        start = time.perf_counter()
        cells.run(job["steps"])
        each.append((time.perf_counter() - start) / job["steps"])
    return {"seconds": np.array(statistics.median(each)), "V": np.asarray(cells.voltages())[-1]}


def main(kind: type[Cables]) -> None:
    """Run the jobs of a file; all that each records is written to another."""
    parser = argparse.ArgumentParser(description=sys.modules[kind.__module__].__doc__)
    parser.add_argument("asked", type=Path)
    parser.add_argument("answered", type=Path)
    parser.add_argument("--jobs", action="store_true", help="what the file has; nothing else is")
    files = parser.parse_args()
    keep_samples(
        lambda jobs: {name: run_one(kind, job) for name, job in jobs.items()},
        files.asked,
        files.answered,
    )
