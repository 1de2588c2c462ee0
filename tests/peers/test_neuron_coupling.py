"""Coupled cells beside NEURON's: implicit coupling, and how far lagged coupling falls behind.

NEURON couples two cells in three ways: by equations of LinearMechanism in the matrix of its step,
which it refuses for its second-order method; as two compartments of one cable; by ParallelContext,
where each cell's step takes the other's voltage of the step before. The first two are the same
equations.
"""

import numpy as np
import pytest

import gapjunction as gj
from comparisons.convergence import EVERY, TIGHT, errors, last_spike, orders, reference
from comparisons.pairs import CAPACITANCE, PAIRS, STEP, alike
from comparisons.scipy_peer import radau
from simulators import neuron_peer

pytestmark = [pytest.mark.slow, pytest.mark.optimized, pytest.mark.usefixtures("x64")]
STEPS = (0.01, 0.005, 0.0025)
WAYS = ("matrix", "cable", "transfer")


@pytest.fixture(scope="module", params=PAIRS)
def solved(request, need_neuron):
    """A pair of cells with the reference for it."""
    pair = PAIRS[request.param]
    need_neuron(pair.job)
    return pair, *reference(pair)


def run(job):
    return neuron_peer.run({"pair": job})["pair"]["v"]


def rms(values):
    return np.sqrt(np.mean(values**2))


@pytest.mark.parametrize("by", WAYS)
def test_what_a_coupling_conductance_is(by, need_neuron):
    """Two passive cells, one of them driven: mean and difference of V relax by themselves."""
    leak, rest, g, drive = 0.3, -65.0, 0.2, 1.5
    job = {
        "insert": {"pas": {"g": leak * 1e-3, "e": rest}},
        "coupling": {"g": g, "by": by},
        "pulses": [[0, 1e9, drive, 0]],
        "duration": 30.0,
        "every": 0.1,
        "cm": CAPACITANCE,
        "v_init": rest,
    }
    need_neuron(job)
    found = neuron_peer.run({"pair": job})["pair"]
    mean, half = (
        drive / (2 * total) * (1 - np.exp(-total / CAPACITANCE * found["t"]))
        for total in (leak, leak + 2 * g)
    )
    exact = rest + np.stack([mean + half, mean - half], axis=-1)
    np.testing.assert_allclose(found["v"], exact, atol=1e-7)


def test_reference_is_precise(solved):
    """NEURON's IDA with LinearMechanism, its CVODE with a cable, and SciPy's Radau agree."""
    pair, exact, precision = solved
    v = exact["v"]
    assert precision.worst < 2e-5
    stiff = radau(pair, exact["t"])
    np.testing.assert_allclose(v, stiff, atol=1e-5)
    np.testing.assert_allclose(pair.current(v), pair.current(stiff), atol=1e-5)
    cable = run(pair.job_by("cable", atol=TIGHT) | {"every": EVERY})
    np.testing.assert_allclose(cable, stiff, atol=2e-5)
    # Both cells fire, after both pulses, and current flows between them.
    assert (last_spike(v) * EVERY > 25).all()
    assert np.abs(pair.current(v)).max() > 10


def test_exp_euler_is_of_first_order(solved):
    pair, exact, _ = solved
    found = [errors(pair.run("exp_euler", dt), exact["v"], dt) for dt in STEPS]
    assert orders(STEPS, [run.spike for run in found])[-1] == pytest.approx(1, abs=0.03)
    assert orders(STEPS, [run.rms for run in found])[-1] == pytest.approx(1, abs=0.05)
    assert found[0].worst > found[1].worst > found[2].worst


def test_staggered_is_of_second_order(solved):
    pair, exact, _ = solved
    traces = [pair.run("staggered", dt) for dt in STEPS]
    found = [errors(v, exact["v"], dt) for v, dt in zip(traces, STEPS, strict=True)]
    for what in ("worst", "rms", "spike"):
        values = [getattr(run, what) for run in found]
        assert orders(STEPS, values)[-1] == pytest.approx(2, abs=0.1)
    # So is the current between the cells, where V differs by less than 0.03 mV.
    between = pair.current(exact["v"])
    wrong = [
        rms(pair.current(v) - between[:: round(dt / EVERY)])
        for v, dt in zip(traces, STEPS, strict=True)
    ]
    assert orders(STEPS, wrong)[-1] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("dt", [0.1, 0.025])
@pytest.mark.parametrize("name", PAIRS)
def test_staggered_is_neurons_secondorder(name, dt, need_neuron):
    """Both are Crank-Nicolson's method, of all voltages together."""
    pair = PAIRS[name]
    need_neuron(pair.job)
    theirs = run(pair.job_by("cable", dt=dt, secondorder=2))
    ours = pair.run("staggered", dt)
    np.testing.assert_allclose(ours, theirs, atol=1e-7)
    np.testing.assert_allclose(pair.current(ours), pair.current(theirs), atol=1e-7)


