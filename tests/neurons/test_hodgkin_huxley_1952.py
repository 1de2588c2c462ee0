"""The squid axon against what is known of its equations.

That it equals brainpy.state.HH and SciPy's solution is in test_point.py, for the same channels.
"""

import numpy as np
import pytest
import saiunit as u
from scipy.optimize import brentq

import gapjunction as gj
from comparisons.firing import voltages
from simulators.reference import spike_times

DRIVE = u.uA / u.cm**2


def test_firing_from_rest(x64):
    currents = np.array([0.0, 6.2, 6.3, 10.0, 20.0])
    cells = gj.neurons.HH1952(5)
    V = voltages([cells], lambda t: [currents * DRIVE], 500, 0.05)
    counts = [len(times) for times in spike_times(V, 0.05)]
    assert V[-1, 0] == pytest.approx(-65, abs=0.01)
    # Rinzel & Miller (1980) Math Biosci 49:27: the limit cycle begins at 6.26 uA/cm2.
    assert counts[0] == 0
    assert counts[1] < 5
    assert counts[2] > 25
    # SciPy's LSODA: 68.32 Hz at 10 uA/cm2.
    assert 1000 / np.diff(spike_times(V, 0.05)[3])[-1] == pytest.approx(68.32, abs=0.1)


def test_rest_is_unstable_between_the_published_currents(x64):
    # Hopf bifurcations at 9.78 and 154.5 uA/cm2 (Hassard 1978, J Theor Biol 71:401).
    currents = np.array([9.6, 9.95, 153.0, 156.0])
    parts = gj.neurons.HH1952(1).channels.values()

    def steady(v):
        V = np.array([v]) * u.mV
        for part in parts:
            part.init_state(V)
        return float(sum(part.current(V) for part in parts).to_decimal(DRIVE)[0])

    rest = np.array([brentq(lambda v, x=x: steady(v) - x, -66, -30) for x in currents])
    cells = gj.neurons.HH1952(4, V_initializer=(rest + 0.2) * u.mV)
    V = voltages([cells], lambda t: [currents * DRIVE], 1000, 0.05)
    swing = np.ptp(V[-4000:], axis=0)
    assert swing[1] > 100
    assert swing[2] > 4
    assert max(swing[0], swing[3]) < 0.1


def test_temperature_speeds_up_and_shortens(x64):
    # Q10 = 3: at 16.3 degC the spikes are narrower and, at 20 uA/cm2, more frequent.
    found = []
    for temperature in (6.3, 16.3):
        cells = gj.neurons.HH1952(1, temperature=temperature)
        V = voltages([cells], lambda t: [20 * DRIVE], 200, 0.05)
        found.append((len(spike_times(V, 0.05)[0]), (V[:, 0] > 0).sum()))
    (slow, long), (fast, short) = found
    assert fast > 1.5 * slow
    assert short / fast < 0.6 * long / slow
