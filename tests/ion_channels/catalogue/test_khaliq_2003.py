"""Against SciPy on the rates of ModelDB 48332, written out state by state."""

import brainstate
import numpy as np
import saiunit as u
from scipy.linalg import expm, null_space

from gapjunction.ion_channels.catalogue.khaliq_2003 import Nar_Kh2003

V = np.arange(-120.0, 61.0, 5.0)
STATES = ("C1", "C2", "C3", "C4", "C5", "O", "I1", "I2", "I3", "I4", "I5", "I6", "B")


def rates(v):
    up, down = 150 * np.exp(v / 20), 3 * np.exp(-v / 20)
    a, b = (0.75 / 0.005) ** 0.25, (0.005 / 0.5) ** 0.25
    pairs = {
        "C1 C2": (4 * up, down),
        "C2 C3": (3 * up, 2 * down),
        "C3 C4": (2 * up, 3 * down),
        "C4 C5": (up, 4 * down),
        "C5 O": (150, 40),
        "O B": (1.75, 0.03 * np.exp(-v / 25)),
        "O I6": (0.75, 0.005),
        "I1 I2": (4 * up * a, down * b),
        "I2 I3": (3 * up * a, 2 * down * b),
        "I3 I4": (2 * up * a, 3 * down * b),
        "I4 I5": (up * a, 4 * down * b),
        "I5 I6": (150, 40),
        "C1 I1": (0.005, 0.5),
        "C2 I2": (0.005 * a, 0.5 * b),
        "C3 I3": (0.005 * a**2, 0.5 * b**2),
        "C4 I4": (0.005 * a**3, 0.5 * b**3),
        "C5 I5": (0.005 * a**4, 0.5 * b**4),
    }
    matrix = np.zeros((13, 13))
    for pair, (forward, backward) in pairs.items():
        i, j = (STATES.index(name) for name in pair.split())
        matrix[i, j], matrix[j, i] = forward, backward
    return matrix - np.diag(matrix.sum(1))


def test_states_and_what_conducts():
    assert Nar_Kh2003.s.states == STATES
    assert Nar_Kh2003.s.open == ("O",)


def test_occupancies_and_steps_are_those_of_the_rates(x64):
    channel = Nar_Kh2003(V.size)
    channel.init_state(V * u.mV)
    settled = np.asarray(channel.s.value)
    for v, got in zip(V, settled, strict=True):
        (want,) = null_space(rates(v).T).T
        np.testing.assert_allclose(got, want / want.sum(), rtol=1e-6, atol=1e-12)
    for dt in (0.01, 1.0):
        channel.s.value = settled
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(V[::-1] * u.mV)
        for v, x, y in zip(V[::-1], settled, np.asarray(channel.s.value), strict=True):
            np.testing.assert_allclose(y, x @ expm(rates(v) * dt), rtol=1e-6, atol=1e-10)


def clamp(channel, voltages, dt=0.02):
    """Return the current at each step of a voltage clamp."""
    channel.init_state(-90.0 * np.ones(1) * u.mV)

    def step(v):
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(v * u.mV)
        return channel.current(v * u.mV).to_decimal(u.mA / u.cm**2)[0]

    return np.asarray(brainstate.transform.for_loop(step, voltages[:, None]))


def test_repolarisation_brings_a_resurgent_current():
    # Raman & Bean's protocol: +30 mV for 10 ms, then back to -30 mV.
    voltages = np.concatenate([np.full(500, 30.0), np.full(2500, -30.0)])
    current = clamp(Nar_Kh2003(1), voltages)
    after = -current[500:]
    peak = int(after.argmax())
    assert 1 < peak * 0.02 < 15
    assert after[peak] > 2 * after[-1] > 0
    assert after[peak] > 2 * after[0]