@pytest.mark.parametrize("name", PAIRS)
def test_neurons_cable_is_its_linear_mechanism(name, need_neuron):
    pair = PAIRS[name]
    need_neuron(pair.job)
    jobs = {by: pair.job_by(by, dt=STEP, secondorder=0) for by in ("matrix", "cable")}
    found = neuron_peer.run(jobs)
    np.testing.assert_allclose(found["matrix"]["v"], found["cable"]["v"], atol=1e-8)


def test_strong_pair_at_25_us(need_neuron):
    """Errors at kappa = 10, rounded up, beside those of NEURON's default method."""
    pair = PAIRS["kappa-10"]
    need_neuron(pair.job)
    exact, _ = reference(pair)

    def error(v):
        return errors(v, exact["v"], STEP)

    staggered, exp_euler = error(pair.run("staggered", STEP)), error(pair.run("exp_euler", STEP))
    theirs = error(run(pair.job_by("matrix", dt=STEP, secondorder=0)))
    assert staggered.worst < 0.55
    assert staggered.spike < 1.4
    assert exp_euler.worst < 33
    assert exp_euler.spike < 63
    assert staggered.worst < theirs.worst / 10 < exp_euler.worst / 10
    with pytest.warns(gj.GapJunctionWarning, match="too strong"):
        assert not np.isfinite(pair.run("exp_euler", STEP, "stage")).all()


def test_current_of_staggered_rings_after_a_jump(need_neuron):
    """As Crank-Nicolson's method does: with kappa over 1, by a factor known in closed form."""
    kappa, at = 10, round(5 / STEP)
    pair = PAIRS["kappa-10"]
    need_neuron(pair.job)
    exact, _ = reference(pair)
    between = pair.current(exact["v"])[:: round(STEP / EVERY)]
    largest = np.abs(between).max()
    ringing = (pair.current(pair.run("staggered", STEP)) - between)[at + 1 : at + 11]
    np.testing.assert_allclose(ringing[1:] / ringing[:-1], (1 - kappa) / (1 + kappa), rtol=0.01)
    # Where the current matters at each step, the first-order solver is the right one.
    damped = np.abs(pair.current(pair.run("exp_euler", STEP)) - between).max()
    assert damped < 0.1 * largest < np.abs(ringing).max()


@pytest.mark.parametrize("kappa", [0.1, 1, 10])
def test_identical_cells_rise_as_if_alone(kappa, need_neuron):
    """Lagged coupling slows them by 1 / (1 + kappa): the other cell seems to stay behind."""
    pair = alike(kappa, channels=False)
    need_neuron(pair.job_by("transfer"))
    jobs = {
        f"{by} {order}": pair.job_by(by, dt=STEP, secondorder=order)
        for by, order in [("transfer", 0), ("transfer", 2), ("matrix", 0), ("cable", 2), (None, 0)]
    }
    found = {name: result["v"] for name, result in neuron_peer.run(jobs).items()}
    found |= {solver: pair.run(solver, STEP) for solver in ("exp_euler", "staggered")}
    alone = found.pop("None 0")
    rise = (alone - alone[0])[1:, None]
    np.testing.assert_allclose(rise[:, 0] * CAPACITANCE, 10 * STEP * np.arange(1, len(alone)))
    slowed = {"transfer 0": 1 / (1 + kappa), "transfer 2": 1 / (1 + kappa / 2)}
    for name, v in found.items():
        factor = (v - v[0])[1:] / rise
        np.testing.assert_allclose(factor, slowed.get(name, 1), rtol=1e-10, err_msg=name)


def test_identical_cells_fire_as_if_alone(need_neuron):
    """Lagged coupling delays their spikes at kappa = 1 by more than a millisecond."""
    pair = alike(1)
    need_neuron(pair.job_by("transfer"))
    ways = {str(by): pair.job_by(by, dt=STEP, secondorder=0) for by in ("transfer", "matrix", None)}
    found = {name: result["v"] for name, result in neuron_peer.run(ways).items()}
    alone = last_spike(found["None"])
    assert (last_spike(found["transfer"]) - alone).min() * STEP > 1
    np.testing.assert_allclose(last_spike(found["matrix"]), alone, rtol=1e-9)
    for solver in ("exp_euler", "staggered"):
        ours = pair.run(solver, STEP, None)
        np.testing.assert_allclose(pair.run(solver, STEP), ours, rtol=0, atol=1e-10)
        assert np.isfinite(last_spike(ours)).all()
