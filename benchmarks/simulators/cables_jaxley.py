"""Jaxley: cells with a dendrite, its `HH` and `Leak`; a junction is two synapses of our own."""

from __future__ import annotations

from functools import partial
from typing import Any

import cables
import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import HH, Leak
from jaxley.connect import connect
from jaxley.integrate import build_init_and_step_fn
from jaxley_worker import HalfGap

METHODS = {"implicit Euler": "bwd_euler", "Crank-Nicolson": "crank_nicolson"}


def build(job: dict[str, Any]) -> jx.Network:
    """Return the cells with their junctions and drives."""
    part = jx.Branch(jx.Compartment(), ncomp=cables.PARTS)
    cell = jx.Cell([part, part], parents=[-1, 0])
    for branch, length, radius in (
        (0, cables.SOMA, cables.RADIUS),
        (1, cables.DENDRITE, cables.THIN),
    ):
        cell.branch(branch).set("length", length / cables.PARTS)
        cell.branch(branch).set("radius", radius)
    net = jx.Network([cell] * job["cells"])
    net.insert(Leak())
    values = {
        "capacitance": cables.CM,
        "axial_resistivity": cables.RA,
        "Leak_gLeak": cables.LEAK,
        "Leak_eLeak": cables.REST,
    }
    if job["active"]:
        net.insert(HH())
        values |= {"HH_gNa": cables.G_NA, "HH_gK": cables.G_K, "HH_gLeak": 0.0}
        values |= {"HH_eNa": cables.E_NA, "HH_eK": cables.E_K}
    for name, value in values.items():
        net.set(name, value)
    for k, voltage in enumerate(job["start"]):
        net.cell(k).set("v", voltage)
    net.init_states(job["dt"])
    for a, b in cables.both_ways(job):
        ends = [net.cell(k).branch(1).comp(cables.MIDDLE) for k in (a, b)]
        connect(*ends, HalfGap())
    net.set("HalfGap_g", 1e-3 * job["g"])
    for k, current in enumerate(job["drive"]):
        net.cell(k).branch(0).comp(cables.MIDDLE).stimulate(jnp.array([current]), verbose=False)
    net.to_jax()
    return net


class Jaxley(cables.Cables):
    """A scan over Jaxley's step."""

    def __init__(self, job: dict[str, Any]) -> None:
        jax.config.update("jax_enable_x64", True)
        net = build(job)
        init, step = build_init_and_step_fn(
            net, voltage_solver="jaxley.dhs.cpu", solver=METHODS[job["method"]]
        )
        drive, places = {"i": net.externals["i"][:, 0]}, net.external_inds
        self._states, parameters = init(net.get_parameters(), delta_t=job["dt"])
        self._places = places["i"]
        self._kept = [self._now()[None]]
        record = not job["time"]

        def one(states: Any, _: None) -> tuple[Any, Any]:
            states = step(states, parameters, drive, places, delta_t=job["dt"])
            return states, states["v"][self._places] if record else None

        @partial(jax.jit, static_argnums=1)
        def loop(states: Any, length: int) -> tuple[Any, Any]:
            return jax.lax.scan(one, states, None, length)

        self._loop = loop

    def _now(self) -> np.ndarray:
        return np.asarray(self._states["v"])[np.asarray(self._places)]

    def run(self, steps: int) -> None:
        """Take steps in one call of a compiled loop."""
        self._states, kept = jax.block_until_ready(self._loop(self._states, steps))
        self._kept.append(self._now()[None] if kept is None else np.asarray(kept))

    def voltages(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step, or some."""
        return np.concatenate(self._kept)


if __name__ == "__main__":
    cables.main(Jaxley)
