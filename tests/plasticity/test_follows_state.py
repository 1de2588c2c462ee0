"""Strength that follows a state, against the exponential that it is."""

import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.plasticity import FollowsState


def product(a, b):
    return a * b


def test_relaxation_is_the_exponential_at_any_step(x64):
    rule = FollowsState(state="x", target=product, tau=20 * u.ms, bounds=(0.0, 10.0))
    pre, post, start = {"x": jnp.array([0.5, 2.0])}, {"x": jnp.array([0.5, 3.0])}, jnp.ones(2)
    for dt in (0.1, 7.0, 1000.0):
        s = start
        for _ in range(3):
            s = rule.change(s, pre, post, dt * u.ms)
        target = np.array([0.25, 6.0])
        exact = target + (1 - target) * np.exp(-3 * dt / 20)
        np.testing.assert_allclose(s, exact, rtol=1e-13)


def test_it_starts_where_it_would_settle_or_where_it_is_told():
    ends = {"x": jnp.array([0.5])}, {"x": jnp.array([0.25])}
    settled = FollowsState(state="x", target=product, tau=1 * u.ms)
    assert settled.begin(*ends) == 0.125
    told = FollowsState(state="x", target=product, tau=1 * u.ms, start=0.75)
    assert told.begin(*ends) == 0.75


def test_states_keep_their_units():
    rule = FollowsState(state="C", target=lambda a, b: 1 / (1 + (a + b) / u.uM), tau=1 * u.ms)
    V, C = jnp.zeros(3) * u.mV, jnp.array([0.0, 500.0, 1500.0]) * u.nM
    traces = rule.follow(rule.initial(V, {"C": C}), V, None, {"C": C}, 0.1 * u.ms)
    np.testing.assert_allclose(rule.begin(traces, traces), [1, 0.5, 0.25], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"state": 3}, TypeError, "state must be the name"),
        ({"state": ""}, TypeError, "state must be the name"),
        ({"target": 0.5}, TypeError, "target must be a function"),
        ({"tau": 3.0}, u.UnitMismatchError, "tau must be a time"),
        ({"tau": -1 * u.ms}, ValueError, "tau must be positive"),
        ({"tau": [1, 2] * u.ms}, ValueError, "tau must be one finite value"),
        ({"bounds": (1.0, 0.0)}, ValueError, "bounds must rise"),
        ({"start": 1.5}, ValueError, "start must be"),
    ],
)
def test_bad_parameters_are_refused(change, error, match):
    with pytest.raises(error, match=match):
        FollowsState(**{"state": "x", "target": product, "tau": 1 * u.ms, **change})
