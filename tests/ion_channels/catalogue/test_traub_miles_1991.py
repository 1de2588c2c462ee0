"""Against the equations in Traub's convention in plain NumPy (mV from V_T, ms), and braincell."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.traub_miles_1991 import K_TM1991, Na_TM1991

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.3
exp = np.exp


def kinetics(alpha, beta):
    return alpha / (alpha + beta), 1 / (alpha + beta)


def spikes(x):
    """Return steady states and time constants, x being V - V_T."""
    return {
        "m": kinetics(
            0.32 * (13 - x) / (exp((13 - x) / 4) - 1), 0.28 * (x - 40) / (exp((x - 40) / 5) - 1)
        ),
        "h": kinetics(0.128 * exp((17 - x) / 18), 4 / (1 + exp((40 - x) / 5))),
        "n": kinetics(0.032 * (15 - x) / (exp((15 - x) / 5) - 1), 0.5 * exp((10 - x) / 40)),
    }


def test_printed_equations_at_a_threshold(x64):
    for entry, V_T in ((Na_TM1991, -63.0), (Na_TM1991, -55.0), (K_TM1991, -63.0), (K_TM1991, -55)):
        channel = entry(v.size, V_shift=V_T * u.mV - entry.V_T)
        steady, tau = channel.steady_state(v * u.mV), channel.time_constant(v * u.mV)
        reference = spikes(v - V_T)
        for name in channel.gates:
            np.testing.assert_allclose(steady[name], reference[name][0], rtol=1e-9)
            np.testing.assert_allclose(tau[name].to_decimal(u.ms), reference[name][1], rtol=1e-9)


def test_powers():
    assert {k: gate.power for k, gate in Na_TM1991.gates.items()} == {"m": 3, "h": 1}
    assert {k: gate.power for k, gate in K_TM1991.gates.items()} == {"n": 4}


def test_steady_states_and_time_constants_of_braincell(x64):
    channels = pytest.importorskip("braincell").channel
    V = v * u.mV
    peers = {
        "m": (Na_TM1991, channels.Na_TM1991(v.size, V_sh=-63 * u.mV), "p"),
        "h": (Na_TM1991, channels.Na_TM1991(v.size, V_sh=-63 * u.mV), "q"),
        "n": (K_TM1991, channels.K_TM1991(v.size, V_sh=-63 * u.mV), "p"),
    }
    for name, (entry, peer, gate) in peers.items():
        alpha = np.asarray(getattr(peer, f"f_{gate}_alpha")(V, None))
        beta = np.asarray(getattr(peer, f"f_{gate}_beta")(V, None))
        ours = entry(v.size)
        np.testing.assert_allclose(ours.steady_state(V)[name], alpha / (alpha + beta), rtol=1e-9)
        tau = ours.time_constant(V)[name].to_decimal(u.ms)
        np.testing.assert_allclose(tau, 1 / (alpha + beta), rtol=1e-9)


def test_three_times_slower_ten_degrees_below():
    V = v * u.mV
    warm, cold = (Na_TM1991(v.size, temperature=T).time_constant(V) for T in (36.0, 26.0))
    for name in warm:
        np.testing.assert_allclose(cold[name] / warm[name], 3, rtol=1e-5)
