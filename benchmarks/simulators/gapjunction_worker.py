"""This library: a point neuron of three channels, and SymmetryGapJunction."""

from __future__ import annotations

from typing import Any

import saiunit as u
import task as hh
from driver import main
from state_loop import StateLoop
from task import Task

import gapjunction as gj

NAME = "gapjunction"
EQUATIONS = "the task's"
PACKAGES: list[str] = []  # runs where the library itself does
THREADS = "all"
VARIANTS = {
    "exponential Euler, float32": {"solver": "exp_euler", "coupling": "stage", "bits": 32},
    "exponential Euler, float64": {"solver": "exp_euler", "coupling": "stage", "bits": 64},
    "staggered, float32": {"solver": "staggered", "coupling": "stage", "bits": 32},
    "staggered, float64": {"solver": "staggered", "coupling": "stage", "bits": 64},
    "staggered and implicit coupling, float32": {
        "solver": "staggered",
        "coupling": "implicit",
        "bits": 32,
    },
    "staggered and implicit coupling, float64": {
        "solver": "staggered",
        "coupling": "implicit",
        "bits": 64,
    },
}


class Library(StateLoop):
    """HH1952 cells."""

    package = "gapjunction"

    def build(self, task: Task, options: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Return cells, junctions and the current into the cells."""
        density = u.mS / u.cm**2
        cells = gj.neurons.HH1952(
            task.n,
            temperature=hh.CELSIUS,
            solver=options["solver"],
            V_initializer=task.voltage * u.mV,
        )
        gaps = gj.SymmetryGapJunction(
            cells,
            "V",
            conn=(task.pre, task.post),
            weight=hh.G_GAP * density,
            coupling=options["coupling"],
        )
        return cells, gaps, task.current * (u.uA / u.cm**2)


if __name__ == "__main__":
    main(Library, VARIANTS)
