"""Against the model files of ModelDB 123623 in plain NumPy: mV, ms, at 36 degC."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.pospischil_2008 import (
    Kd_Po2008,
    L_Po2008,
    Leak_Po2008,
    M_Po2008,
    Na_Po2008,
    T_Po2008,
    slow_activation,
)
from gapjunction.ion_channels.catalogue.traub_miles_1991 import K_TM1991, Na_TM1991

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.4
exp = np.exp


def kinetics(alpha, beta):
    return alpha / (alpha + beta), 1 / (alpha + beta)


def slow(tau_max):
    tau = tau_max / (3.3 * exp((v + 35) / 20) + exp(-(v + 35) / 20))
    return {"p": (1 / (1 + exp(-(v + 35) / 10)), tau)}


def high():
    q = kinetics(0.055 * (-27 - v) / (exp((-27 - v) / 3.8) - 1), 0.94 * exp((-75 - v) / 17))
    r = kinetics(0.000457 * exp((-13 - v) / 50), 0.0065 / (exp((-15 - v) / 28) + 1))
    return {"q": q, "r": r}


def low(V_x):
    w = v + V_x
    tau = 30.8 + (211.4 + exp((w + 113.2) / 5)) / (1 + exp((w + 84) / 3.2))
    return {
        "s": (1 / (1 + exp(-(w + 57) / 6.2)), None),
        "u": (1 / (1 + exp((w + 81) / 4)), tau / 3 ** ((36 - 24) / 10)),
    }


class M_of_RS(M_Po2008):  # noqa: N801
    p = slow_activation(1000 * u.ms)


def test_equations_of_the_model_files(x64):
    V = v * u.mV
    for channel, reference, powers in (
        (M_Po2008(v.size), slow(608), [1]),
        (M_of_RS(v.size), slow(1000), [1]),
        (L_Po2008(v.size), high(), [2, 1]),
        (T_Po2008(v.size), low(2), [2, 1]),
        (T_Po2008(v.size, V_shift=T_Po2008.V_x + 7 * u.mV), low(-7), [2, 1]),
    ):
        steady, tau = channel.steady_state(V), channel.time_constant(V)
        assert [gate.power for gate in channel.gates.values()] == powers
        for name, (target, time) in reference.items():
            what = f"{name} of {type(channel).__name__}"
            np.testing.assert_allclose(steady[name], target, rtol=1e-9, err_msg=what)
            if time is None:
                assert name not in tau
            else:
                got = tau[name].to_decimal(u.ms)
                np.testing.assert_allclose(got, time, rtol=1e-9, err_msg=what)


def test_spike_currents_are_those_of_traub_and_miles_at_another_threshold(x64):
    V = v * u.mV
    for entry, older in ((Na_Po2008, Na_TM1991), (Kd_Po2008, K_TM1991)):
        # RS -56.2, FS -57.9 mV: figures 2B and 4.
        for V_T in (-56.2, -57.9):
            ours = entry(v.size, V_shift=V_T * u.mV - entry.V_T)
            theirs = older(v.size, V_shift=V_T * u.mV - older.V_T)
            times, targets = theirs.time_constant(V), theirs.steady_state(V)
            for name, tau in ours.time_constant(V).items():
                np.testing.assert_allclose(tau / times[name], 1, rtol=1e-9)
                got = ours.steady_state(V)[name]
                np.testing.assert_allclose(got, targets[name], rtol=1e-9)


def test_kinetics_of_braincell(x64):
    channels = pytest.importorskip("braincell").channel
    V = v * u.mV
    peer = channels.KNI_Ya1989(v.size, tau_max=608 * u.ms)
    ours = M_Po2008(v.size)
    np.testing.assert_allclose(ours.steady_state(V)["p"], peer.f_p_inf(V, None), rtol=1e-9)
    tau = ours.time_constant(V)["p"].to_decimal(u.ms)
    np.testing.assert_allclose(tau, peer.f_p_tau(V, None), rtol=1e-9)
    peer, ours = channels.CaHT_Re1993(v.size), L_Po2008(v.size)
    for name, gate in (("q", "p"), ("r", "q")):
        alpha = np.asarray(getattr(peer, f"f_{gate}_alpha")(V, None))
        beta = np.asarray(getattr(peer, f"f_{gate}_beta")(V, None))
        np.testing.assert_allclose(ours.steady_state(V)[name], alpha / (alpha + beta), rtol=1e-9)


def test_fast_and_slow_turns_of_the_published_curves():
    V = np.array([-59.0, -83.0]) * u.mV
    steady = T_Po2008(2).steady_state(V)
    # Half activation at -57 - V_x, half inactivation at -81 - V_x.
    assert float(steady["s"][0]) == pytest.approx(0.5, abs=1e-6)
    assert float(steady["u"][1]) == pytest.approx(0.5, abs=1e-6)


def test_leak_has_no_gates():
    assert Leak_Po2008.gates == {}
