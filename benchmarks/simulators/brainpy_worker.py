"""brainpy.state: its HH neuron and its SymmetryGapJunction."""

from __future__ import annotations

from typing import Any

import brainpy.state
import jax.numpy as jnp
import saiunit as u
import task as hh
from driver import main
from state_loop import StateLoop
from task import Task

NAME = "brainpy.state"
EQUATIONS = "the task's"
PACKAGES: list[str] = []  # the library depends on it
THREADS = "all"
VARIANTS = {
    "exponential Euler, float32": {"bits": 32},
    "exponential Euler, float64": {"bits": 64},
}


class BrainPy(StateLoop):
    """HH cells of 1 uF: its numbers are absolute where the task's are per cm2."""

    package = "brainpy"

    def build(self, task: Task, options: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Return cells, junctions and the current into the cells."""
        cells = brainpy.state.HH(
            task.n,
            ENa=hh.E_NA * u.mV,
            gNa=hh.G_NA * u.mS,
            EK=hh.E_K * u.mV,
            gK=hh.G_K * u.mS,
            EL=hh.E_L * u.mV,
            gL=hh.G_L * u.mS,
            C=hh.CAPACITANCE * u.uF,
            V_th=1e-3 * u.mV,  # where all count spikes is 0 mV, but it divides by V_th
            V_initializer=lambda *_, **__: jnp.asarray(task.voltage) * u.mV,
        )
        gaps = brainpy.state.SymmetryGapJunction(
            cells, "V", conn=lambda *_: (task.pre, task.post), weight=hh.G_GAP * u.mS
        )
        return cells, gaps, jnp.asarray(task.current) * u.uA


if __name__ == "__main__":
    main(BrainPy, VARIANTS)
