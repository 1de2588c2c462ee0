"""Against the equations of ModelDB 139653 in plain NumPy: mV, ms, rates as printed there."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.hay_2011 import (
    Ca_HVA_Ha2011,
    Ca_LVA_Ha2011,
    Ih_Ha2011,
    Nap_Ha2011,
    NaTa_Ha2011,
    NaTs2_Ha2011,
)
from gate_curves import check_gates

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.3
QT = 2.3 ** ((34 - 21) / 10)
exp = np.exp


def kinetics(alpha, beta, qt=1.0):
    return alpha / (alpha + beta), 1 / (alpha + beta) / qt


def transient(half_m, half_h):
    x, y = v - half_m, v - half_h
    return {
        "m": kinetics(0.182 * x / (1 - exp(-x / 6)), -0.124 * x / (1 - exp(x / 6)), QT),
        "h": kinetics(-0.015 * y / (1 - exp(y / 6)), 0.015 * y / (1 - exp(-y / 6)), QT),
    }


def persistent():
    tau = transient(-38, -66)["m"][1]
    close = -2.88e-6 * (v + 17) / (1 - exp((v + 17) / 4.63))
    recover = 6.94e-6 * (v + 64.4) / (1 - exp(-(v + 64.4) / 2.63))
    return {
        "m": (1 / (1 + exp((v + 52.6) / -4.6)), 6 * tau),
        "h": (1 / (1 + exp((v + 48.8) / 10)), 1 / (close + recover) / QT),
    }


def high():
    m = kinetics(0.055 * (-27 - v) / (exp((-27 - v) / 3.8) - 1), 0.94 * exp((-75 - v) / 17))
    h = kinetics(0.000457 * exp((-13 - v) / 50), 0.0065 / (exp((-v - 15) / 28) + 1))
    return {"m": m, "h": h}


def low():
    # The file moves the voltage by 10 mV and keeps the numbers of the measurement.
    w = v + 10
    m = 1 / (1 + exp((w + 30) / -6)), (5 + 20 / (1 + exp((w + 25) / 5))) / QT
    h = 1 / (1 + exp((w + 80) / 6.4)), (20 + 50 / (1 + exp((w + 40) / 7))) / QT
    return {"m": m, "h": h}


def hyperpolarised():
    alpha = 0.001 * 6.43 * (v + 154.9) / (exp((v + 154.9) / 11.9) - 1)
    return {"m": kinetics(alpha, 0.001 * 193 * exp(v / 33.1))}


@pytest.mark.parametrize(
    ("entry", "reference", "powers"),
    [
        (NaTa_Ha2011, transient(-38, -66), {"m": 3, "h": 1}),
        (NaTs2_Ha2011, transient(-32, -60), {"m": 3, "h": 1}),
        (Nap_Ha2011, persistent(), {"m": 3, "h": 1}),
        (Ca_HVA_Ha2011, high(), {"m": 2, "h": 1}),
        (Ca_LVA_Ha2011, low(), {"m": 2, "h": 1}),
        (Ih_Ha2011, hyperpolarised(), {"m": 1}),
    ],
)
def test_equations_of_the_model_files(entry, reference, powers, x64):
    assert {name: gate.power for name, gate in entry.gates.items()} == powers
    check_gates(entry(1), reference, v)


@pytest.mark.parametrize(
    ("entry", "factor"),
    [(NaTa_Ha2011, QT), (Ca_LVA_Ha2011, QT), (Ca_HVA_Ha2011, 1), (Ih_Ha2011, 1)],
)
def test_slower_at_the_temperature_of_the_measurement(entry, factor):
    tau = [entry(v.size, temperature=T).time_constant(v * u.mV)["m"] for T in (21.0, 34.0)]
    if factor == 1:
        np.testing.assert_allclose(*(t.to_decimal(u.ms) for t in tau))
    else:
        np.testing.assert_allclose(tau[0] / tau[1], factor, rtol=1e-5)


def test_currents_of_the_calcium_channels_follow_the_pool(x64):
    V = np.array([-10.0]) * u.mV
    channel = Ca_HVA_Ha2011(1)
    channel.init_state(V)
    steady = {name: float(x[0]) for name, x in channel.steady_state(V).items()}
    current = channel.current(V, E_Ca=120 * u.mV).to_decimal(u.uA / u.cm**2)
    want = 0.992 * steady["m"] ** 2 * steady["h"] * (-10 - 120)
    np.testing.assert_allclose(current, want, rtol=1e-9)
