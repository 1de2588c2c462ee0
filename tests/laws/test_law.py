"""What the base class computes for every law, a user's own included."""

import dataclasses

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from every_law import EVERY, STATEFUL, SYMMETRIC, settled
from gapjunction.laws import Law, Olive, Rectifier

FINE = np.linspace(-200, 200, 8001)


@pytest.mark.parametrize("name", EVERY)
def test_steady_state_has_any_shape(name):
    V_j = np.linspace(-100, 100, 6).reshape(2, 3)
    got = EVERY[name].steady_state(V_j * u.mV)
    assert got.shape == (2, 3)
    np.testing.assert_allclose(got, settled(EVERY[name], V_j), rtol=1e-4, atol=1e-6)
    volts = EVERY[name].steady_state(V_j * 1e-3 * u.volt)
    np.testing.assert_allclose(volts, got, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_largest_slope_is_that_of_the_current(name, x64):
    law, s = EVERY[name], settled(EVERY[name], FINE)
    # A law that takes its time has no slope but its conductance within a step.
    slope = s if name in STATEFUL else np.gradient(s * FINE, FINE)
    assert law.largest_slope() >= 0.998 * slope.max()
    assert law.largest_slope() <= 1.002 * slope.max()


@pytest.mark.parametrize(("V_half", "k"), [(20.25, 0.1), (0.0, 0.05), (-20.25, -0.1), (199, 2)])
def test_largest_slope_of_a_steep_sigmoid(V_half, k):
    law = Rectifier(V_half=V_half * u.mV, slope=k * u.mV, s_min=0.2)
    V_j = np.linspace(max(V_half - 5, -200), min(V_half + 5, 200), 200001)
    current = (0.2 + 0.8 / (1 + np.exp(-(V_j - V_half) / k))) * V_j
    np.testing.assert_allclose(law.largest_slope(), np.gradient(current, V_j).max(), rtol=1e-3)


def test_voltages_without_a_derivative_do_not_hide_the_largest_slope():
    @dataclasses.dataclass(frozen=True, eq=False)
    class Saturating(Law):
        def conductance(self, state, V_pre, V_post):
            V_j = (V_pre - V_post).to_decimal(u.mV)
            return 1 / (1 + jnp.sqrt(V_j * V_j) / 20)

    # The derivative of the square root is NaN at 0. The slope is (1 + |V_j| / 20)^-2 elsewhere.
    np.testing.assert_allclose(Saturating().largest_slope(), 1 / 1.025**2, rtol=1e-3)


@pytest.mark.parametrize("name", EVERY)
def test_directional_laws_are_those_that_are_not_even(name):
    assert EVERY[name].is_directional() == (name not in SYMMETRIC)


def test_largest_slope_exceeds_one_where_conductance_rises():
    steep = Rectifier(V_half=30 * u.mV, slope=2 * u.mV)
    # d/dV of V / (1 + exp(-(V - 30) / 2)) near V = 30 is about 1/2 + 30/8.
    assert 4.2 < steep.largest_slope() < 4.6


def test_largest_slope_of_a_law_that_falls_everywhere_is_zero():
    @dataclasses.dataclass(frozen=True, eq=False)
    class Pump(Law):
        def conductance(self, state, V_pre, V_post):
            return jnp.full_like(u.get_mantissa(V_pre - V_post), -1.0)

    assert Pump().largest_slope() == 0


def test_a_junction_with_a_law_can_be_made_within_a_transformed_function():
    @brainstate.transform.jit
    def slope(x):
        cells = bp.LIF(2)
        gap = gj.RectifyingGapJunction(cells, "V", ([0], [1]), 0.1 * u.siemens, law=Olive())
        return x * gap.law.largest_slope()

    assert slope(1.0) == pytest.approx(Olive().largest_slope())


def test_a_law_must_say_its_conductance():
    with pytest.raises(TypeError, match="conductance"):
        type("Nothing", (Law,), {})()


def test_laws_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Olive().width = 3 * u.mV
