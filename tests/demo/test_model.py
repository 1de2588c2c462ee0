"""The demo's model against an implementation of the same equations that shares nothing with it."""

import brainpy
import brainstate
import jax
import numpy as np
import pytest
import saiunit as u
import scipy.sparse as sp
from scipy.integrate import solve_ivp

import gapjunction as gj
from gapjunction.demo import steady
from gapjunction.demo.parameters import DEFAULT_STIMULUS, Parameters
from gapjunction.demo.run import NotFiniteError, simulate
from gapjunction.demo.worm import NervousSystem

N = 279
DURATION = 200.0  # ms


class Reference:
    """C dV/dt and ds/dt in mV, s, pS, pF, with every matrix dense."""

    def __init__(self, current):
        worm = gj.datasets.celegans()
        self.gap, self.synaptic = np.zeros((N, N)), np.zeros((N, N))
        for i, j, count in zip(*worm.electrical, worm.junctions, strict=True):
            self.gap[i, j] += 100.0 * count
            self.gap[j, i] += 100.0 * count
        for i, j, count in zip(*worm.chemical, worm.synapses, strict=True):
            self.synaptic[j, i] += 100.0 * count
        self.E = np.zeros(N)
        self.E[worm.inhibitory] = -48.0
        self.threshold = self.rest(current)
        self.current = 1e3 * current  # pA to pS mV
        self.start = np.concatenate([self.rest(np.zeros(N)), np.full(N, 1 / 11)])

    def rest(self, current):
        """Solve 0 = dV/dt with phi = 1/2, that is s = 1 / (1 + 2 * 5)."""
        s = np.full(N, 1 / 11)
        total = 10.0 + self.gap.sum(axis=1) + self.synaptic @ s
        inflow = 10.0 * -35.0 + self.synaptic @ (s * self.E) + 1e3 * current
        return np.linalg.solve(np.diag(total) - self.gap, inflow)

    def __call__(self, t, y):
        V, s = y[:N], y[N:]
        leak = 10.0 * (-35.0 - V)
        gap = (self.gap * (V[None, :] - V[:, None])).sum(axis=1)
        chemical = (self.synaptic * s[None, :] * (self.E[None, :] - V[:, None])).sum(axis=1)
        phi = 0.5 * (1 + np.tanh(0.125 * (V - self.threshold) / 2))
        return np.concatenate([leak + gap + chemical + self.current, phi * (1 - s) - 5.0 * s])

    def jacobian(self, t, y):
        V, s = y[:N], y[N:]
        phi = 0.5 * (1 + np.tanh(0.125 * (V - self.threshold) / 2))
        own = -10.0 - self.gap.sum(axis=1) - self.synaptic @ s
        dense = np.block(
            [
                [self.gap + np.diag(own), self.synaptic * (self.E[None, :] - V[:, None])],
                [np.diag(0.125 * phi * (1 - phi) * (1 - s)), np.diag(-phi - 5.0)],
            ]
        )
        return sp.csc_matrix(dense)


@pytest.fixture(scope="module")
def worm():
    return gj.datasets.celegans()


@pytest.fixture(scope="module")
def current(worm):
    stimulus = np.zeros(N)
    stimulus[worm.index(DEFAULT_STIMULUS)] = list(DEFAULT_STIMULUS.values())
    return stimulus


@pytest.fixture(scope="module")
def reference(current):
    return Reference(current)


@pytest.fixture(scope="module")
def errors(worm, current, reference):
    """Largest error (mV) at any neuron and record, for three time steps (ms), in float64."""
    times = np.arange(5.0, DURATION + 1, 5.0)
    exact = (
        solve_ivp(
            reference,
            (0, DURATION / 1e3),
            reference.start,
            method="BDF",
            jac=reference.jacobian,
            t_eval=times / 1e3,
            rtol=1e-8,
            atol=1e-6,
        )
        .y[:N]
        .T
    )
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
def test_gap_current_is_the_laplacian_of_the_voltages(worm, reference):
    model = NervousSystem(worm, Parameters(), np.zeros(N), gj.SymmetryGapJunction)
    brainstate.nn.init_all_states(model)
    V = brainstate.random.normal(-35.0, 10.0, N)
    model.neurons.V.value = V * u.mV
    model.gap.update()
    current = model.neurons.sum_current_inputs(0.0 * u.pA, model.neurons.V.value)
    laplacian = np.diag(reference.gap.sum(axis=1)) - reference.gap
    np.testing.assert_allclose(
        current.to_decimal(u.pA), -laplacian @ np.asarray(V) / 1e3, atol=1e-9
    )


def test_conductances_are_those_of_the_reference(worm, reference):
    laplacian, synaptic = steady.conductances(worm, Parameters())
    np.testing.assert_allclose(synaptic, reference.synaptic)
    np.testing.assert_allclose(laplacian, np.diag(reference.gap.sum(axis=1)) - reference.gap)
    worst = steady.kappa(worm, Parameters(), dt=0.05)
    assert worst.argmax() == worm.index("AVAL")
    assert worst.max() == pytest.approx(0.05e-3 * 113 * 100)  # 100 pS / 1 pF = 100 / s


def test_stability_limit_is_where_the_voltages_run_away(worm, current):
    limit = steady.largest_stable_dt(worm, Parameters())

    def run(dt):
        model = NervousSystem(worm, Parameters(), current, gj.SymmetryGapJunction)
        return simulate(model, dt, 50, 100)

    assert np.abs(run(0.97 * limit).V).max() < 1e4
    with pytest.raises(NotFiniteError, match=r"not finite after \d"):
        run(1.1 * limit)


def test_rest_stays_at_rest(worm):
    model = NervousSystem(worm, Parameters(), np.zeros(N), gj.SymmetryGapJunction)
    V = simulate(model, 0.1, 20, 10).V
    np.testing.assert_allclose(V, V[:1].repeat(21, axis=0), atol=1e-3)
