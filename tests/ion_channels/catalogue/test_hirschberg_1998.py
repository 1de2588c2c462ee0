"""Against the scheme solved on paper, and numbers of the publication."""

import brainstate
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.hirschberg_1998 import SK_Hi1998


def occupancies(c):
    """Return C1, C2, C3, C4, O1, O2 for calcium in uM; rates in 1/s, bindings in 1/(uM s)."""
    c2 = 200 * c / 80
    c3 = c2 * 160 * c / 80
    c4 = c3 * 80 * c / 200
    weights = np.array([np.ones_like(c), c2, c3, c4, c3 * 160 / 1000, c4 * 1200 / 100])
    return (weights / weights.sum(0)).T


def open_probability(c):
    channel = SK_Hi1998(c.size)
    V = np.full(c.size, -60.0) * u.mV
    channel.init_state(V, Ca=c * u.uM)
    return np.asarray(channel.open_fraction(V, Ca=c * u.uM))


def test_occupancies_in_closed_form(x64):
    c = np.geomspace(1e-3, 100, 60)
    V = np.linspace(-120, 60, 60) * u.mV
    steady = SK_Hi1998(60).steady_state(V, Ca=c * 1e-3 * u.mM)["s"]
    np.testing.assert_allclose(steady, occupancies(c), rtol=1e-9)


def test_open_probability_of_the_paper():
    # Single rSK2 channels: seen to open at 0.2 uM, open about 0.6 of the time at 1 uM, and with no
    # more to gain from 2 uM on.
    low, at_one, at_two, high = open_probability(np.array([0.2, 1.0, 2.0, 100.0]))
    assert 0.02 < low < 0.2
    assert at_one == pytest.approx(0.6, abs=0.12)
    assert at_two > 0.85 * high


def test_steps_sum_to_one_and_settle(x64):
    channel = SK_Hi1998(1)
    V = np.array([-60.0]) * u.mV
    channel.init_state(V, Ca=np.array([1e-5]) * u.mM)
    opened = []
    for _ in range(40):
        with brainstate.environ.context(dt=5 * u.ms):
            channel.update(V, Ca=np.array([10e-3]) * u.mM)
        opened.append(float(channel.open_fraction(V)[0]))
        assert float(channel.s.value.sum()) == pytest.approx(1, abs=1e-12)
    assert np.all(np.diff(opened) > -1e-12)
    np.testing.assert_allclose(channel.s.value[0], occupancies(np.array([10.0]))[0], rtol=1e-4)


def test_solinas_temperature_factor(x64):
    # Warming by 10 K is a step three times as long.
    V, c = np.array([-60.0]) * u.mV, np.array([2e-3]) * u.mM
    ends = []
    for temperature, dt in ((23.0, 3.0), (33.0, 1.0)):
        channel = SK_Hi1998(1, temperature=temperature)
        channel.init_state(V, Ca=np.array([1e-5]) * u.mM)
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(V, Ca=c)
        ends.append(np.asarray(channel.s.value))
    np.testing.assert_allclose(*ends, rtol=1e-9)
