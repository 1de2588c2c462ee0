"""Phases of oscillations that are known."""

import numpy as np
import pytest
import saiunit as u
from scipy import stats

from gapjunction.measure import phase_difference, phase_locking, phases, spike_times, splay


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 0.9])
def test_constant_difference(shift):
    first = np.cumsum(np.random.default_rng(0).uniform(15, 25, 40))
    second = first[:-1] + shift * np.diff(first)
    found = phase_difference(first * u.ms, second * u.ms)
    assert found.mean == pytest.approx(shift, abs=1e-9)
    assert found.locking == pytest.approx(1)
    assert found.spread == pytest.approx(0, abs=1e-6)


def test_mean_and_spread_go_around():
    first = np.arange(4001) * 20.0
    phase = np.random.default_rng(1).normal(0.0, 0.05, 4000)
    found = phase_difference(first * u.ms, np.sort(first[:-1] + phase * 20.0) * u.ms)
    assert min(found.mean, 1 - found.mean) < 0.004
    turned = 2 * np.pi * found.phases
    assert found.spread == pytest.approx(stats.circstd(turned) / (2 * np.pi), rel=1e-9)
    assert found.spread == pytest.approx(0.05, rel=0.05)


def test_voltages_give_the_same():
    t = np.arange(0, 500, 0.1)
    V = [-20 + 40 * np.sin(2 * np.pi * (t / 25 - x)) for x in (0.01, 0.31)]
    found = phase_difference(V[0] * u.mV, V[1] * u.mV, 0.1 * u.ms)
    assert found.mean == pytest.approx(0.3, abs=1e-4)


def test_both_kinds_of_phase():
    t = np.arange(4000) * 0.05
    V = np.cos(2 * np.pi * (t[:, None] / 10 - np.array([0.0, 0.2]))) * u.mV
    analytic, between = phases(V), phases(V, threshold=0 * u.mV)
    np.testing.assert_allclose(
        np.exp(2j * np.pi * analytic),
        np.exp(2j * np.pi * (t[:, None] / 10 - np.array([0.0, 0.2]))),
        atol=1e-6,
    )
    assert np.isnan(between[0]).all()
    assert np.isnan(between[-1]).all()
    # A rise through 0 is a quarter of a period before the maximum.
    inside = np.isfinite(between).all(axis=1)
    apart = np.exp(2j * np.pi * (between - analytic))[inside]
    np.testing.assert_allclose(apart, np.exp(2j * np.pi * 0.25), atol=0.02)


def test_a_constant_voltage_has_no_phase():
    found = phases(np.stack([np.zeros(40), np.sin(np.arange(40.0))], 1) * u.mV)
    assert np.isnan(found[:, 0]).all()
    assert np.isfinite(found[:, 1]).all()


def test_locking():
    rng = np.random.default_rng(2)
    base = np.cumsum(rng.uniform(0, 0.1, 20000))
    jitter = rng.normal(0, 0.1, 20000)
    other = rng.random(20000)
    P = phase_locking(np.stack([base, base + 0.4, base + jitter, other], axis=1))
    assert P[0, 1] == pytest.approx(1)
    # The mean of exp(i x) of a normal x.
    assert P[0, 2] == pytest.approx(np.exp(-((2 * np.pi * 0.1) ** 2) / 2), abs=0.01)
    assert P[0, 3] < 4 / np.sqrt(20000)
    np.testing.assert_allclose(P, P.T)


def test_locking_leaves_out_what_is_not_known():
    some = np.array([[0.1, np.nan, 0.2], [0.3, 0.4, np.nan], [0.9, 0.0, np.nan]])
    P = phase_locking(some)
    assert P[0, 1] == pytest.approx(1)
    assert np.isnan(P[1, 2])


def test_order_parameters():
    n = 6
    np.testing.assert_allclose(splay(np.full(n, 0.3)), np.ones(n))
    expected = np.zeros(n)
    expected[-1] = 1
    np.testing.assert_allclose(splay(0.123 + np.arange(n) / n), expected, atol=1e-12)
    np.testing.assert_allclose(splay(np.arange(n) % 2 / 2), [0, 1] * 3, atol=1e-12)
    np.testing.assert_allclose(splay([[0.2, 0.7], [0.5, 0.0], [np.nan, 1]]), [0, 1], atol=1e-12)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="second must have a spike between two of first"):
        phase_difference([1.0, 2.0] * u.ms, [5.0] * u.ms)
    with pytest.raises(ValueError, match="first must be rising times"):
        phase_difference([2.0, 1.0] * u.ms, [5.0] * u.ms)
    with pytest.raises(u.UnitMismatchError, match="second must be spike times"):
        phase_difference([1.0, 2.0] * u.ms, [5.0] * u.mV)
    with pytest.raises(ValueError, match="threshold must be one finite voltage"):
        spike_times(np.zeros(3) * u.mV, 1 * u.ms, np.nan * u.mV)
    with pytest.raises(ValueError, match="phases must be in periods"):
        phase_locking([0.1, 0.2])
    with pytest.raises(ValueError, match="phases must have a time"):
        splay([np.nan, 0.1])
    with pytest.raises(u.UnitMismatchError, match="first and second must both have units"):
        phase_difference([1.0, 2.0] * u.ms, [1.5])


def test_models_without_units():
    t = np.arange(4000) * 0.05
    V = np.stack([np.cos(t), np.cos(t - 0.25 * 2 * np.pi)], axis=1)
    volts = V * u.mV
    np.testing.assert_allclose(phases(V), phases(volts))
    np.testing.assert_allclose(phases(V, 0.5), phases(volts, 0.5 * u.mV))
    with_units = spike_times(volts, 0.05 * u.ms, 0.5 * u.mV)
    without = spike_times(V, 0.05, 0.5)
    for times, plain in zip(with_units, without, strict=True):
        assert not isinstance(plain, u.Quantity)
        np.testing.assert_allclose(plain, times.to_decimal(u.ms))
    # Time may have a unit where the voltages have none.
    mixed = spike_times(V[:, 0], 0.05 * u.ms, 0.5)
    np.testing.assert_allclose(mixed.to_decimal(u.ms), without[0])
    of_traces = phase_difference(V[:, 0], V[:, 1], 0.05, threshold=0.5)
    of_times = phase_difference(*without)
    assert of_traces.mean == pytest.approx(0.25, abs=1e-3)
    assert of_times.mean == pytest.approx(of_traces.mean)
    with pytest.raises(u.UnitMismatchError, match="threshold must be a number, as V has no unit"):
        phase_difference(V[:, 0], V[:, 1], 0.05)
    with pytest.raises(ValueError, match="dt must be positive"):
        spike_times(V, 0.0, 0.5)
