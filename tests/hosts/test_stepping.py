"""Stability intervals are measured, whatever a step function is called."""

import numpy as np
import pytest
import saiunit as u
from braintools import quad

import gapjunction as gj
from gapjunction.hosts import RungeKutta, runge_kutta

pytestmark = pytest.mark.every_host

# Lengths of the intervals on the negative real axis: Hairer and Wanner 1996, section IV.2.
LENGTHS = {
    "euler": 2.0,
    "rk2": 2.0,
    "midpoint": 2.0,
    "heun": 2.5127453,
    "rk3": 2.5127453,
    "ssprk33": 2.5127453,
    "rk4": 2.7852936,
}


@pytest.mark.parametrize("name", LENGTHS)
def test_intervals_of_the_usual_methods(name, precision):
    runge_kutta.cache_clear()
    found = runge_kutta(getattr(quad, f"ode_{name}_step"))
    np.testing.assert_allclose(found.interval, LENGTHS[name], rtol=2e-5)


def test_the_name_of_a_function_says_nothing():
    def my_rk45(f, y, t):
        return quad.ode_euler_step(f, y, t)

    leak = gj.ion_channels.Channel(2, 0.5 * u.mS / u.cm**2, -65 * u.mV)
    cells = gj.PointNeuron(2, 1 * u.uF / u.cm**2, {"leak": leak}, my_rk45)
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 5 * u.mS / u.cm**2)
    limit = gj.stability(gap, 0.01 * u.ms).largest_dt["stage"].to_decimal(u.ms)
    np.testing.assert_allclose(limit, 2 / (10 + 0.5), rtol=1e-5)


def test_exponential_methods_are_not_stable_for_coupling():
    """Exact for a membrane, they take coupling as explicit Euler does."""
    assert runge_kutta(quad.ode_expeuler_step).interval < 2.01


def test_what_cannot_be_asked_bears_what_euler_bears():
    assert runge_kutta(lambda f, y, t: f(y["V"], t)) == RungeKutta()
    assert runge_kutta(lambda f, y, t: 3 * y) == RungeKutta()
    assert runge_kutta(lambda f, y, t: y / 2).interval == 60
