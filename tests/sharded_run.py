"""Runs on eight devices that are stopped, and go on there or elsewhere.

``main`` is called in a process with eight devices, and the other functions in the tests too, where
there is one.
"""

import json
import shutil
import warnings
from pathlib import Path

import brainstate
import jax
import numpy as np
import saiunit as u
from jax.sharding import Mesh

import gapjunction as gj

N, DT, CHUNK, CHUNKS = 16, 0.05 * u.ms, 40, 4


class Net(brainstate.nn.Module):
    def __init__(self, coupling):
        super().__init__()
        self.cells = gj.neurons.HH1952(N)
        edges = gj.connectivity.random(mean_degree=4, seed=3)(N, N)
        weight = np.random.default_rng(1).uniform(0.05, 0.1, edges.n_edges) * u.mS / u.cm**2
        self.gap = gj.SymmetryGapJunction(self.cells, "V", edges, weight, coupling=coupling)

    def update(self, current):
        self.gap()
        self.cells(current + brainstate.random.normal(size=N) * u.uA / u.cm**2)


def built(coupling, devices):
    """Return a model on some devices; on one it is not sharded."""
    brainstate.random.seed(1)
    net = brainstate.nn.init_all_states(Net(coupling))
    net.cells.V.value = net.cells.V.value + np.linspace(0, 20, N, dtype=np.float32) * u.mV
    if devices > 1:
        gj.shard(net, Mesh(np.array(jax.devices()[:devices]), ("cells",)))
    return net


def go(net, folder, stop_after=None):
    """Run to the end, or to a chunk; return all that is left, and what was warned of."""
    chunks = []

    def tell(steps):
        chunks.append(steps)
        if len(chunks) == stop_after:
            raise SystemExit

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", gj.GapJunctionWarning)
        found = gj.run(
            net,
            CHUNKS * CHUNK * DT,
            dt=DT,
            inputs=10 * u.uA / u.cm**2,
            record={"V": net.cells.V, "mean": gj.runs.Record(net.cells.V, at=[0, 9], how="mean")},
            every=10,
            chunk=CHUNK,
            checkpoint=folder,
            checkpoint_every=1,
            progress=tell,
        )
    key = brainstate.random.DEFAULT
    left = {f"record {name}": np.asarray(found[name].mantissa) for name in found}
    left["key"] = np.asarray(jax.random.key_data(key.value))
    for path, state in net.states().items():
        if state is not key:
            left[".".join(path)] = np.asarray(u.get_mantissa(state.value))
    return left, [str(one.message) for one in warned]


def compare(left, whole):
    """Return whether all bits are the same, the largest difference, and whether keys are equal."""
    assert set(left) == set(whole)
    names = set(left) - {"key"}
    return {
        "same": all(left[name].tobytes() == whole[name].tobytes() for name in left),
        "difference": max(float(np.abs(left[name] - whole[name]).max()) for name in names),
        "key": bool(np.array_equal(left["key"], whole["key"])),
    }


def main(folder, coupling):
    """Print what was found as a JSON object; leave the run that was stopped, and all results."""
    folder = Path(folder)
    whole, _ = go(built(coupling, 8), folder / "whole")
    report = {"moved": float(np.ptp(whole["record V"]))}
    np.savez(folder / "whole.npz", **whole)
    try:
        go(built(coupling, 8), folder / "cut", 2)
    except SystemExit:
        report["stopped"] = sorted(int(p.name) for p in (folder / "cut/checkpoints").iterdir())
    for devices in (8, 4):
        shutil.copytree(folder / "cut", folder / f"on {devices}")
        net = built(coupling, devices)
        left, warned = go(net, folder / f"on {devices}")
        spread = len(net.cells.V.value.mantissa.sharding.device_set)
        report[f"on {devices}"] = {**compare(left, whole), "warned": warned, "spread": spread}
    print(json.dumps(report))
