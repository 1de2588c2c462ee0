"""Against the paper's equations in plain NumPy (mV, ms), and its f-I curve."""

import brainstate
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.wang_buzsaki_1996 import K_WB1996, Leak_WB1996, Na_WB1996

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.3
exp = np.exp


def opening(alpha, beta, phi):
    return alpha / (alpha + beta), 1 / (phi * (alpha + beta))


def fast():
    alpha = -0.1 * (v + 35) / (exp(-0.1 * (v + 35)) - 1)
    return alpha / (alpha + 4 * exp(-(v + 60) / 18))


def reference(phi):
    h = opening(0.07 * exp(-(v + 58) / 20), 1 / (exp(-0.1 * (v + 28)) + 1), phi)
    alpha = -0.01 * (v + 34) / (exp(-0.1 * (v + 34)) - 1)
    return {"h": h, "n": opening(alpha, 0.125 * exp(-(v + 44) / 80), phi)}


def test_printed_equations(x64):
    V = v * u.mV
    for phi in (5.0, 2.0):
        at = None if phi == 5 else 27 + 10 * np.log(phi) / np.log(5)
        for entry in (Na_WB1996, K_WB1996):
            channel = entry(v.size, temperature=at)
            steady, tau = channel.steady_state(V), channel.time_constant(V)
            assert "m" not in tau
            for name, time in tau.items():
                target, want = reference(phi)[name]
                np.testing.assert_allclose(steady[name], target, rtol=1e-9)
                np.testing.assert_allclose(time.to_decimal(u.ms), want, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(Na_WB1996(v.size).steady_state(V)["m"], fast(), rtol=1e-9)
    assert {k: g.power for k, g in Na_WB1996.gates.items()} == {"m": 3, "h": 1}
    assert K_WB1996.gates["n"].power == 4


def test_firing_rates_of_figure_1a(x64):
    # Read off the figure, to about 3 Hz.
    drive, published = np.array([5.0, 10.0, 15.0]), np.array([190.0, 285.0, 352.0])
    channels = [Na_WB1996(3), K_WB1996(3), Leak_WB1996(3)]
    start = np.full(3, -64.0)
    for channel in channels:
        channel.init_state(start * u.mV)

    def step(V, _):
        for channel in channels:
            channel.update(V * u.mV)
        current = sum(channel.current(V * u.mV) for channel in channels)
        new = V + 0.01 * (drive - current.to_decimal(u.uA / u.cm**2))
        return new, (V < -20) & (new >= -20)

    with brainstate.environ.context(dt=0.01 * u.ms):
        _, spikes = brainstate.transform.scan(step, start, np.arange(10_000))
    for column, want in zip(np.asarray(spikes).T, published, strict=True):
        times = np.flatnonzero(column) * 0.01
        assert 1000 / np.diff(times)[-5:].mean() == pytest.approx(want, abs=4)
