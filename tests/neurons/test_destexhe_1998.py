"""The rebound burst of the relay cell.

The numbers are those of the paper's equations in C, without the library, by exponential Euler at
dt = 0.005 ms, which puts the last spike 0.4 ms late. The burst is what the authors' program
(ModelDB 279, tc1_cc.oc) is there to show.
"""

import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.firing import voltages
from simulators.reference import spike_times

SETTLED, PULSE = 1500, 500
HOLD = np.array([0.0, 0.1, 0.1, 0.1, 0.1])
LENGTH = np.array([0.0, 500.0, 50.0, 100.0, 500.0])


def test_rebound_burst(x64):
    # The last of the five has no T current.
    cells = gj.neurons.Destexhe1998(5)
    cells.channels["t"].P_max = cells.channels["t"].P_max * jnp.array([1.0, 1, 1, 1, 0])

    def drive(t):
        t = t - SETTLED
        pulse = (t > PULSE) & (t < PULSE + LENGTH)
        return [(HOLD - jnp.where(pulse, 0.2, 0)) * u.nA]

    V = voltages([cells], drive, SETTLED + 1150, 0.02)
    at = {time: V[round((SETTLED + time) / 0.02)] for time in (490, 999)}
    np.testing.assert_allclose(at[490][:2], [-74.31, -62.30], atol=0.02)
    assert at[999][1] == pytest.approx(-87.3, abs=0.05)
    times = [found[found > SETTLED + PULSE] - SETTLED for found in spike_times(V, 0.02)]
    burst = [1038.0, 1052.7, 1057.6, 1064.1, 1075.1]
    np.testing.assert_allclose(times[1], burst, atol=0.5)
    assert [len(found) for found in times] == [0, 5, 2, 5, 0]
