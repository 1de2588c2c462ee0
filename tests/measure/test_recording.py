"""Recordings, of models and by themselves."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.signal import lfilter

import gapjunction as gj
from gapjunction import measure
from models import Network, Passive, pairs

G, g, C = 4.0, 1.0, 80.0  # nS, pF


def passive(n=2, edges=((0,), (1,)), solver=None):
    cells = Passive(n, C=C * u.pF, g_L=G * u.nS, E_L=-60 * u.mV, V0=-60 * u.mV)
    gap = gj.SymmetryGapJunction(cells, "V", pairs(*edges), g * u.nS, coupling="implicit")
    brainstate.nn.init_all_states(Network([cells], [gap]))
    return cells, gap


def step_of(amplitude, before=20.0, during=300.0, dt=0.1):
    t = np.arange(0, before + during, dt)
    return np.where(t >= before, amplitude, 0.0) * u.pA


def test_steady_deflections_of_a_simulation(x64):
    cells, gap = passive(3, ([0, 1], [1, 2]))
    recordings = [measure.inject(gap, step_of(20), k, dt=0.1 * u.ms) for k in range(3)]
    net = measure.linearise(gap)
    np.testing.assert_allclose(
        measure.transfer(recordings).to_decimal(u.Mohm),
        measure.transfer(net).to_decimal(u.Mohm),
        rtol=2e-3,
    )
    found = measure.coupling_coefficient(recordings[0], 0)
    np.testing.assert_allclose(found, measure.coupling_coefficient(net, 0), rtol=2e-3)
    assert np.all(np.asarray(cells.V.value.to_decimal(u.mV)) == -60)
    assert not cells.current_inputs or all("electrode" not in k for k in cells.current_inputs)


@pytest.mark.parametrize("f", [3.0, 30.0, 200.0])
def test_lock_in_of_a_simulation(x64, f):
    _, gap = passive()
    # The step is of first order, which shows in phases: omega dt / 2.
    dt = 0.6 / f
    t = np.arange(0, 6 / f * 1e3 + 80, dt)
    recording = measure.inject(gap, 5 * np.sin(2e-3 * np.pi * f * t) * u.pA, 0, dt=dt * u.ms)
    Y = 2j * np.pi * f * 1e-3 * C
    cc = g / (g + G + Y)
    Z = 1e3 / (G + Y + g * (1 - cc))
    found = measure.coupling_coefficient(recording, 0, 1, f * u.Hz)
    np.testing.assert_allclose(found.value, cc, rtol=1e-2)
    found = measure.input_resistance(recording, 0, f * u.Hz)
    assert found.amplitude.to_decimal(u.Mohm) == pytest.approx(abs(Z), rel=1e-2)
    assert found.phase == pytest.approx(np.angle(Z), abs=5e-3)


def test_a_current_that_is_held_between_samples_lags():
    """Of one cell, whose steps are exact: 20 in a cycle, a lag of 9 degrees."""
    R, tau, f, dt = 0.25, 20.0, 25e-3, 2.0  # Gohm, ms, 1 / ms, ms
    I = 5 * np.sin(2 * np.pi * f * dt * np.arange(600))  # noqa: E741
    decay = np.exp(-dt / tau)
    V = lfilter([0, R * (1 - decay)], [1, -decay], I)
    recording = measure.Recording(V[:, None] * u.mV, I[:, None] * u.pA, dt * u.ms)
    found = measure.input_resistance(recording, 0, 25 * u.Hz)
    Z = 1e3 * R / (1 + 2j * np.pi * f * tau)
    assert found.amplitude.to_decimal(u.Mohm) == pytest.approx(abs(Z), rel=1e-2)
    assert found.phase == pytest.approx(np.angle(Z), abs=1e-2)


def test_windows_pick_samples():
    V = np.repeat([[-60.0, -60.0], [-50.0, -58.0], [-40.0, -55.0]], 10, axis=0)
    I = np.zeros_like(V)  # noqa: E741
    I[10:, 0] = 100
    recording = measure.Recording(V * u.mV, I * u.pA, 1 * u.ms)
    early, late = (10 * u.ms, 20 * u.ms), (20 * u.ms, 30 * u.ms)
    assert measure.coupling_coefficient(recording, 0, 1) == pytest.approx(5 / 20)
    assert measure.coupling_coefficient(recording, 0, 1, window=early) == pytest.approx(2 / 10)
    R = measure.input_resistance(recording, 0, window=late, baseline=(0 * u.ms, 5 * u.ms))
    assert R.to_decimal(u.Mohm) == pytest.approx(200)
    with pytest.raises(ValueError, match="window must lie within"):
        measure.input_resistance(recording, 0, window=(0 * u.ms, 31 * u.ms))
    with pytest.raises(ValueError, match="current into cell 1 that steps"):
        measure.input_resistance(recording, 1)
    with pytest.raises(ValueError, match="one recording for each of 2 cells"):
        measure.transfer([recording])
    per_area = measure.Recording(V * u.mV, I[:, ::-1] * u.uA / u.cm**2, 1 * u.ms)
    with pytest.raises(ValueError, match="recordings of the same cells and kind"):
        measure.transfer([recording, per_area])
    with pytest.raises(ValueError, match="window must hold a cycle"):
        measure.input_resistance(recording, 0, 5 * u.Hz)
    with pytest.raises(ValueError, match="window must hold at least 4 samples"):
        measure.input_resistance(recording, 0, 400 * u.Hz, window=(0 * u.ms, 3 * u.ms))
    with pytest.raises(ValueError, match="below half the sampling rate"):
        measure.input_resistance(recording, 0, 600 * u.Hz)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"V": np.zeros(5) * u.mV}, ValueError, "V must have the shape"),
        ({"V": np.zeros((5, 2))}, u.UnitMismatchError, "V must be voltages"),
        ({"I": np.zeros((5, 1)) * u.pA}, ValueError, "I must have the shape of V"),
        ({"I": np.zeros((5, 2)) * u.mV}, u.UnitMismatchError, "I must be currents"),
        ({"dt": 0 * u.ms}, ValueError, "dt must be positive"),
        ({"V": np.full((5, 2), np.nan) * u.mV}, ValueError, "V must be finite"),
    ],
)
def test_recordings_are_checked(change, error, message):
    good = {"V": np.zeros((5, 2)) * u.mV, "I": np.zeros((5, 2)) * u.pA, "dt": 1 * u.ms}
    with pytest.raises(error, match=message):
        measure.Recording(**{**good, **change})


def test_any_host_and_step():
    a = bp.HH(2, V_initializer=lambda shape, *_: np.full(shape, -65.0) * u.mV)
    b = bp.HH(1, V_initializer=lambda shape, *_: np.full(shape, -65.0) * u.mV)
    gap = gj.SymmetryGapJunction((a, b), "V", pairs([1], [0]), 0.1 * u.mS)
    net = Network([a, b], [gap])
    brainstate.nn.init_all_states(net)
    on = np.where(np.arange(400) >= 100, 2.0, 0.0) * u.uA
    by_default = measure.inject(net, on, ("populations.1", 0), dt=0.05 * u.ms)
    by_step = measure.inject(
        net, on, 2, dt=0.05 * u.ms, step=lambda: net.update(0 * u.uA, 0 * u.uA)
    )
    assert by_default.V.shape == (400, 3)
    np.testing.assert_allclose(by_default.volts, by_step.volts, atol=1e-3)

    # By hand: the same current as an argument of the population's own call.
    def hand(i):
        with brainstate.environ.context(i=i, t=i * 0.05 * u.ms, dt=0.05 * u.ms):
            V = jnp.concatenate([a.V.value.to_decimal(u.mV), b.V.value.to_decimal(u.mV)])
            net.update(0 * u.uA, jnp.where(i >= 100, 2.0, 0.0) * u.uA)
            return V

    V = brainstate.transform.for_loop(hand, jnp.arange(400))
    np.testing.assert_allclose(by_default.volts, V, atol=1e-3)


def test_injections_are_checked():
    _, gap = passive()
    dt = 0.1 * u.ms
    with pytest.raises(u.UnitMismatchError, match="current must be in a unit such as"):
        measure.inject(gap, np.ones(5) * u.mV, 0, dt=dt)
    with pytest.raises(ValueError, match="current must be finite"):
        measure.inject(gap, np.array([0, np.nan]) * u.pA, 0, dt=dt)
    with pytest.raises(ValueError, match="current must have the shape"):
        measure.inject(gap, np.ones(5) * u.pA, dt=dt)
    with pytest.raises(ValueError, match="cell must be a cell's id below 2"):
        measure.inject(gap, np.ones(5) * u.pA, 2, dt=dt)
    with pytest.raises(ValueError, match="dt must be positive"):
        measure.inject(gap, np.ones(5) * u.pA, 0, dt=0 * u.ms)
    with pytest.raises(TypeError, match="step must be a function"):
        measure.inject(gap, np.ones(5) * u.pA, 0, dt=dt, step=3)
    fresh = Passive(2, g_L=1 * u.nS)
    gap = gj.SymmetryGapJunction(fresh, "V", pairs([0], [1]), 1 * u.nS)
    with pytest.raises(ValueError, match="has no state 'V' yet"):
        measure.inject(gap, np.ones(5) * u.pA, 0, dt=dt)
    fresh.init_state(3)
    with pytest.raises(ValueError, match="model must be initialised without a batch"):
        measure.inject(gap, np.ones(5) * u.pA, 0, dt=dt)
