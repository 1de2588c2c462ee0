"""Runs that are stopped on eight devices go on there with the same bits, and elsewhere as well."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import gapjunction as gj
import sharded_run
from gapjunction.runs._layout import Layout, describe_layout
from gapjunction.runs._states import Leaf, find_states

TESTS = Path(__file__).parents[1]
COUPLINGS = ("stage", pytest.param("implicit", marks=pytest.mark.slow))


@pytest.fixture(scope="module", params=COUPLINGS)
def stopped(request, tmp_path_factory):
    """What the program found, and its folder."""
    folder = tmp_path_factory.mktemp("runs")
    # As a module, so that its classes have the same names there and here.
    call = f"import sharded_run; sharded_run.main({str(folder)!r}, {request.param!r})"
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
    }
    done = subprocess.run(
        [sys.executable, "-c", call],
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return request.param, folder, json.loads(done.stdout.splitlines()[-1])


def test_on_the_same_devices_the_bits_are_the_same(stopped):
    _, _, found = stopped
    assert found["stopped"] == [4, 8]
    assert found["moved"] > 20
    assert found["on 8"] == {
        "same": True,
        "difference": 0,
        "key": True,
        "warned": [],
        "spread": 8,
    }


def test_on_fewer_devices_it_goes_on_to_rounding_and_says_so(stopped):
    _, _, found = stopped
    there = found["on 4"]
    assert there["spread"] == 4
    assert there["key"]
    assert there["difference"] < 1e-4 * found["moved"]
    (message,) = there["warned"]
    assert "layout of arrays was axis 0 over 8 devices, is axis 0 over 4 devices" in message


def test_in_a_process_with_one_device(stopped):
    coupling, folder, found = stopped
    assert jax.device_count() == 1
    left, (message,) = sharded_run.go(sharded_run.built(coupling, 1), folder / "cut")
    with np.load(folder / "whole.npz") as whole:
        there = sharded_run.compare(left, whole)
    assert there["key"]
    assert there["difference"] < 1e-4 * found["moved"]
    assert "layout of arrays was axis 0 over 8 devices, is whole on each device" in message


def test_one_device_is_one_layout():
    net = sharded_run.built("stage", 1)
    gj.shard(net, Mesh(np.array(jax.devices()), ("cells",)))
    states = find_states(net)
    before = {name: state.value for name, state in states.items()}
    layout = Layout(states)
    layout.keep()
    assert all(states[name].value is value for name, value in before.items())
    array = jax.device_put(
        np.zeros(3), NamedSharding(Mesh(np.array(jax.devices()), ("a",)), PartitionSpec("a"))
    )
    assert describe_layout({"x": Leaf.of(array)}) == "whole on each device"
