"""Firing rates of the paper's figure 1A, and of SciPy's LSODA for the same equations."""

import numpy as np
import saiunit as u

import gapjunction as gj
from comparisons.firing import voltages
from simulators.reference import spike_times

DRIVE = u.uA / u.cm**2


def test_firing_rates(x64):
    currents = np.array([0.16, 0.17, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0])
    cells = gj.neurons.WangBuzsaki1996(len(currents))
    V = voltages([cells], lambda t: [currents * DRIVE], 500, 0.02)
    times = spike_times(V, 0.02)
    assert len(times[0]) == 0
    assert len(times[1]) > 0
    rates = [1000 / np.diff(found)[-5:].mean() for found in times[2:]]
    # Read off the figure, to 3 Hz.
    np.testing.assert_allclose(rates[2:5], [190, 285, 352], atol=3)
    np.testing.assert_allclose([rates[0], rates[1], rates[5]], [59.7, 101.8, 407.0], atol=0.2)


def test_phi_sets_the_temperature(x64):
    # The paper's figure 1: a smaller phi slows the gates, and deepens the after-hyperpolarisation.
    depths = []
    for phi in (5.0, 3.33):
        cells = gj.neurons.WangBuzsaki1996(1, temperature=27 + 10 * np.log(phi) / np.log(5))
        V = voltages([cells], lambda t: [1 * DRIVE], 100, 0.02)
        depths.append(V[1000:].min())
    assert depths[0] > depths[1] + 3
