"""Workers against SciPy's solution: this library's and brainpy.state's, NEURON's and Arbor's."""

import dataclasses
import json
import subprocess
import sys

import brainpy_worker
import gapjunction_worker
import numpy as np
import pytest

import environments
from simulators import arbor_peer, neuron_peer, processes, reference, task

STEPS = 200  # 5 ms, in which cells fire


@pytest.fixture(scope="module")
def network():
    return task.make(40)


@pytest.fixture(scope="module")
def converged(network):
    return reference.solve(network, STEPS)


def trace(kind, network, options, refinement=1):
    finer = dataclasses.replace(network, dt=network.dt / refinement)
    simulator = kind(finer, options, 1, record=True)
    simulator.run(STEPS * refinement)
    assert simulator.spikes().sum() >= network.n / 2
    return np.asarray(simulator.trace())[::refinement]


def error(kind, network, options, converged, refinement=1):
    found = trace(kind, network, options, refinement)
    return reference.compare(found, converged, network.dt)["rms_mv"]


@pytest.mark.parametrize("coupling", ["implicit", pytest.param("stage", marks=pytest.mark.slow)])
def test_library_converges_to_scipys_solution(coupling, network, converged, x64):
    options = {"solver": "staggered", "coupling": coupling, "bits": 64}
    coarse = error(gapjunction_worker.Library, network, options, converged)
    fine = error(gapjunction_worker.Library, network, options, converged, refinement=4)
    assert coarse < 0.3
    assert coarse / fine == pytest.approx(16, rel=0.15)


def test_library_and_brainpy_do_the_same(network, converged, x64):
    ours = {"solver": "exp_euler", "coupling": "stage", "bits": 64}
    mine = trace(gapjunction_worker.Library, network, ours)
    theirs = trace(brainpy_worker.BrainPy, network, {"bits": 64})
    np.testing.assert_allclose(mine, theirs, atol=1e-8)
    assert 0.1 < reference.compare(mine, converged, network.dt)["rms_mv"] < 10


def test_float32_is_float32(network, converged):
    options = {"solver": "staggered", "coupling": "stage", "bits": 32}
    found = trace(gapjunction_worker.Library, network, options)
    assert found.dtype == np.float32
    assert reference.compare(found, converged, network.dt)["rms_mv"] < 0.3


@pytest.mark.slow
def test_worker_as_it_is_run(scripts, tmp_path):
    task.make(21).save(tmp_path / "task.npz")
    command = [
        sys.executable,
        str(scripts / "simulators" / "gapjunction_worker.py"),
        str(tmp_path / "task.npz"),
        str(tmp_path / "result.json"),
        *("--duration", "5", "--budget", "0.1"),
    ]
    subprocess.run(command, check=True, cwd=tmp_path)
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["n"] == found["counted_cells"] == 21
    assert 0 < found["simulated_ms"] <= 5
    assert found["rate_hz"] > 0
    assert found["us_per_step"] > 0


@pytest.mark.slow
@pytest.mark.optimized
@pytest.mark.parametrize(
    ("key", "variant", "largest"),
    [
        ("neuron", "implicit Euler, float64", 3.0),
        ("neuron", "Crank-Nicolson, float64", 0.6),
        ("arbor", "its fixed step, float64", 3.5),
    ],
)
def test_other_simulators_run_the_same_network(key, variant, largest, network, tmp_path):
    # Sending voltages between NEURON's cells takes a compiled mechanism.
    handed_over = {"insert": {}, "coupling": {"by": "transfer"}}
    if why := neuron_peer.missing(handed_over) if key == "neuron" else arbor_peer.missing():
        pytest.skip(why)
    duration, errors = 20.0, []
    converged = reference.solve(network, round(duration / network.dt))
    for refinement in (1, 4):
        finer = dataclasses.replace(network, dt=network.dt / refinement)
        finer.save(tmp_path / "task.npz")
        command = [
            processes.python(key),
            str(environments.peers()[key].worker),
            str(tmp_path / "task.npz"),
            str(tmp_path / "result.json"),
            *("--variant", variant),
            *("--duration", str(duration)),
            *("--trace", str(tmp_path / "trace.npz")),
        ]
        subprocess.run(command, check=True, cwd=tmp_path)
        with np.load(tmp_path / "trace.npz") as file:
            found = file["trace"][::refinement]
        errors.append(reference.compare(found, converged, network.dt)["rms_mv"])
    # NEURON's rates come from a table, so that finer steps do not end at the exact solution.
    coarse, fine = errors
    assert 0.1 < fine < coarse < largest
