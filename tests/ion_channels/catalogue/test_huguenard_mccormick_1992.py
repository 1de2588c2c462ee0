"""Huguenard & McCormick 1992 against public ports of it, written out, and against braincell.

The ports: ModelDB 279 (ITGHK.mod) and 3808, Amarillo et al. 2014 (IA), NEST's ht_neuron (Ih), and
for IK2 the XPP file of Ermentrout, with the branches of tau_h2 in the order of the others.
"""

import braincell.channel as peer
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.huguenard_mccormick_1992 import (
    A1_HM1992,
    A2_HM1992,
    T_HM1992,
    K2a_HM1992,
    K2b_HM1992,
    h_HM1992,
)
from gate_curves import check_gates

V = np.linspace(-120.0, 60.0, 721) + 0.01  # off the jumps of tau
exp = np.exp


def boltzmann(half, slope):
    return 1 / (1 + exp(-(V - half) / slope))


def bell(v_rise, k_rise, v_fall, k_fall):
    return 1 / (exp((V - v_rise) / k_rise) + exp(-(V - v_fall) / k_fall))


A_TAU = 0.37 + bell(-35.8, 19.7, -79.7, 12.7)
A_RECOVERY = bell(-46, 5, -238, 37.5)
K2_INF = boltzmann(-43, 17) ** 4
K2_TAU = 9.9 + bell(81, 25.6, -132, 18)
K2_SLOW = 120 + bell(1329, 200, -130, 7.1)
REFERENCE = {
    T_HM1992: {
        "m": (boltzmann(-57, 6.2), 0.612 + bell(-16.8, 18.2, -132, 16.7)),
        "h": (
            boltzmann(-81, -4),
            np.where(V < -80, exp((V + 467) / 66.6), 28 + exp(-(V + 22) / 10.5)),
        ),
    },
    A1_HM1992: {
        "m": (boltzmann(-60, 8.5), A_TAU),
        "h": (boltzmann(-78, -6), np.where(V < -63, A_RECOVERY, 19)),
    },
    A2_HM1992: {
        "m": (boltzmann(-36, 20), A_TAU),
        "h": (boltzmann(-78, -6), np.where(V < -73, A_RECOVERY, 60)),
    },
    K2a_HM1992: {"m": (K2_INF, K2_TAU), "h": (boltzmann(-58, -10.6), K2_SLOW)},
    K2b_HM1992: {
        "m": (K2_INF, K2_TAU),
        "h": (boltzmann(-58, -10.6), np.where(V < -70, K2_SLOW, 8900)),
    },
    h_HM1992: {
        "m": (boltzmann(-75, -5.5), 1 / (exp(-14.59 - 0.086 * V) + exp(-1.87 + 0.0701 * V)))
    },
}


def test_gates_are_those_of_the_ports(x64):
    for kind, gates in REFERENCE.items():
        check_gates(kind(1), gates, V)


def curves(channel, gate):
    """Return what braincell has, without its temperature factor."""
    return (
        np.asarray(getattr(channel, f"f_{gate}_inf")(V * u.mV, None)),
        np.asarray(getattr(channel, f"f_{gate}_tau")(V * u.mV, None)),
    )


def test_potassium_against_braincell(x64):
    # It has the first power of the activation of IK2, and the inactivation of A1 in A2 too.
    pairs = (
        (A1_HM1992, peer.KA1_HM1992(1), 1, V < 100),
        (A2_HM1992, peer.KA2_HM1992(1), 1, V < -73),
        (K2a_HM1992, peer.KK2A_HM1992(1), 4, V < 100),
    )
    for ours, theirs, power, same in pairs:
        steady, tau = ours(1).steady_state(V * u.mV), ours(1).time_constant(V * u.mV)
        (p_inf, p_tau), (q_inf, q_tau) = curves(theirs, "p"), curves(theirs, "q")
        np.testing.assert_allclose(steady["m"], p_inf**power, rtol=1e-6)
        np.testing.assert_allclose(tau["m"].to_decimal(u.ms), p_tau, rtol=1e-6)
        np.testing.assert_allclose(steady["h"], q_inf, rtol=1e-6)
        np.testing.assert_allclose(tau["h"].to_decimal(u.ms)[same], q_tau[same], rtol=1e-6)


def test_calcium_against_braincell(x64):
    steady, tau = T_HM1992(1).steady_state(V * u.mV), T_HM1992(1).time_constant(V * u.mV)
    # Its midpoints, not its time constants, are moved by 2 mV; V_sh moves both.
    midpoints = peer.CaT_HM1992(1, V_sh=2 * u.mV)
    times = peer.CaT_HM1992(1, V_sh=0 * u.mV)
    for ours, theirs in (("m", "p"), ("h", "q")):
        np.testing.assert_allclose(steady[ours], curves(midpoints, theirs)[0], rtol=1e-6)
        np.testing.assert_allclose(tau[ours].to_decimal(u.ms), curves(times, theirs)[1], rtol=1e-6)


def test_the_current_is_that_of_modeldb_279(x64):
    # In its units: cm/s, mM, coulomb per mole; mA/cm2.
    volts = np.array([-100.0, -60.0, 0.0, 1e-9, 40.0])
    channel = T_HM1992(len(volts), temperature=36.0)
    channel.init_state(volts * u.mV)
    gates = channel.steady_state(volts * u.mV)
    z = 1e-3 * 2 * 96485.33 * volts / (8.314463 * (36 + 273.15))
    with np.errstate(invalid="ignore"):
        toward_in, toward_out = z / np.expm1(z), -z / np.expm1(-z)
    toward_in[2] = toward_out[2] = 1
    ghk = 1e-3 * 2 * 96485.33 * (2.4e-4 * toward_out - 2 * toward_in)
    expected = 1e-4 * np.asarray(gates["m"] ** 2 * gates["h"]) * ghk
    got = channel.current(volts * u.mV, Ca=2.4e-4 * u.mM, Ca_out=2 * u.mM)
    np.testing.assert_allclose(got.to_decimal(u.mA / u.cm**2), expected, rtol=1e-6)


def test_inactivation_tells_the_parts_of_the_a_current():
    # 19 and 60 ms at 23.5 degC; 2.8 times as fast 10 degrees above.
    for kind, expected in ((A1_HM1992, 19.0), (A2_HM1992, 60.0)):
        cold = kind(1).time_constant(0 * u.mV)["h"] / u.ms
        warm = kind(1, temperature=33.5).time_constant(0 * u.mV)["h"] / u.ms
        assert cold == pytest.approx(expected)
        assert warm == pytest.approx(expected / 2.8)


def test_ih_is_slowest_near_a_second():
    # Figure 5 of the paper, as NEST's documentation reads it: up to 1 s.
    slowest = float((h_HM1992(1).time_constant(V * u.mV)["m"] / u.ms).max())
    assert 950 < slowest < 1050
