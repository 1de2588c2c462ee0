"""Fits through simulations."""

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction import measure
from models import Network, Passive, pairs

DT = 0.1 * u.ms


def noisy(recording, sigma, seed):
    noise = np.random.default_rng(seed).normal(0, sigma, recording.V.shape)
    return measure.Recording((recording.volts + noise) * u.mV, recording.I, recording.dt)


def on(amplitude, unit):
    return np.where((np.arange(500) > 100) & (np.arange(500) < 400), amplitude, 0.0) * unit


def test_junctions_of_a_network(x64):
    cells = Passive(3, C=60 * u.pF, g_L=3 * u.nS, E_L=-60 * u.mV, V0=-60 * u.mV)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0, 1], [1, 2]), [1.0, 2.0] * u.nS)
    brainstate.nn.init_all_states(Network([cells], [gap]))
    clean = [measure.inject(gap, on(40, u.pA), k, dt=DT) for k in (0, 2)]
    data = [noisy(r, 0.2, k) for k, r in enumerate(clean)]
    gap.weight.value = [0.3, 0.3] * u.nS
    fit = measure.fit_model(data, gap)
    assert fit.converged
    value, error, low, high = (np.asarray(x.to_decimal(u.nS)) for x in fit.estimates[0])
    np.testing.assert_allclose(value, [1, 2], atol=4 * error.max())
    assert np.all(error < 0.05)
    assert np.all((low < value) & (value < high))
    assert float(fit.noise.to_decimal(u.mV)) == pytest.approx(0.2, rel=0.05)
    assert abs(fit.correlation) < 0.1
    # The model is as it was, parameters included.
    np.testing.assert_allclose(gap.weight.value.to_decimal(u.nS), 0.3)
    np.testing.assert_array_equal(cells.V.value.to_decimal(u.mV), -60)

    # One of the cells was not recorded, and the membrane is fitted too.
    two = [measure.Recording(r.V[:, [0, 2]], r.I[:, [0, 2]], r.dt) for r in data]
    fit = measure.fit_model(two, gap, cells=[0, 2])
    value, error = (np.asarray(x.to_decimal(u.nS)) for x in fit.estimates[0][:2])
    np.testing.assert_allclose(value, [1, 2], atol=4 * error.max())


def test_active_cells(x64):
    cells = gj.neurons.HH1952(2)
    g = 0.05 * u.mS / u.cm**2
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), g)
    brainstate.nn.init_all_states(Network([cells], [gap]))
    clean = measure.inject(gap, on(-3, u.uA / u.cm**2), 0, dt=DT)
    data = noisy(clean, 0.05, 1)
    gap.weight.value = 0.2 * u.mS / u.cm**2
    fit = measure.fit_model(data, gap)
    value, error = (float(x.to_decimal(u.mS / u.cm**2)) for x in fit.estimates[0][:2])
    assert value == pytest.approx(0.05, abs=4 * error)
    assert error < 0.002


def test_errors_name_the_argument():
    cells = bp.LIF(2, R=0.2 * u.Gohm, tau=20 * u.ms, V_th=1 * u.volt)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.nS)
    cells.init_state()
    recording = measure.inject(gap, on(10, u.pA), 0, dt=DT)
    with pytest.raises(TypeError, match="parameters must be States"):
        measure.fit_model(recording, gap, [3])
    with pytest.raises(ValueError, match="parameters must hold a State"):
        measure.fit_model(recording, gap, [])
    with pytest.raises(ValueError, match="cells must be those of the recordings, 2; got 1"):
        measure.fit_model(recording, gap, cells=[0])
    with pytest.raises(ValueError, match="cells must be different cells"):
        measure.fit_model(recording, gap, cells=[0, 0])
    with pytest.raises(u.UnitMismatchError, match="recordings must have currents in a unit"):
        measure.fit_model(measure.Recording(recording.volts, recording.amperes, 1.0), gap)
    with pytest.raises(ValueError, match="one has no effect"):
        measure.fit_model(recording, gap, [gap.weight, brainstate.ParamState(1.0)])
