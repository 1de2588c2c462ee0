"""The demo's model against an implementation of the same equations that shares nothing with it."""

import brainpy
import brainstate
import jax
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.worm_reference import N, Reference
from gapjunction.demo import steady
from gapjunction.demo.parameters import PUBLISHED_STIMULUS, Parameters
from gapjunction.demo.run import simulate
from gapjunction.demo.worm import NervousSystem

DURATION = 200.0  # ms


@pytest.fixture(scope="module")
def worm():
    return gj.datasets.celegans()


@pytest.fixture(scope="module")
def current(worm):
    stimulus = np.zeros(N)
    stimulus[worm.index(PUBLISHED_STIMULUS)] = list(PUBLISHED_STIMULUS.values())
    return stimulus


@pytest.fixture(scope="module")
def reference(current):
    return Reference(current)


@pytest.fixture(scope="module")
def errors(worm, current, reference):
    """Largest error (mV) at any neuron and record, for three time steps (ms), in float64."""
    times = np.arange(5.0, DURATION + 1, 5.0)
    exact = reference.solve(times)
    jax.config.update("jax_enable_x64", True)
    brainstate.environ.set(precision=64)
    found = {}
    for dt in (0.1, 0.05, 0.025):
        model = NervousSystem(worm, Parameters(), current, gj.SymmetryGapJunction)
        recording = simulate(model, dt, len(times), round(5.0 / dt))
        np.testing.assert_allclose(recording.time[1:], times)
        assert recording.V.dtype == np.float64
        found[dt] = np.abs(recording.V[1:] - exact)
    jax.config.update("jax_enable_x64", False)
    brainstate.environ.set(precision=32)
    return found


def test_start_is_the_rest_without_stimulus(worm, reference):
    at_rest = steady.steady_voltages(worm, Parameters(), np.zeros(N))
    np.testing.assert_allclose(at_rest, reference.start[:N], rtol=1e-10)


def test_threshold_is_the_fixed_point_under_the_stimulus(worm, current, reference):
    threshold = steady.steady_voltages(worm, Parameters(), current)
    change = reference(0.0, np.concatenate([threshold, np.full(N, 1 / 11)]))
    # mV per s and per s, beside rates of 1e7 while the stimulus sets in.
    np.testing.assert_allclose(change, 0, atol=1e-4)


def test_trajectory_is_that_of_the_equations(errors, worm):
    # The largest is at PLM, which rises to 8,400 mV within the first 10 ms.
    assert errors[0.05].max() < 20.0
    assert errors[0.05][:, worm.motor].max() < 1.0


def test_error_shrinks_in_proportion_to_the_time_step(errors):
    assert errors[0.1].max() / errors[0.05].max() == pytest.approx(2, rel=0.05)
    assert errors[0.05].max() / errors[0.025].max() == pytest.approx(2, rel=0.05)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("coupling", ["step", "stage"])
def test_builtin_junctions_give_the_same_traces(worm, current, coupling):
    def ours(*args, **kwargs):
        return gj.SymmetryGapJunction(*args, coupling=coupling, **kwargs)

    traces = []
    for junction in (ours, brainpy.state.SymmetryGapJunction):
        model = NervousSystem(worm, Parameters(), current, junction)
        traces.append(simulate(model, 0.1, 20, 50).V)
    np.testing.assert_allclose(traces[0], traces[1], rtol=1e-11, atol=1e-9)


@pytest.mark.usefixtures("x64")
def test_currents_are_those_of_the_reference(worm, reference):
    model = NervousSystem(worm, Parameters(), np.zeros(N), gj.SymmetryGapJunction)
    brainstate.nn.init_all_states(model)
    V = np.asarray(brainstate.random.normal(-35.0, 10.0, N))
    model.neurons.V.value = V * u.mV
    currents = []
    for parts in ([model.excitatory, model.inhibitory], [model.gap]):
        for part in parts:
            part.update()
        current = model.neurons.sum_current_inputs(0.0 * u.pA, model.neurons.V.value)
        currents.append(current.to_decimal(u.pA))
    synaptic, both = currents
    laplacian = np.diag(reference.gap.sum(axis=1)) - reference.gap
    np.testing.assert_allclose(both - synaptic, -laplacian @ V / 1e3, atol=1e-9)
    want = (reference.synaptic / 11 * (reference.E - V[:, None])).sum(axis=1)
    np.testing.assert_allclose(synaptic, want / 1e3, atol=1e-9)


def test_conductances_are_those_of_the_reference(worm, reference):
    laplacian, synaptic = steady.conductances(worm, Parameters())
    np.testing.assert_allclose(synaptic, reference.synaptic)
    np.testing.assert_allclose(laplacian, np.diag(reference.gap.sum(axis=1)) - reference.gap)


def test_rest_stays_at_rest(worm):
    model = NervousSystem(worm, Parameters(), np.zeros(N), gj.SymmetryGapJunction)
    V = simulate(model, 0.1, 20, 10).V
    np.testing.assert_allclose(V, V[:1].repeat(21, axis=0), atol=1e-3)
