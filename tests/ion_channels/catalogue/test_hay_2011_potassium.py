"""Against the equations of ModelDB 139653 in plain NumPy: mV, ms, mM, rates as printed there."""

import jax
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.hay_2011_potassium import (
    Im_Ha2011,
    K_P_Ha2011,
    K_T_Ha2011,
    SK_Ha2011,
    SKv3_1_Ha2011,
)
from gate_curves import check_gates

v = np.arange(-120.0, 60.5, 0.5)
QT = 2.3 ** ((34 - 21) / 10)
exp = np.exp
# The files move the voltage by 10 mV and keep the numbers of the measurement.
w = v + 10


def persistent():
    rising, falling = 1.25 + 175.03 * exp(w * 0.026), 1.25 + 13 * exp(-w * 0.026)
    tau_h = 360 + (1010 + 24 * (w + 55)) * exp(-(((w + 75) / 48) ** 2))
    return {
        "m": (1 / (1 + exp(-(w + 1) / 12)), np.where(w < -50, rising, falling) / QT),
        "h": (1 / (1 + exp((w + 54) / 11)), tau_h / QT),
    }


def transient():
    return {
        "m": (1 / (1 + exp(-w / 19)), (0.34 + 0.92 * exp(-(((w + 71) / 59) ** 2))) / QT),
        "h": (1 / (1 + exp((w + 66) / 10)), (8 + 49 * exp(-(((w + 73) / 23) ** 2))) / QT),
    }


def fast():
    tau = 0.2 * 20 / (1 + exp((v + 46.56) / -44.14))
    return {"m": (1 / (1 + exp((v - 18.7) / -9.7)), tau)}


def muscarinic():
    x = 2.5 * 0.04 * (v + 35)
    alpha, beta = 3.3e-3 * exp(x), 3.3e-3 * exp(-x)
    return {"m": (alpha / (alpha + beta), 1 / (alpha + beta) / QT)}


@pytest.mark.parametrize(
    ("entry", "reference", "powers"),
    [
        (K_P_Ha2011, persistent(), {"m": 2, "h": 1}),
        (K_T_Ha2011, transient(), {"m": 4, "h": 1}),
        (SKv3_1_Ha2011, fast(), {"m": 1}),
        (Im_Ha2011, muscarinic(), {"m": 1}),
    ],
)
def test_equations_of_the_model_files(entry, reference, powers, x64):
    assert {name: gate.power for name, gate in entry.gates.items()} == powers
    check_gates(entry(1), reference, v)


def test_sk_opens_by_calcium_alone(x64):
    calcium = np.geomspace(2e-7, 1.0, 40)
    V = np.linspace(-120, 60, 40) * u.mV
    steady = SK_Ha2011(40).steady_state(V, Ca=calcium * u.mM)["z"]
    np.testing.assert_allclose(steady, 1 / (1 + (0.00043 / calcium) ** 4.8), rtol=1e-9)


def test_sk_without_calcium_is_closed_and_has_a_gradient(precision):
    def z(calcium):
        return SK_Ha2011(1).steady_state(-60.0 * u.mV, Ca=calcium * u.mM)["z"]

    for calcium in (0.0, 1e-7, 4.3e-4, 10.0):
        assert np.isfinite(jax.grad(z)(calcium))
    assert z(0.0) < 1e-15
    assert z(10.0) == pytest.approx(1)


def test_m_current_of_the_bullfrog():
    # Adams et al. 1982: half open at -35 mV, where its time constant is longest, near 150 ms.
    tau = Im_Ha2011(v.size, temperature=21.0).time_constant(v * u.mV)["m"].to_decimal(u.ms)
    assert v[np.argmax(tau)] == -35
    assert tau.max() == pytest.approx(150, abs=5)
