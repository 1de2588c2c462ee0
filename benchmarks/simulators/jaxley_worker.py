"""Jaxley: cells of one compartment, its HH; a junction is two synapses of our own, one each way.

Jaxley has no gap junction. A synapse's current may depend on both voltages, and the solver takes
the one it flows into as implicit; that is a gap junction.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
import task as hh
from driver import Simulator, Stopwatch, main
from jaxley.channels import HH
from jaxley.connect import connectivity_matrix_connect
from jaxley.integrate import build_init_and_step_fn
from jaxley.synapses import Synapse
from task import AREA, Task

NAME = "Jaxley"
EQUATIONS = "the task's"
PACKAGES = ["jaxley>=0.14"]
THREADS = "all"
VARIANTS = {
    "implicit Euler, float32": {"solver": "bwd_euler", "x64": False},
    "implicit Euler, float64": {"solver": "bwd_euler", "x64": True},
    "Crank-Nicolson, float32": {"solver": "crank_nicolson", "x64": False},
}


class HalfGap(Synapse):
    """Current out of the cell that it is on, into another."""

    def __init__(self) -> None:
        super().__init__("HalfGap")
        self.synapse_params = {"HalfGap_g": 1e3 * AREA * hh.G_GAP}  # uS
        self.synapse_states: dict[str, float] = {}

    def update_states(self, states, delta_t, pre_voltage, post_voltage, params):
        """Return no states."""
        return {}

    def compute_current(self, states, pre_voltage, post_voltage, params):
        """Return the current out of the postsynaptic cell, nA."""
        return params["HalfGap_g"] * (post_voltage - pre_voltage)


def build(task: Task) -> jx.Network:
    """Return the network with its drive in place."""
    net = jx.Network([jx.Cell()] * task.n)
    net.insert(HH())
    size = 1e4 * math.sqrt(AREA / math.pi)  # um; as long as wide
    values = {
        "length": size,
        "radius": size / 2,
        "capacitance": hh.CAPACITANCE,
        "HH_gNa": 1e-3 * hh.G_NA,
        "HH_gK": 1e-3 * hh.G_K,
        "HH_gLeak": 1e-3 * hh.G_L,
        "HH_eNa": hh.E_NA,
        "HH_eK": hh.E_K,
        "HH_eLeak": hh.E_L,
        "v": task.voltage,
    }
    for name, value in values.items():
        net.set(name, value)
    net.init_states(task.dt)
    source, target = task.both_ways
    matrix = np.zeros((task.n, task.n), bool)
    matrix[source, target] = True
    connectivity_matrix_connect(net.cell("all"), net.cell("all"), HalfGap(), matrix)
    nanoamperes = 1e3 * AREA * task.current[:, None]
    net.cell("all").branch(0).comp(0).stimulate(nanoamperes, verbose=False)
    net.to_jax()
    return net


class Jaxley(Simulator):
    """A scan over Jaxley's step, with spikes counted on the way."""

    version = jx.__version__
    chunk = 4000  # one call of a compiled loop, long beside what the call itself costs

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        jax.config.update("jax_enable_x64", options["x64"])
        net = build(task)
        init, step = build_init_and_step_fn(
            net, voltage_solver="jaxley.dhs.cpu", solver=options["solver"]
        )
        # One column for all steps: integrate() would want a table of them.
        drive = {"i": net.externals["i"][:, 0]}
        places = net.external_inds
        states, parameters = init(net.get_parameters(), delta_t=task.dt)
        self._states = states, jnp.zeros(task.n, jnp.int32)
        self._kept = [self.voltages()[None]]

        def one(carry: Any, _: None) -> tuple[Any, Any]:
            states, counts = carry
            before = states["v"][: task.n]
            states = step(states, parameters, drive, places, delta_t=task.dt)
            V = states["v"][: task.n]
            counts += (before < 0) & (V >= 0)
            return (states, counts), V if record else None

        @partial(jax.jit, static_argnums=1)
        def loop(carry: Any, length: int) -> tuple[Any, Any]:
            return jax.lax.scan(one, carry, None, length)

        self._loop = loop

    def run(self, steps: int) -> float:
        """Take steps; each chunk is one call of a loop compiled for its length."""
        with Stopwatch() as watch:
            for length in [self.chunk] * (steps // self.chunk) + [steps % self.chunk]:
                if length:
                    self._states, kept = self._loop(self._states, length)
                    if kept is not None:
                        self._kept.append(np.asarray(kept))
            jax.block_until_ready(self._states)
        return watch.seconds

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell."""
        return np.asarray(self._states[1])

    def voltages(self) -> np.ndarray:
        """Return the voltages now, mV."""
        return np.asarray(self._states[0]["v"])[: len(self._states[1])]

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        return np.concatenate(self._kept)


if __name__ == "__main__":
    main(Jaxley, VARIANTS)
