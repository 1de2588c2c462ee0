"""Against the equations of AllenSDK's model files in plain NumPy: mV, ms."""

import brainstate
import numpy as np
import pytest
import saiunit as u
from scipy.linalg import expm, null_space

from gapjunction.ion_channels.catalogue.gouwens_2018 import (
    Im_v2_Go2018,
    Kd_Go2018,
    Kv2like_Go2018,
    NaV_Go2018,
)
from gate_curves import check_gates

v = np.arange(-118.0, 60.0) + 0.3
exp = np.exp
CHAIN = ("C1", "C2", "C3", "C4", "C5", "O", "I1", "I2", "I3", "I4", "I5", "I6")


def kv2like():
    qt = 2.3 ** ((34 - 21) / 10)
    alpha = 0.12 * -(v - 43) / (exp(-(v - 43) / 11) - 1)
    beta = 0.02 * exp(-(v + 1.27) / 120)
    target = 1 / (1 + exp((v + 58) / 11))
    tau1 = (360 + (1010 + 23.7 * (v + 54)) * exp(-(((v + 75) / 48) ** 2))) / qt
    tau2 = (2350 + 1380 * exp(-0.011 * v) - 210 * exp(-0.03 * v)) / qt
    return {
        "m": (alpha / (alpha + beta), 2.5 / (qt * (alpha + beta))),
        "h1": (target, tau1),
        "h2": (target, tau2),
    }


def slow():
    alpha = 0.007 * exp(6 * 0.4 * (v + 48) / 26.12)
    beta = 0.007 * exp(-6 * (1 - 0.4) * (v + 48) / 26.12)
    tau = (15 + 1 / (alpha + beta)) / 2.3 ** ((34 - 30) / 10)
    return {"m": (alpha / (alpha + beta), tau)}


def delayed():
    m = 1 - 1 / (1 + exp((v + 43) / 8)), np.full_like(v, 1.0)
    return {"m": m, "h": (1 / (1 + exp((v + 67) / 7.3)), np.full_like(v, 1500.0))}


@pytest.mark.parametrize(
    ("entry", "reference", "powers"),
    [
        (Kv2like_Go2018, kv2like(), {"m": 2, "h1": 1, "h2": 1}),
        (Im_v2_Go2018, slow(), {"m": 1}),
        (Kd_Go2018, delayed(), {"m": 1, "h": 1}),
    ],
)
def test_equations_of_the_model_files(entry, reference, powers, x64):
    assert {name: gate.power for name, gate in entry.gates.items()} == powers
    check_gates(entry(1), reference, v)


def test_kv2_sums_its_two_inactivations(x64):
    V = np.array([-20.0]) * u.mV
    channel = Kv2like_Go2018(1)
    channel.init_state(V)
    channel.h2.value = channel.h2.value * 3
    m, h = float(channel.m.value[0]), float(channel.h1.value[0])
    want = 54.8 * m**2 * (0.5 * h + 0.5 * 3 * h) * (-20 + 107)
    np.testing.assert_allclose(channel.current(V).to_decimal(u.uA / u.cm**2), want, rtol=1e-9)


def test_kv2_time_constants_stay_positive(precision):
    V = np.linspace(-150, 150, 601) * u.mV
    tau = Kv2like_Go2018(601).time_constant(V)
    assert all((t.to_decimal(u.ms) > 0).all() for t in tau.values())


def sodium(voltage):
    up, down = 400 * exp(voltage / 24), 12 * exp(-voltage / 24)
    a, b = 2.51, 5.32
    matrix = np.zeros((12, 12))

    def pair(first, second, forward, backward):
        i, j = CHAIN.index(first), CHAIN.index(second)
        matrix[i, j], matrix[j, i] = forward, backward

    for k, (n, count) in enumerate(zip((4, 3, 2, 1), (1, 2, 3, 4), strict=True), start=1):
        pair(f"C{k}", f"C{k + 1}", n * up, count * down)
        pair(f"I{k}", f"I{k + 1}", n * up * a, count * down / b)
    for k in range(1, 6):
        pair(f"C{k}", f"I{k}", 0.01 * a ** (k - 1), 40 / b ** (k - 1))
    pair("C5", "O", 250, 60)
    pair("I5", "I6", 250, 60)
    pair("O", "I6", 8, 0.05)
    matrix *= 2.3 ** ((34 - 37) / 10)
    return matrix - np.diag(matrix.sum(1))


def test_nav_settles_and_steps_by_the_rates_of_the_model_file(x64):
    V = v[::5]
    channel = NaV_Go2018(V.size)
    channel.init_state(V * u.mV)
    settled = np.asarray(channel.s.value)
    with brainstate.environ.context(dt=0.1 * u.ms):
        channel.update(V[::-1] * u.mV)
    after = np.asarray(channel.s.value)
    for k, voltage in enumerate(V):
        (want,) = null_space(sodium(voltage).T).T
        np.testing.assert_allclose(settled[k], want / want.sum(), rtol=1e-6, atol=1e-12)
        step = expm(sodium(V[::-1][k]) * 0.1)
        np.testing.assert_allclose(after[k], settled[k] @ step, rtol=1e-6, atol=1e-10)
