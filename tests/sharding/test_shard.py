"""Models on eight devices, compared with the same models on one."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import brainpy
import brainstate
import jax
import numpy as np
import pytest
import saiunit as u
from jax.sharding import Mesh

import gapjunction as gj
from gapjunction.kernels.partition import Place
from gapjunction.sharding import _shard

PROGRAM = Path(__file__).with_name("eight.py")
QUICK = ("both", "gradient", "exchanged")
SLOW = (
    *("stage", "all_to_all", "far", "batch", "two", "extrapolated", "semi_implicit", "implicit"),
    *("gated, odd", "gated, implicit", "spikelets", "plastic"),
)
# What these have is in others too, but not together.
EXHAUSTIVE = (
    "step",
    "far, batch",
    "implicit, batch",
    "gated",
    "gated, semi_implicit",
    "rectifying",
)


def run(names):
    # Compiled as the tests are, and with what they have compiled.
    env = dict(os.environ, PYTHONPATH=str(PROGRAM.parents[2] / "src"))
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *names], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    return found


@pytest.fixture(scope="module")
def quick():
    return run(QUICK)


@pytest.fixture(scope="module")
def slow():
    return run([*SLOW, "implicit sums", "implicit gradient", "gated gradient"])


@pytest.fixture(scope="module")
def exhaustive():
    return run(EXHAUSTIVE)


def check(found):
    assert found["difference"] < 1e-9 * found["moved"]
    assert found["moved"] > 1
    assert found["reproducible"]


def test_cells_and_batch(quick):
    check(quick["both"])
    assert quick["both"]["spec"] == ["trials", "cells"]


def test_gradient(quick):
    found = quick["gradient"]
    assert found["difference"] < 1e-9
    assert found["value"] < 1e-12
    assert found["size"] > 0


def test_exchange_is_what_was_counted(quick):
    found = quick["exchanged"]
    method, rounds, received = found["near, counted"]
    assert method == "permute"
    assert list(found["near"]) == ["collective-permute"]
    number, size = found["near"]["collective-permute"]
    # Exponential Euler takes a product with the voltages, and one for its linear part.
    assert (number, size) == (2 * rounds, 2 * received)
    method, _, received = found["far, counted"]
    assert method == "all_gather"
    # The result of an all-gather has a device's own eighth too.
    assert found["far"] == {"all-gather": [2, 2 * received * 8 // 7]}
    assert found["batches"] == {}


@pytest.mark.slow
@pytest.mark.optimized
@pytest.mark.parametrize("name", SLOW)
def test_modes_and_laws(slow, name):
    check(slow[name])


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.optimized
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_more_of_modes_and_laws(exhaustive, name):
    check(exhaustive[name])


@pytest.mark.slow
@pytest.mark.optimized
@pytest.mark.parametrize("name", ["implicit gradient", "gated gradient"])
def test_gradients(slow, name):
    assert slow[name]["difference"] < 1e-8
    assert slow[name]["size"] > 0


@pytest.mark.slow
@pytest.mark.optimized
def test_messages_from_each_to_each(slow):
    assert slow["all_to_all"]["method"] == "all_to_all"


@pytest.mark.slow
@pytest.mark.optimized
def test_iteration_sums_once(slow):
    loops = [found for found in slow["implicit sums"] if "all-reduce" in found]
    assert loops
    assert min(found["all-reduce"][0] for found in loops) == 1
    assert all(found["all-reduce"][1] <= 64 for found in loops)


class Net(brainstate.nn.Module):
    def __init__(self, n=6):
        super().__init__()
        self.cells = brainpy.state.HH(n)
        self.gap = gj.SymmetryGapJunction(self.cells, "V", gj.connectivity.ring(), 0.01 * u.mS)


ONE = Mesh(np.array(jax.devices()[:1]), ("cells",))


def test_arguments_are_checked():
    net = brainstate.nn.init_all_states(Net())
    with pytest.raises(TypeError, match=r"model must be a brainstate.nn.Module, got 3"):
        gj.shard(3, ONE)
    with pytest.raises(TypeError, match=r"mesh must be a jax.sharding.Mesh"):
        gj.shard(net, jax.devices())
    with pytest.raises(ValueError, match=r"axis must be one of the mesh's axes \('cells',\)"):
        gj.shard(net, ONE, "neurons")
    with pytest.raises(ValueError, match="batch_axis must be one of the mesh's axes"):
        gj.shard(net, ONE, batch_axis="trials")
    with pytest.raises(ValueError, match="axis and batch_axis must differ"):
        gj.shard(net, ONE, None)
    with pytest.raises(ValueError, match="must have junctions of this library"):
        gj.shard(brainpy.state.HH(2), ONE)
    with pytest.raises(ValueError, match=r"call brainstate.nn.init_all_states"):
        gj.shard(Net(), ONE)
    with pytest.raises(ValueError, match="the batch of pre of SymmetryGapJunction must be a mult"):
        gj.shard(net, ONE, None, "cells")
    assert net.gap.layout == "edges"


def test_population_that_cannot_be_divided():
    net = brainstate.nn.init_all_states(Net())

    class Four(Place):
        n = 4

    with pytest.raises(ValueError, match=r"HH of shape \(6,\), must be a multiple of the 4 dev"):
        _shard._check(net.gap, Four(ONE, "cells", None))


def test_saved_model_is_on_one_device():
    net = brainstate.nn.init_all_states(Net())
    gj.shard(net, ONE)
    assert net.gap.layout == "partitioned"
    assert all(not isinstance(state.value, tuple) for state in net.states().values())
    again = pickle.loads(pickle.dumps(net.gap._wiring))
    assert again.partition is None
    assert again.laplacian.layout(()).name == "edges"
