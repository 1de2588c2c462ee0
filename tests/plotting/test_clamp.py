"""Currents after steps."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels import K_HH1952, Channel, Markov, SK_Ha2011
from gapjunction.plotting._clamp import TIMES, clamp, settling


def hodgkin_huxley_n(V):
    """Steady state and time constant, as printed in 1952 but for the sign and zero of V."""
    v = -(V + 65)
    alpha = 0.01 * (v + 10) / np.expm1((v + 10) / 10)
    beta = 0.125 * np.exp(v / 80)
    return alpha / (alpha + beta), 1 / (alpha + beta)


def test_delayed_rectifier_follows_its_closed_form():
    V = np.array([-77.0, -41.0, 3.0, 38.0])
    start, current = clamp(K_HH1952(1), (-100 * u.mV, {}), (V[:, None] * u.mV, {}))
    (n0, _), (n, tau) = hodgkin_huxley_n(-100.0), hodgkin_huxley_n(V)
    times = np.append(0, TIMES)[:, None]
    expected = 36 * (n + (n0 - n) * np.exp(-times / tau)) ** 4 * (V + 77)
    assert current.shape == (1 + TIMES.size, 4)
    got = np.asarray(current / (u.uA / u.cm**2))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(np.asarray(start / (u.uA / u.cm**2)), 36 * n0**4 * -23, rtol=1e-4)


def test_a_scheme_follows_its_closed_form():
    class Scheme(Channel):
        g_max = 1 * u.nS
        E = 0 * u.mV
        s = Markov(
            states=("C", "O"),
            rates={
                ("C", "O"): lambda V: u.math.exp(V / (20 * u.mV)) / u.ms,
                ("O", "C"): lambda V: u.math.exp(-V / (20 * u.mV)) / u.ms,
            },
            open=("O",),
        )

    V = np.array([-40.0, 10.0])
    _, current = clamp(Scheme(1), (-60 * u.mV, {}), (V[:, None] * u.mV, {}))
    a, b = np.exp(V / 20), np.exp(-V / 20)
    o, o0 = a / (a + b), 1 / (1 + np.exp(6))
    expected = (o + (o0 - o) * np.exp(-(a + b) * np.append(0, TIMES)[:, None])) * V
    np.testing.assert_allclose(np.asarray(current / u.pA), expected, rtol=2e-4, atol=1e-4)


def test_a_concentration_can_be_stepped():
    before, after = {"Ca": 0.1 * u.uM}, {"Ca": np.array([[0.43], [10.0]]) * u.uM}
    start, current = clamp(SK_Ha2011(1), (0 * u.mV, before), (0 * u.mV, after))
    share = np.asarray(current / (44.1 * u.mS / u.cm**2 * 85 * u.mV))
    assert start.shape == (2,)
    np.testing.assert_allclose(share[-1], [0.5, 1.0], atol=2e-3)
    # The gate approaches its target within 1 ms.
    np.testing.assert_allclose(np.interp(1, TIMES, share[1:, 1]), 1 - np.exp(-1), atol=2e-3)


def test_settling_of_exponentials():
    time = np.append(0, TIMES)
    family = np.stack([0.5 * np.exp(-time / 2), 1 - np.exp(-time / 10)], 1)
    begin, end = settling(time, family)
    assert begin == pytest.approx(10 * np.log(2), rel=0.07)
    assert end == pytest.approx(10 * np.log(20), rel=0.07)
    # One that changes too little to be seen may take as long as it likes.
    family[:, 0] = 0.04 * np.exp(-time / 500)
    assert settling(time, family)[1] == pytest.approx(end)


def test_what_does_not_change_has_no_times():
    assert settling(np.append(0, TIMES), np.full((1 + TIMES.size, 2), 3.0)) == (0.0, 0.0)
