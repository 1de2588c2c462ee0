"""Against Ih.mod of ModelDB 3343 in plain NumPy: mV, ms, mM."""

import brainstate
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

from gapjunction.ion_channels.catalogue.destexhe_1996 import h_De1996

v = np.arange(-120.0, 61.0)
K2, K4, CA_HALF, P_HALF = 0.0004, 0.001, 0.002, 0.01


def rates(V):
    target = 1 / (1 + np.exp((V + 75) / 5.5))
    tau = 20 + 1000 / (np.exp((V + 71.5) / 14.2) + np.exp(-(V + 89) / 11.6))
    return target / tau, (1 - target) / tau


def settled(V, calcium):
    """Return the relative conductance, by the file's procedure for the activation curve."""
    alpha, beta = rates(V)
    bound = 1 / (1 + (CA_HALF / calcium) ** 4)
    m = 1 / (1 + beta / alpha + bound / P_HALF)
    return m * (1 + 2 * bound / P_HALF)


def test_activation_curve_of_the_model_file(x64):
    volts, calcium = np.meshgrid(v, [1e-4, 2.4e-4, 1e-3, 2e-3, 1e-2])
    V, Ca = volts * u.mV, calcium * u.mM
    channel = h_De1996(volts.shape)
    channel.init_state(V, Ca=Ca)
    got = channel.conductance(V, Ca=Ca).to_decimal(u.mS / u.cm**2)
    np.testing.assert_allclose(got, 0.02 * settled(volts, calcium), rtol=1e-8)


def test_calcium_moves_the_activation_to_the_right(x64):
    def half(calcium):
        curve = settled(v, calcium)
        return np.interp(0.5 * curve.max(), curve[::-1], v[::-1])

    # Without calcium it is that of the voltage gate, -75 mV.
    assert half(1e-6) == pytest.approx(-75, abs=0.1)
    assert half(1e-2) > half(5e-4) > half(1e-6)


def test_course_of_binding_and_locking(x64):
    V, calcium, start = -80.0, 1e-3, {"V": -60.0, "Ca": 2.4e-4}
    alpha, beta = rates(V)

    def slope(t, y):
        opened, locked, bound = y
        lock = K4 * bound / P_HALF
        return [
            alpha * (1 - opened - locked) - beta * opened + K4 * locked - lock * opened,
            lock * opened - K4 * locked,
            K2 * (calcium / CA_HALF) ** 4 * (1 - bound) - K2 * bound,
        ]

    channel = h_De1996(1)
    channel.init_state([start["V"]] * u.mV, Ca=[start["Ca"]] * u.mM)
    first = np.array([*channel.s.value[0, 1:], channel.p.value[0]])
    want = solve_ivp(slope, (0, 3000), first, rtol=1e-10, atol=1e-13).y[:, -1]

    def step(_):
        channel.update([V] * u.mV, Ca=[calcium] * u.mM)

    with brainstate.environ.context(dt=0.5 * u.ms):
        brainstate.transform.for_loop(step, np.arange(6000))
    got = [*channel.s.value[0, 1:], channel.p.value[0]]
    # The protein is taken at the start of each step: first order, 0.5 ms of 1 s.
    np.testing.assert_allclose(got, want, rtol=1e-3)
    channel.p.value = channel.p.value * 3
    slopes = channel.derivative([V] * u.mV, Ca=[calcium] * u.mM)
    got = [*slopes["s"][0, 1:].to_decimal(u.kHz), slopes["p"][0].to_decimal(u.kHz)]
    state = [*channel.s.value[0, 1:], channel.p.value[0]]
    np.testing.assert_allclose(got, slope(0, state), rtol=1e-9)


def test_reads_calcium_alone():
    assert h_De1996(1).reads() == ("Ca",)
