"""Checks on eight devices, for which JAX must be told before it starts: run as a program.

Prints a JSON object for each of the named cases, with what it found. Each compares a model on eight
devices with the same model on one.
"""

import json
import os
import sys

# Beside what the tests are compiled with.
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)
os.environ["JAX_PLATFORMS"] = "cpu"

import brainpy
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from jax.sharding import Mesh

import gapjunction as gj
from gapjunction.kernels.partition import _halo as halo

N, DT, STEPS = 64, 0.05 * u.ms, 12
brainstate.environ.set(precision=64, dt=DT)
DEVICES = np.array(jax.devices())
LINE, PLANE = Mesh(DEVICES, ("cells",)), Mesh(DEVICES.reshape(2, 4), ("trials", "cells"))
CELL = np.arange(N)
NEAR = gj.connectivity.Edges(
    np.concatenate([CELL, CELL]), np.concatenate([(CELL + 1) % N, (CELL + 3) % N]), N
)
FAR = gj.connectivity.random(mean_degree=12, seed=3)(N, N)
# Not divisible by eight, so that its edges cannot be spread evenly.
ODD = gj.connectivity.Edges(CELL[:-1], CELL[1:], N)
UNIT = u.mS / u.cm**2
CURRENT = jnp.linspace(5, 15, N) * u.uA / u.cm**2


def each(edges, scale=0.1):
    return np.random.default_rng(1).uniform(0.5, 1, edges.n_edges) * scale * UNIT


class Net(brainstate.nn.Module):
    def __init__(self, make, cells=gj.neurons.HH1952):
        super().__init__()
        self.cells = cells(N)
        self.gap = make(self.cells)

    def update(self, i, current=CURRENT):
        with brainstate.environ.context(t=i * DT, i=i):
            self.gap()
            self.cells(current)
        return self.cells.V.value


