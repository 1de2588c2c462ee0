"""Measures of synchrony at their limits, and against NumPy."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.measure import spike_coincidence, synchrony


def chi(V):
    return np.sqrt(V.mean(axis=1).var() / V.var(axis=0).mean())


def test_identical_traces_up_to_constants():
    wave = np.random.default_rng(0).normal(size=2000)
    V = -65 + wave[:, None] * 5 + np.linspace(0, 10, 7)
    assert synchrony(V * u.mV) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("n", [4, 25, 100])
def test_independent_traces(n):
    V = np.random.default_rng(n).normal(-65, 3, (5000, n))
    # chi^2 n has the spread of a variance of 5000 samples.
    assert synchrony(V * u.mV) * np.sqrt(n) == pytest.approx(1, abs=4 / np.sqrt(2 * 5000))


def test_is_the_definition(precision):
    rng = np.random.default_rng(1)
    V = -65 + rng.normal(size=(800, 1)) + 0.7 * rng.normal(size=(800, 6)) * np.arange(1, 7)
    assert synchrony(V * u.mV) == pytest.approx(chi(V), rel=1e-5)
    assert synchrony(V * 1e-3 * u.volt) == pytest.approx(chi(V), rel=1e-5)


def test_splay_and_silence():
    t = np.arange(1000) / 100
    V = np.cos(2 * np.pi * (t[:, None] - np.arange(5) / 5))
    assert synchrony(V * u.mV) == pytest.approx(0, abs=1e-6)
    assert np.isnan(synchrony(np.full((10, 3), -65.0) * u.mV))


def test_coincidence_is_the_definition():
    rng = np.random.default_rng(2)
    spikes = rng.random((400, 5)) < 0.1
    spikes[:, 4] = False
    X = spikes.reshape(80, 5, 5).any(axis=1).astype(float)
    pairs = []
    for i in range(5):
        for j in range(i):
            norm = np.sqrt(X[:, i].sum() * X[:, j].sum())
            pairs.append(X[:, i] @ X[:, j] / norm if norm else 0.0)
    found = spike_coincidence(spikes, 0.5 * u.ms, 0.1 * u.ms)
    assert found == pytest.approx(np.mean(pairs), rel=1e-5)


@pytest.mark.one_stack
def test_coincidence_by_chance_and_of_copies():
    rng = np.random.default_rng(5)
    spikes = rng.random((20000, 4)) < 0.02
    # Independent: about the probability of a spike in a bin.
    assert spike_coincidence(spikes, 1 * u.ms, 1 * u.ms) == pytest.approx(0.02, abs=0.006)
    copies = np.repeat(spikes[:, :1], 3, axis=1)
    assert spike_coincidence(copies, 2 * u.ms, 1 * u.ms) == pytest.approx(1, abs=1e-5)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match=r"V must have the shape \(n_samples, n_cells\)"):
        synchrony(np.zeros(10) * u.mV)
    with pytest.raises(u.UnitMismatchError, match="V must be voltages"):
        synchrony(np.zeros((10, 2)) * u.nA)
    with pytest.raises(u.UnitMismatchError, match="bin and dt must both be times, or both"):
        spike_coincidence(np.zeros((10, 2)), 2.0, 1 * u.ms)
    with pytest.raises(ValueError, match="spikes must be numbers of shape"):
        spike_coincidence(np.zeros((10, 1)), 1 * u.ms, 1 * u.ms)
    with pytest.raises(ValueError, match="spikes must be finite"):
        spike_coincidence(np.full((10, 2), np.nan), 1 * u.ms, 1 * u.ms)
    with pytest.raises(ValueError, match="bin must be a sample or more"):
        spike_coincidence(np.zeros((10, 2)), 0.1 * u.ms, 1 * u.ms)


def test_models_without_units(x64):
    rng = np.random.default_rng(6)
    V = rng.normal(size=(300, 4))
    assert synchrony(V) == pytest.approx(synchrony(V * u.mV))
    spikes = V > 1
    plain = spike_coincidence(spikes, 2.0, 1.0)
    assert plain == pytest.approx(spike_coincidence(spikes, 2 * u.ms, 1 * u.ms))
    with pytest.raises(ValueError, match=r"bin must be a sample or more, 1; got 0\.5"):
        spike_coincidence(spikes, 0.5, 1.0)
