"""Gating by a Boltzmann curve: against the curve, and against SciPy on the rate equations."""

import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp
from scipy.special import expit

from every_law import held, settled
from gapjunction.laws import Boltzmann

V = np.linspace(-200, 200, 81)


def test_steady_state_is_the_curve(precision):
    law = Boltzmann(60 * u.mV, 8 * u.mV, 0.25)
    want = 0.25 + 0.75 / (1 + np.exp((abs(V) - 60) / 8))
    np.testing.assert_allclose(settled(law, V), want, rtol=2e-6 if precision == 32 else 1e-13)
    np.testing.assert_array_equal(settled(law, V), settled(law, -V))


def test_each_polarity_has_its_own_curve(x64):
    law = Boltzmann([15, 60] * u.mV, [5, 9] * u.mV, [0.1, 0.3])
    left = 0.1 + 0.9 * expit(-(-V - 15) / 5)
    right = 0.3 + 0.7 * expit(-(V - 60) / 9)
    np.testing.assert_allclose(settled(law, V), np.where(V > 0, right, left), rtol=1e-12)


# Rates of Harris et al. (1981), lambda exp(-A_a (V - V0)) and lambda exp(A_b (V - V0)).
RATES = [(0.0013, 0.077, 0.14, 14.7), (0.3, 0.05, 0.0, 30.0), (0.02, 0.0, 0.2, 5.0)]


def harris(lam, A_a, A_b, V0):
    """Return opening and closing rates in 1/ms as functions of |V_j|."""
    return (
        lambda v: lam * np.exp(-A_a * (abs(v) - V0)),
        lambda v: lam * np.exp(A_b * (abs(v) - V0)),
    )


def as_law(lam, A_a, A_b, V0, s_min=0.1):
    k = 1 / (A_a + A_b)
    return Boltzmann(V0 * u.mV, k * u.mV, s_min, lam / u.ms, closing=A_b * k)


@pytest.mark.parametrize("rates", RATES)
def test_open_fraction_follows_the_rate_equation_of_a_protocol(rates, x64):
    opening, closing = harris(*rates)
    law = as_law(*rates)
    n = law.initial(*held(0.0))
    want = opening(0) / (opening(0) + closing(0))
    for v, t in ((20.0, 300.0), (-45.0, 7.0), (3.0, 900.0)):
        n = law.advance(n, *held(v), t * u.ms)
        a, b = opening(v), closing(v)
        found = solve_ivp(
            lambda _, y, a, b: a * (1 - y) - b * y,
            (0, t),
            [want],
            "LSODA",
            args=(a, b),
            rtol=1e-11,
            atol=1e-13,
        )
        want = found.y[0, -1]
        np.testing.assert_allclose(n, want, rtol=1e-8)
        np.testing.assert_allclose(law.conductance(n, *held(v)), 0.1 + 0.9 * want, rtol=1e-8)


def test_moving_voltage_is_followed_at_second_order_at_the_middle_of_steps(x64):
    rates = (0.05, 0.04, 0.06, 20.0)
    opening, closing = harris(*rates)
    law = as_law(*rates)

    def voltage(t):
        return 30 + 25 * np.sin(t / 7)

    want = solve_ivp(
        lambda t, y: opening(voltage(t)) * (1 - y) - closing(voltage(t)) * y,
        (0, 40),
        np.asarray(law.initial(*held(30.0)))[None],
        rtol=1e-11,
        atol=1e-13,
    ).y[0, -1]
    errors = []
    for dt in (2.0, 1.0, 0.5):
        n = law.initial(*held(30.0))
        for t in np.arange(0, 40, dt) + dt / 2:
            n = law.advance(n, *held(voltage(t)), dt * u.ms)
        errors.append(abs(float(n) - want))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 2, atol=0.1)


def test_each_polarity_has_its_own_rate(x64):
    law = Boltzmann(40 * u.mV, 8 * u.mV, 0.0, [0.1, 0.3] / u.ms)
    n = jnp.zeros(2)
    got = law.advance(n, *held(np.array([-40.0, 40.0])), 2 * u.ms)
    # At V0 both rates are lambda.
    np.testing.assert_allclose(got, 0.5 * (1 - np.exp(-2 * np.array([0.1, 0.3]) * 2)), rtol=1e-12)


def test_limits_are_ohmic(x64):
    np.testing.assert_array_equal(settled(Boltzmann(40 * u.mV, 8 * u.mV, 1.0), V), 1)
    np.testing.assert_allclose(settled(Boltzmann(1e4 * u.mV, 8 * u.mV, 0.2), V), 1, rtol=1e-12)
    # A curve that is flat: half of what closes is closed, everywhere.
    flat = settled(Boltzmann(40 * u.mV, 1e9 * u.mV, 0.2), V)
    np.testing.assert_allclose(flat, 0.6, rtol=1e-6)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"V0": 40}, "V0 must be a voltage"),
        ({"V0": [1, 2, 3] * u.mV}, "V0 must be one finite value, or two"),
        ({"V0": np.nan * u.mV}, "V0 must be one finite value, or two"),
        ({"slope": 8 * u.nS}, "slope must be a voltage"),
        ({"slope": 0 * u.mV}, "slope must be positive"),
        ({"slope": [8, -8] * u.mV}, "slope must be positive"),
        ({"s_min": 1.5}, r"s_min must be in \[0, 1\]"),
        ({"s_min": [0.5, -0.1]}, r"s_min must be in \[0, 1\]"),
        ({"s_min": "low"}, "s_min must be"),
        ({"s_min": 1 * u.mV}, "s_min must be"),
        ({"rate": 3 * u.ms}, "rate must be a rate"),
        ({"rate": 0 / u.ms}, "rate must be positive"),
        ({"closing": 1.5}, "closing must be"),
        ({"closing": None}, "closing must be"),
    ],
)
def test_bad_parameters_are_refused_by_name(kwargs, message):
    good = {"V0": 40 * u.mV, "slope": 8 * u.mV, "s_min": 0.2}
    with pytest.raises((TypeError, ValueError, u.UnitMismatchError), match=message):
        Boltzmann(**(good | kwargs))
