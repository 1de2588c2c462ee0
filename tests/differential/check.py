"""The comparison of one network with its equations, and what holds for every network."""

import dataclasses

import numpy as np
import saiunit as u

from .build import Model, plain
from .hosts import KINDS, UNITS
from .oracle import Oracle
from .twin import states_of

EPS = {32: 1.2e-7, 64: 2.2e-16}


# Quantities write both operands of each operation into a message that is rarely raised, which takes
# half of the time of an eager step if all elements are written.
def brief():
    return np.printoptions(threshold=0, edgeitems=0)


# Times, and whether a cell is refractory or spikes: these jump where a voltage is at a threshold.
JUMPING = ("last_spike_time", "refractory", "spike")


def tolerance(net):
    """Return the relative error that rounding may have in this network.

    A current that is solved for has a rounding error that grows with kappa. The charge of a
    spikelet grows with it, too, and takes voltages far beyond their range before coupling brings
    them back. Where the oracle measures a slope by differences, it has an error of its own.
    """
    kappa = net.kappa if net.is_solved else 0.0
    spikelets = any(j.cls == "Spikelet" for j in net.junctions)
    rtol = EPS[net.precision] * (150 + (240 if spikelets else 60) * kappa)
    if net.is_solved:
        rtol += 1e-9 if any(j.law != "ohmic" for j in net.junctions) else 0.0
        if not all(KINDS[p.kind].affine for p in net.populations):
            rtol += 1e-8 if net.precision == 64 else 3e-4
    return rtol


def steps_of(net):
    """Yield, for each step, the model, the states before it and those after it."""
    model = Model(net)
    inputs = model.inputs()
    for i in range(net.steps):
        before = [states_of(cells) for cells in model.populations]
        with brief():
            model.update(i, *inputs)
        yield model, before, [states_of(cells) for cells in model.populations]


def voltages(net):
    """Return the voltages of all populations after each step, shape ``(steps, batch, cells)``."""
    found = [
        [np.atleast_2d(flat(p, after[k])) for k, p in enumerate(net.populations)]
        for _, _, after in steps_of(net)
    ]
    return [np.stack(each) for each in zip(*found, strict=True)]


def same_voltages(net, found, wanted):
    """Compare voltages that two runs of the package should have in common."""
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=4 * tolerance(net) * scale_of(net))


def flat(p, states):
    """Return the voltages of a population with its cells in a row."""
    V = plain(states["V",], UNITS[KINDS[p.kind].group][1])
    return V.reshape(*V.shape[: V.ndim - len(p.size)], -1)


def scale_of(net):
    """Return the size of voltages, to which errors are relative."""
    return 1.0 if KINDS[net.populations[0].kind].group == "plain" else 50.0


def compare(net):
    """Step a network, and return all voltages; AssertionError where it is not what it should be."""
    rtol, oracle, found = tolerance(net), None, []
    for i, (model, before, after) in enumerate(steps_of(net)):
        oracle = Oracle(net, before) if oracle is None else oracle
        expected, solved = oracle.expected(i, before)
        for p, want, got in zip(net.populations, expected, after, strict=True):
            same_states(want, got, rtol, scale_of(net), f"step {i} of {p.kind}")
        conserves(net, model, solved)
        found.append([flat(p, s) for p, s in zip(net.populations, after, strict=True)])
    return [np.stack([np.atleast_2d(v) for v in each]) for each in zip(*found, strict=True)]


def same_states(want, got, rtol, scale, where):
    """Compare all states of a population after a step."""
    for path, a in want.items():
        b = np.asarray(u.get_mantissa(got[path]), float).reshape(a.shape)
        if path[-1] in JUMPING:
            assert np.mean(a != b) <= 0.5, (where, path)
            continue
        size = scale if path[-1] == "V" else 20 * np.abs(a).max(initial=1e-3)
        size = max(size, np.abs(a).max(initial=0.0))
        np.testing.assert_allclose(b, a, rtol=0, atol=rtol * size, err_msg=f"{where}: {path}")


def conserves(net, model, solved):
    """What leaves a cell along a junction enters another one."""
    for j, gap in zip(net.junctions, model.junctions, strict=True):
        if j.cls != "Asymmetry":
            into = [np.asarray(u.get_mantissa(x), float) for x in gap.currents()]
            size = sum(np.abs(x).sum() for x in into)
            assert abs(sum(x.sum() for x in into)) <= 100 * EPS[net.precision] * size, j.cls
    modes = {j.mode for j in net.junctions}
    if modes & {"implicit"} and all(
        j.cls != "Asymmetry" and j.mode != "semi_implicit" for j in net.junctions
    ):
        # The current that was solved for, by the equations with which the step was compared.
        flow = np.concatenate(solved, axis=-1)
        assert np.abs(flow.sum(-1)).max() <= 1e-9 * np.abs(flow).sum() + 1e-12


def relabelled(net, rng):
    """Return the same network with its cells in another order, and that order.

    Cells that are joined by something else than junctions stay where they are.
    """
    orders = [
        np.arange(p.C.size) if KINDS[p.kind].mixed else rng.permutation(p.C.size)
        for p in net.populations
    ]
    places = [np.argsort(order) for order in orders]
    populations = tuple(
        dataclasses.replace(
            p,
            **{key: getattr(p, key)[..., order] for key in ("C", "R", "V", "x", "refractory")},
        )
        for p, order in zip(net.populations, orders, strict=True)
    )
    junctions = tuple(
        dataclasses.replace(j, pre=places[j.ends[0]][j.pre], post=places[j.ends[1]][j.post])
        for j in net.junctions
    )
    return dataclasses.replace(net, populations=populations, junctions=junctions), orders


def member(net, k):
    """Return one member of a batch as a network of its own."""
    populations = tuple(
        dataclasses.replace(p, V=p.V[k], x=p.x[k], refractory=p.refractory[k])
        for p in net.populations
    )
    return dataclasses.replace(net, populations=populations, batch=None)
