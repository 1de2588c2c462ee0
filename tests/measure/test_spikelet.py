"""Spikelets of known shape."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.measure import spike_times, spikelet_amplitude

DT = 0.05
T = np.arange(0, 1000, DT)
SPIKES = np.array([100.0, 222.5, 223.4, 400.0, 655.0, 990.0])  # ms


def pre(times=SPIKES):
    v = np.full(len(T), -65.0)
    for t in times:
        v = np.maximum(v, np.interp(T, [t - 0.5, t, t + 0.5], [-65, 30, -65]))
    return v


def post(times, rng=None, sigma=0.0):
    """1.5 mV after 2 ms, then 0.4 mV below rest at 8 ms."""
    v = -70 + (0 if rng is None else rng.normal(0, sigma, len(T)))
    for t in times:
        v = v + np.interp(T - t, [-0.3, 2, 5, 8, 12], [0, 1.5, 0, -0.4, 0])
    return v


def measured(times=SPIKES, **kwargs):
    return spikelet_amplitude(pre() * u.mV, post(times) * u.mV, DT * u.ms, **kwargs)


def test_amplitude_time_and_trough():
    found = measured([100.0, 400.0, 655.0])
    # Two spikes are not alone, and one is too close to the end.
    assert found.n_spikes == 3
    assert found.amplitude.to_decimal(u.mV) == pytest.approx(1.5, abs=0.02)
    # From the crossing of -20 mV, which is 0.263 ms before the peak of the spike.
    assert found.time_to_peak.to_decimal(u.ms) == pytest.approx(2 + 0.5 * 50 / 95, abs=DT)
    assert found.afterhyperpolarisation.to_decimal(u.mV) == pytest.approx(0.4, abs=0.01)
    assert found.average.shape == found.time.shape


def test_noise_averages_out():
    rng = np.random.default_rng(3)
    times = np.arange(50.0, 950.0, 45.0)
    recording = pre(times) * u.mV, post(times, rng, 0.2) * u.mV, DT * u.ms
    found = spikelet_amplitude(*recording)
    assert found.n_spikes == len(times)
    error = float(found.standard_error.to_decimal(u.mV))
    assert error == pytest.approx(0.2 / np.sqrt(len(times)), rel=0.5)
    # The largest of many samples is biased up, but not by more than some errors.
    assert abs(float(found.amplitude.to_decimal(u.mV)) - 1.5) < 4 * error


def test_isolation_is_a_choice():
    assert measured(isolation=0.5 * u.ms).n_spikes == 5
    assert measured(isolation=200 * u.ms).n_spikes == 1


def test_spike_times_lie_between_samples():
    v = np.array([-65.0, -30.0, 10.0, -60.0, -25.0, -15.0])
    found = spike_times(v * u.mV, 0.2 * u.ms).to_decimal(u.ms)
    np.testing.assert_allclose(found, [0.25, 0.9])
    both = spike_times(np.stack([v, v[::-1]], 1) * u.mV, 0.2 * u.ms, 0 * u.mV)
    np.testing.assert_allclose(both[0].to_decimal(u.ms), [0.2 * (1 + 30 / 40)])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"v_post": np.zeros(10) * u.mV}, "v_pre and v_post must be one trace each"),
        ({"v_pre": np.full(len(T), -65.0) * u.mV}, "v_pre must have an isolated spike"),
        ({"dt": 0 * u.ms}, "dt must be positive"),
        ({"before": 0.01 * u.ms}, "before and after must be 2 samples"),
    ],
)
def test_errors_name_the_argument(kwargs, message):
    good = {"v_pre": pre() * u.mV, "v_post": post(SPIKES) * u.mV, "dt": DT * u.ms}
    with pytest.raises(ValueError, match=message):
        spikelet_amplitude(**{**good, **kwargs})
