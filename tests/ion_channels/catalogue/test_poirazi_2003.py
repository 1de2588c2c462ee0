"""Poirazi, Brannon & Mel 2003, against the authors' ModelDB entry 20212, written out."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.poirazi_2003 import (
    CaL_Po2003,
    CaLH_Po2003,
    CaR_Po2003,
    KAd_Po2003,
    KAp_Po2003,
)
from gate_curves import check_gates

V = np.linspace(-120.0, 60.0, 361)
exp = np.exp
CALCIUM = 5e-4  # mM


def a_current(vhalfn, a0n, zetan, gmn):
    """Write out kaprox.mod and kadist.mod at 34 degC, by their own names."""
    celsius, q10 = 34, 5
    zeta = zetan - 1 / (1 + exp((V + 40) / 5))
    exponent = 1e-3 * zeta * (V - vhalfn) * 9.648e4 / (8.315 * (273.16 + celsius))
    taun = exp(gmn * exponent) / (q10 ** ((celsius - 24) / 10) * a0n * (1 + exp(exponent)))
    alpl = exp(1e-3 * 3 * (V + 56) * 9.648e4 / (8.315 * (273.16 + celsius)))
    return {
        "n": (1 / (1 + exp(exponent)), np.maximum(taun, 0.1)),
        "l": (1 / (1 + alpl), np.maximum(0.26 * (V + 50), 2)),
    }


A = 0.055 * (-27.01 - V) / (exp((-27.01 - V) / 3.8) - 1)
B = 0.94 * exp((-63.01 - V) / 17)
REFERENCE = {
    KAp_Po2003: a_current(11, 0.05, -1.5, 0.55),
    KAd_Po2003: a_current(-1, 0.1, -1.8, 0.39),
    CaR_Po2003: {
        "m": (1 / (1 + exp((V + 48.5) / -3)), 50),
        "h": (1 / (1 + exp(V + 53)), 5),
    },
    CaLH_Po2003: {
        "m": (1 / (1 + exp((V + 37) / -1)), 3.6),
        "h": (1 / (1 + exp((V + 41) / 0.5)), 29),
    },
    CaL_Po2003: {"m": (A / (A + B), 1 / (5 * (A + B)))},
}


def test_gates_are_those_of_modeldb_20212(x64):
    for kind, gates in REFERENCE.items():
        at_once = {"inhibition"} & set(kind.gates)
        check_gates(kind(1), gates, V, rtol=1e-6, at_once=at_once, Ca=CALCIUM * u.mM)


def test_the_l_current_is_that_of_modeldb_20212(x64):
    # cal.mod: mho/cm2 times a voltage of its own; its RT/F is 1 % below the gas constant's.
    volts = np.array([-100.0, -60.0, -30.0, 20.0])
    channel = CaL_Po2003(len(volts))
    channel.init_state(volts * u.mV, Ca=CALCIUM * u.mM)
    m = np.asarray(channel.steady_state(volts * u.mV, Ca=CALCIUM * u.mM)["m"])
    f = 25 / 293.15 * (34 + 273.15) / 2
    ghk = -f * (1 - CALCIUM / 2 * exp(volts / f)) * (volts / f) / (exp(volts / f) - 1)
    expected = 0.007 * m * 1e-3 / (1e-3 + CALCIUM) * ghk  # mA/cm2
    got = channel.current(volts * u.mV, Ca=CALCIUM * u.mM, Ca_out=2 * u.mM)
    np.testing.assert_allclose(got.to_decimal(u.mA / u.cm**2), expected, rtol=0.03)


def test_calcium_inhibits_at_once(x64):
    channel = CaL_Po2003(1)
    half = channel.steady_state(np.array([0.0]) * u.mV, Ca=1e-3 * u.mM)["inhibition"]
    np.testing.assert_allclose(half, 0.5)
    assert "inhibition" not in channel.time_constant(np.array([0.0]) * u.mV, Ca=1e-3 * u.mM)


def test_distal_activation_is_lower_than_proximal():
    # Hoffman et al. 1997: the distal current activates 12 mV below the proximal one.
    def half(kind):
        return np.interp(0.5, np.asarray(kind(1).steady_state(V * u.mV)["n"]), V)

    assert half(KAp_Po2003) - half(KAd_Po2003) == pytest.approx(12, abs=0.1)
