"""Voltage traces against NEURON's variable-step solution, and its fixed-step ones."""

import numpy as np
import pytest

from comparisons.cells import CELLS, warm_axon
from comparisons.convergence import errors, orders, reference
from simulators import neuron_peer

pytestmark = [pytest.mark.slow, pytest.mark.optimized, pytest.mark.usefixtures("x64")]
# Small enough for the order to be that of the limit, and errors above the reference's.
STEPS = dict.fromkeys(CELLS, (0.01, 0.005, 0.0025)) | {"rebound": (0.05, 0.025, 0.0125)}


@pytest.fixture(scope="module", params=CELLS)
def solved(request, need_neuron):
    """A cell with the reference for it."""
    cell = CELLS[request.param]
    need_neuron(cell.job)
    return request.param, cell, reference(cell)


def measure(cell, exact, solver, steps):
    return [errors(cell.run(solver, dt)["v"], exact["v"], dt) for dt in steps]


def last_order(found, steps, what):
    return orders(steps, [getattr(run, what) for run in found])[-1]


def test_reference_is_precise(solved):
    _, _, (_, precision) = solved
    assert precision.worst < 1e-3


def test_exp_euler_is_of_first_order(solved):
    name, cell, (exact, precision) = solved
    found = measure(cell, exact, "exp_euler", STEPS[name])
    # A spike that comes late shifts the trace: the voltage error is bounded by its height, so
    # that the order shows in the shift.
    what = "rms" if np.isnan(precision.spike) else "spike"
    assert last_order(found, STEPS[name], what) == pytest.approx(1, abs=0.03)
    assert found[0].worst > found[1].worst > found[2].worst


def test_staggered_is_of_second_order(solved):
    name, cell, (exact, precision) = solved
    found = measure(cell, exact, "staggered", STEPS[name])
    assert last_order(found, STEPS[name], "rms") == pytest.approx(2, abs=0.1)
    assert last_order(found, STEPS[name], "worst") == pytest.approx(2, abs=0.1)
    if not np.isnan(precision.spike):
        assert last_order(found, STEPS[name], "spike") == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("name", ["axon", "slow-k"])
@pytest.mark.parametrize("dt", [0.1, 0.025])
def test_staggered_is_neurons_secondorder(name, dt, need_neuron):
    """Where all gates have states and currents are ohmic the two methods are one."""
    cell = CELLS[name]
    need_neuron(cell.job)
    job = cell.job | {"method": {"dt": dt, "secondorder": 2}}
    theirs = neuron_peer.run({"cell": job})["cell"]["v"]
    np.testing.assert_allclose(cell.run("staggered", dt)["v"], theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "steps"), [("axon", (0.025, 0.0125)), ("six-state", (0.0125, 0.005))]
)
def test_rk4_is_of_fourth_order(name, steps, need_neuron):
    cell = CELLS[name]
    need_neuron(cell.job)
    exact, _ = reference(cell)
    found = measure(cell, exact, "rk4", steps)
    assert last_order(found, steps, "worst") > 3.8


def test_axon_at_10_us(need_neuron):
    """The figures that the documentation states, rounded up."""
    cell = CELLS["axon"]
    need_neuron(cell.job)
    exact, precision = reference(cell)
    (staggered,) = measure(cell, exact, "staggered", [0.01])
    (exp_euler,) = measure(cell, exact, "exp_euler", [0.01])
    assert precision.worst < 1e-4
    assert staggered.worst < 0.21
    assert staggered.spike < 1.0
    assert exp_euler.worst < 36
    assert exp_euler.spike < 185


@pytest.mark.parametrize("temperature", [6.3, 16.3])
def test_temperature_is_neurons_celsius(temperature, need_neuron):
    cell = warm_axon(temperature)
    need_neuron(cell.job)
    job = cell.job | {"method": {"dt": 0.025, "secondorder": 2}}
    theirs = neuron_peer.run({"cell": job})["cell"]["v"]
    assert theirs.max() > 0
    np.testing.assert_allclose(cell.run("staggered", 0.025)["v"], theirs, atol=1e-6)


@pytest.mark.parametrize("name", ["calcium-k", "calcium-sk"])
def test_calcium_follows(name, need_neuron):
    cell = CELLS[name]
    need_neuron(cell.job)
    exact, _ = reference(cell)
    ours = cell.run("staggered", 0.01)["cai"]
    theirs = exact["cai"][::4]
    # It rises to more than ten times of rest, step by step with the spikes.
    assert theirs.max() > 10 * theirs[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-3 * theirs.max())
