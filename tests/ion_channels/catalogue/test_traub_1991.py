"""Against the paper's rates, as GENESIS has them, in plain NumPy: mV from rest, ms, chi."""

import numpy as np
import saiunit as u

from gapjunction.ion_channels.catalogue.traub_1991 import (
    CHI,
    A_Tr1991,
    AHP_Tr1991,
    C_Tr1991,
    Ca_Tr1991,
    Kdr_Tr1991,
    Na_Tr1991,
)

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.3
x = v + 60
chi = np.array([0.0, 10.0, 50.0, 249.0, 251.0, 499.0, 501.0, 900.0])
exp = np.exp


def kinetics(alpha, beta):
    return alpha / (alpha + beta), 1 / (alpha + beta)


def linoid(scale, half, slope):
    return scale * (half - x) / (exp((half - x) / slope) - 1)


def rates():
    r_open = np.where(x > 0, exp(-x / 20) / 200, 0.005)
    r_close = np.where(x > 0, 0.005 - r_open, 0.0)
    fading = 2 * exp(-(x - 6.5) / 27)
    c_open = np.where(x <= 50, exp((x - 10) / 11 - (x - 6.5) / 27) / 18.975, fading)
    c_close = np.where(x <= 50, fading - c_open, 0.0)
    return {
        Na_Tr1991: {
            "m": kinetics(linoid(0.32, 13.1, 4), -linoid(0.28, 40.1, -5)),
            "h": kinetics(0.128 * exp((17 - x) / 18), 4 / (1 + exp((40 - x) / 5))),
        },
        Kdr_Tr1991: {"n": kinetics(linoid(0.016, 35.1, 5), 0.25 * exp((20 - x) / 40))},
        A_Tr1991: {
            "a": kinetics(linoid(0.02, 13.1, 10), -linoid(0.0175, 40.1, -10)),
            "b": kinetics(0.0016 * exp((-13 - x) / 18), 0.05 / (1 + exp((10.1 - x) / 5))),
        },
        Ca_Tr1991: {
            "s": kinetics(1.6 / (1 + exp(-0.072 * (x - 65))), -linoid(0.02, 51.1, -5)),
            "r": kinetics(r_open, r_close),
        },
        C_Tr1991: {"c": kinetics(c_open, c_close)},
    }


def test_printed_rates(x64):
    V = v * u.mV
    for entry, gates in rates().items():
        channel = entry(v.size)
        ions = {"Ca": 0 * u.mM} if channel.reads() else {}
        steady, tau = channel.steady_state(V, **ions), channel.time_constant(V, **ions)
        # The paper rounds exp(40/11)/2 to 18.975.
        tolerance = 1e-3 if entry is C_Tr1991 else 1e-9
        for name, (target, time) in gates.items():
            what = f"{name} of {entry.__name__}"
            np.testing.assert_allclose(steady[name], target, rtol=tolerance, err_msg=what)
            np.testing.assert_allclose(tau[name].to_decimal(u.ms), time, rtol=1e-9, err_msg=what)


def test_powers():
    powers = {
        entry: [gate.power for gate in entry.gates.values()]
        for entry in (Na_Tr1991, Kdr_Tr1991, A_Tr1991, Ca_Tr1991, AHP_Tr1991, C_Tr1991)
    }
    assert list(powers.values()) == [[2, 1], [1], [1, 1], [2, 1], [1], [1, 1]]


def test_after_hyperpolarization_follows_calcium_up_to_500(x64):
    V = np.full(chi.size, -60.0) * u.mV
    channel = AHP_Tr1991(chi.size)
    alpha = np.minimum(0.2e-4 * chi, 0.01)
    steady = channel.steady_state(V, Ca=chi * CHI)["q"]
    tau = channel.time_constant(V, Ca=chi * CHI)["q"].to_decimal(u.ms)
    np.testing.assert_allclose(steady, alpha / (alpha + 0.001), rtol=1e-9)
    np.testing.assert_allclose(tau, 1 / (alpha + 0.001), rtol=1e-9)


def test_c_current_is_proportional_to_calcium_up_to_250(x64):
    V = np.full(chi.size, 0.0) * u.mV
    channel = C_Tr1991(chi.size)
    channel.init_state(V, Ca=chi * CHI)
    conductance = channel.conductance(V, Ca=chi * CHI).to_decimal(u.mS / u.cm**2)
    np.testing.assert_allclose(conductance, 10 * np.minimum(1, chi / 250), rtol=1e-9)
