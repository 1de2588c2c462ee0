"""The same networks inside of jit, loops, vmap and checkpoint, against the eager ones."""

import dataclasses

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from .build import Model, plain
from .check import member, same_voltages, voltages
from .draw import SEEDS, draw, precision_of
from .hosts import KINDS, UNITS

pytestmark = pytest.mark.slow
WAYS = ("jit", "for_loop", "checkpoint", "vmap")
# Compiling takes most of the time, so it is one network in 60.
CASES = [
    pytest.param(precision_of(seed), seed, WAYS[k % 4], id=f"seed{seed:04d}-{WAYS[k % 4]}")
    for k, seed in enumerate(SEEDS[3::60])
]


def rows(net, found):
    """Return voltages of all populations, step by step, as flat arrays."""
    out = []
    for p, V in zip(net.populations, found, strict=True):
        V = plain(V, UNITS[KINDS[p.kind].group][1])
        out.append(V.reshape(net.steps, -1, p.C.size))
    return out


def transformed(net, way):
    """Return the voltages of a network whose steps are transformed."""
    model = Model(net)
    inputs = model.inputs()

    def step(i):
        return model.update(i, *inputs)

    if way == "jit":
        compiled = brainstate.transform.jit(step)
        found = [compiled(i) for i in range(net.steps)]
        return [u.math.stack(each) for each in zip(*found, strict=True)]
    body = brainstate.transform.checkpoint(step) if way == "checkpoint" else step
    return brainstate.transform.for_loop(body, jnp.arange(net.steps))


def mapped(nets):
    """Return the voltages of networks that differ in voltages and inputs, as one that is mapped."""
    first = nets[0]
    V, x = (
        [
            jnp.stack([getattr(net.populations[k], key) for net in nets])
            for k in range(len(first.populations))
        ]
        for key in ("V", "x")
    )

    def run(V, x):
        populations = tuple(
            dataclasses.replace(p, V=v, x=i)
            for p, v, i in zip(first.populations, V, x, strict=True)
        )
        model = Model(dataclasses.replace(first, populations=populations))
        found = [model.update(i, *model.inputs()) for i in range(first.steps)]
        return [u.math.stack(each) for each in zip(*found, strict=True)]

    return jax.jit(jax.vmap(run))(V, x)


@pytest.mark.parametrize(("precision", "seed", "way"), CASES)
def test_a_transformed_network_steps_as_the_eager_one(precision, seed, way):
    net = draw(seed)
    print(net)
    # Two steps at least: what is left over from the first shows in the second.
    net = dataclasses.replace(net, steps=max(net.steps, 2))
    if way != "vmap":
        same_voltages(net, rows(net, transformed(net, way)), voltages(net))
        return
    rng = np.random.default_rng(seed)
    one = net if net.batch is None else member(net, 0)
    others = tuple(
        dataclasses.replace(p, V=rng.permutation(p.V), x=rng.permutation(p.x))
        for p in one.populations
    )
    nets = [one, dataclasses.replace(one, populations=others)]
    found = mapped(nets)
    for k, each in enumerate(nets):
        same_voltages(each, rows(each, [V[k] for V in found]), voltages(each))


def test_each_way_is_taken():
    ways = [case.values[2] for case in CASES]
    assert min(ways.count(way) for way in WAYS) >= 8