class Two(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = gj.neurons.HH1952(N), gj.neurons.HH1952(N // 2)
        edges = gj.connectivity.Edges(CELL, CELL // 2, N, N // 2)
        pairs = np.stack([np.full(N, 0.1), np.full(N, 0.05)], axis=1) * UNIT
        self.gap = gj.AsymmetryGapJunction(self.a, "V", self.b, "V", edges, pairs)
        self.cells = self.a

    def update(self, i):
        with brainstate.environ.context(t=i * DT, i=i):
            self.gap()
            self.a(CURRENT)
            self.b(CURRENT[: N // 2])
        return u.math.concatenate([self.a.V.value, self.b.V.value], axis=-1)


def started(make, batch=None):
    net = make()
    brainstate.nn.init_all_states(net, **({} if batch is None else {"batch_size": batch}))
    net.cells.V.value = net.cells.V.value + jnp.linspace(0, 20, N) * u.mV
    return net


def run(net):
    steps = jnp.arange(STEPS)
    return brainstate.transform.for_loop(net.update, steps)


def loss(net):
    weight = net.states(brainstate.ParamState)

    def of():
        return (run(net).to_decimal(u.mV) ** 2).mean()

    return brainstate.transform.grad(of, weight, return_value=True)


def text_of(function):
    """Return the compiled program of a function of states."""
    stateful = brainstate.transform.StatefulFunction(function)
    stateful.make_jaxpr()
    states = stateful.get_states()
    values = [state.value for state in states]
    return jax.jit(stateful.jaxpr_call).lower(values).compile().as_text()


def compare(make, mesh=LINE, batch=None, **kwargs):
    """Return the largest difference, whether a second run is the same, and how V is spread."""
    found = []
    for sharded in (False, True):
        net = started(make, batch)
        if sharded:
            gj.shard(net, mesh, **kwargs)
        function = brainstate.transform.jit(lambda net=net: run(net))
        start = {key: state.value for key, state in net.states().items()}
        for _ in range(1 + sharded):
            for key, state in net.states().items():
                state.value = start[key]
            found.append(np.asarray(function().to_decimal(u.mV)))
        spread = net.cells.V.value.mantissa.sharding
    return {
        "difference": float(np.abs(found[0] - found[1]).max()),
        "moved": float(np.ptp(found[0])),
        "reproducible": found[1].tobytes() == found[2].tobytes(),
        "spec": list(spread.spec),
    }


def gradient(make):
    found = []
    for sharded in (False, True):
        net = started(make)
        if sharded:
            gj.shard(net, LINE)
        grads, value = brainstate.transform.jit(lambda net=net: loss(net)())()
        leaf = np.asarray(jax.tree.leaves(grads)[0])
        found.append((leaf, float(value)))
    (a, x), (b, y) = found
    return {
        "difference": float(np.abs(a - b).max() / np.abs(a).max()),
        "value": abs(x - y) / abs(x),
        "size": float(np.abs(a).max()),
    }


def symmetric(edges, weight, **kwargs):
    return lambda cells: gj.SymmetryGapJunction(cells, "V", edges, weight, **kwargs)


def gated(coupling, edges=NEAR):
    law = gj.laws.Boltzmann(40 * u.mV, 10 * u.mV, s_min=0.2, rate=0.1 / u.ms)
    return lambda cells: gj.VoltageGatedGapJunction(
        cells, "V", edges, each(edges), law=law, coupling=coupling
    )


def spiking(n):
    return brainpy.state.LIF(
        n, R=1 * u.Gohm, tau=10 * u.ms, V_rest=-70 * u.mV, V_th=-55 * u.mV, V_reset=-70 * u.mV
    )


class Spiking(Net):
    def __init__(self):
        super().__init__(
            lambda cells: gj.SpikeletGapJunction(cells, "V", NEAR, 0.1 * u.nS, spikelet=0.2 * u.mV),
            spiking,
        )

    def update(self, i):
        return super().update(i, jnp.linspace(10, 60, N) * u.pA)


def plastic(cells):
    rule = gj.plasticity.FollowsState(
        state="V",
        target=lambda a, b: jax.nn.sigmoid((a + b).to_decimal(u.mV) / 100),
        tau=0.5 * u.ms,
        start=1.0,
    )
    return gj.PlasticGapJunction(cells, "V", NEAR, each(NEAR), rule=rule)


def exchanged():
    """Return what a step exchanges: near and far cells, and batches."""
    found = {}
    for name, edges in (("near", NEAR), ("far", FAR)):
        net = started(lambda edges=edges: Net(symmetric(edges, each(edges))))
        gj.shard(net, LINE)
        found[name] = gj.sharding.collectives(text_of(lambda net=net: run(net)))
        counted = gj.exchange(edges, 8, np.float64)
        found[f"{name}, counted"] = (counted.method, counted.rounds, counted.received)
    net = started(lambda: Net(symmetric(NEAR, each(NEAR))), 8)
    gj.shard(net, Mesh(DEVICES, ("trials",)), None, "trials")
    found["batches"] = gj.sharding.collectives(text_of(lambda net=net: run(net)))
    return found


def all_to_all():
    """Compare with messages from each device to each other, as many devices send them."""
    before, halo._ROUNDS = halo._ROUNDS, 0
    try:
        found = compare(lambda: Net(symmetric(NEAR, each(NEAR))), PLANE, 4, batch_axis="trials")
        method = gj.exchange(NEAR, 4).method
    finally:
        halo._ROUNDS = before
    return {**found, "method": method}


def implicit_sums():
    net = started(lambda: Net(symmetric(NEAR, 3 * UNIT, coupling="implicit")))
    gj.shard(net, LINE)
    body = text_of(lambda: net.update(0))
    # The loop of the iteration is the computation that both exchanges voltages and sums.
    loops = [part for part in body.split("\n\n") if "collective-permute(" in part]
    return [gj.sharding.collectives(part) for part in loops]


CASES = {
    "stage": lambda: compare(lambda: Net(symmetric(NEAR, each(NEAR)))),
    "both": lambda: compare(
        lambda: Net(symmetric(NEAR, each(NEAR))), PLANE, 4, batch_axis="trials"
    ),
    "gradient": lambda: gradient(lambda: Net(symmetric(NEAR, each(NEAR)))),
    "exchanged": exchanged,
    "all_to_all": all_to_all,
    "far": lambda: compare(lambda: Net(symmetric(FAR, 0.02 * UNIT))),
    "far, batch": lambda: compare(
        lambda: Net(symmetric(FAR, each(FAR, 0.02))), PLANE, 4, batch_axis="trials"
    ),
    "batch": lambda: compare(
        lambda: Net(symmetric(NEAR, each(NEAR))), LINE, 8, axis=None, batch_axis="cells"
    ),
    "two": lambda: compare(Two),
    "step": lambda: compare(lambda: Net(symmetric(NEAR, each(NEAR), coupling="step"))),
    "extrapolated": lambda: compare(
        lambda: Net(
            symmetric(NEAR, each(NEAR), coupling="extrapolated"), gj.neurons.WangBuzsaki1996
        )
    ),
    "semi_implicit": lambda: compare(
        lambda: Net(symmetric(NEAR, each(NEAR, 5), coupling="semi_implicit"))
    ),
    "implicit": lambda: compare(lambda: Net(symmetric(NEAR, each(NEAR, 5), coupling="implicit"))),
    "implicit, batch": lambda: compare(
        lambda: Net(symmetric(NEAR, each(NEAR, 5), coupling="implicit")),
        PLANE,
        4,
        batch_axis="trials",
    ),
    "implicit sums": implicit_sums,
    "implicit gradient": lambda: gradient(
        lambda: Net(symmetric(NEAR, each(NEAR, 5), coupling="implicit"))
    ),
    "gated": lambda: compare(lambda: Net(gated("stage"))),
    "gated, odd": lambda: compare(lambda: Net(gated("stage", ODD))),
    "gated, implicit": lambda: compare(lambda: Net(gated("implicit"))),
    "gated, semi_implicit": lambda: compare(lambda: Net(gated("semi_implicit"))),
    "gated gradient": lambda: gradient(lambda: Net(gated("stage"))),
    "rectifying": lambda: compare(
        lambda: Net(lambda cells: gj.RectifyingGapJunction(cells, "V", ODD, each(ODD)))
    ),
    "spikelets": lambda: compare(Spiking),
    "plastic": lambda: compare(lambda: Net(plastic)),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        print(json.dumps({name: CASES[name]()}), flush=True)
