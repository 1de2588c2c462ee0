"""Stationary occupancies and transition probabilities of schemes, against SciPy and mpmath."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.linalg import expm

from gapjunction import _stable as stable


def scheme(n, decades, seed=0):
    rng = np.random.default_rng(seed)
    rates = 10 ** rng.uniform(-decades, decades, (n, n))
    np.fill_diagonal(rates, 0)
    return rates


def generator(rates):
    return rates - np.diag(rates.sum(1))


@pytest.mark.parametrize("n", [2, 5, 13])
def test_transition_matrix_is_the_exponential(n, x64):
    for decades in (0, 1):
        rates = scheme(n, decades)
        got = stable.transition_matrix(jnp.asarray(rates))
        np.testing.assert_allclose(got, expm(generator(rates)), rtol=1e-9)


def test_stationary_is_precise_in_every_entry_however_different_the_rates(precision):
    rates = scheme(6, 4)
    q = mpmath.matrix(generator(rates).T.tolist())
    with mpmath.workdps(60):
        for j in range(6):
            q[5, j] = 1
        want = mpmath.lu_solve(q, mpmath.matrix([0, 0, 0, 0, 0, 1]))
    got = stable.stationary(jnp.asarray(rates, float))
    rtol = 1e-5 if precision == 32 else 1e-13
    np.testing.assert_allclose(got, [float(x) for x in want], rtol=rtol)


@pytest.mark.one_stack
def test_schemes_stay_probabilities_at_any_rates(precision):
    rates = jnp.asarray(scheme(6, 14), float)
    step = stable.transition_matrix(rates)
    np.testing.assert_allclose(step.sum(-1), 1, rtol=1e-6)
    assert (np.asarray(step) >= 0).all()
    occupancy = stable.stationary(rates)
    assert np.isfinite(occupancy).all()
    for f in (stable.transition_matrix, stable.stationary):
        assert np.isfinite(jax.jacobian(f)(rates)).all()


def test_batches():
    rates = jnp.stack([jnp.asarray(scheme(4, 1, seed), float) for seed in range(3)])
    one = jnp.stack([stable.transition_matrix(r) for r in rates])
    np.testing.assert_allclose(stable.transition_matrix(rates), one, rtol=1e-6)


def test_fall_is_expm1_to_rounding(precision):
    x = jnp.concatenate([jnp.logspace(-8, 2, 2001), jnp.array([0.0, jnp.inf])])
    want = np.expm1(-np.asarray(x, np.float64))
    np.testing.assert_allclose(stable.fall(x), want, rtol=5e-7 if precision == 32 else 1e-15)
    slope = jax.vmap(jax.grad(stable.fall))(x[:-1])
    np.testing.assert_allclose(slope, -np.exp(-x[:-1]), rtol=1e-5, atol=3e-7)
