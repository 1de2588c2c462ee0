"""Bursts depress and spikes potentiate, by the equations of Pernelle et al. 2018."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.plasticity import BurstSpike

TAU, THETA = 8.0, 1.3


def rule_of(D=1e-3, P=2e-3, **more):
    return BurstSpike(depression=D / u.ms, potentiation=P, **more)


def filtered(times, t):
    """Return the published filter of spikes, just after t: each adds 1 and decays."""
    times = np.asarray(times, float)
    return np.exp(-(t - times[times <= t]) / TAU).sum()


def solved(pre, post, end, D, P, high, s=1.0):
    """Return the strength at ``end``, event by event: the equations have closed forms between."""
    events = set(pre) | set(post) | {0.0, end}
    for times in (pre, post):
        for t in times:
            b = filtered(times, t)
            if b > THETA:
                events.add(t + TAU * np.log(b / THETA))
    events = sorted(t for t in events if t <= end)
    for t, after in itertools.pairwise(events):
        s = s + P * (1 - s / high) * ((t in pre) + (t in post)) / 2
        middle = (t + after) / 2
        bursting = sum(filtered(times, middle) > THETA for times in (pre, post))
        s = s - D * (after - t) * bursting / 2
    return s


def run(rule, pre, post, end, dt):
    """Return the strength at the end of each step, from spikes at these times in ms."""
    steps = round(end / dt)
    spikes = np.zeros((steps, 2), bool)
    for cell, times in enumerate((pre, post)):
        spikes[np.round(np.asarray(times) / dt).astype(int), cell] = True
    V, dt = jnp.zeros(2) * u.mV, dt * u.ms

    def step(carry, spike):
        traces, s = carry
        traces = rule.follow(traces, V, spike, {}, dt)
        ends = [{k: x[i : i + 1] for k, x in traces.items()} for i in (0, 1)]
        s = rule.bounded(rule.change(s, *ends, dt))
        return (traces, s), s[0]

    start = rule.initial(V, {}), jnp.full(1, rule.start)
    return np.asarray(jax.lax.scan(step, start, jnp.asarray(spikes))[1])


def random_times(seed, rate, end, dt=1.0):
    rng = np.random.default_rng(seed)
    return (np.flatnonzero(rng.random(round(end / dt)) < rate * dt) * dt).tolist()


@pytest.mark.parametrize(("rate", "seed"), [(0.01, 0), (0.05, 1), (0.2, 2)])
def test_strength_solves_the_published_equations(rate, seed, x64):
    pre, post = random_times(seed, rate, 1000), random_times(seed + 10, rate / 2, 1000)
    s = run(rule_of(), pre, post, 1000, 1.0)
    assert s[-1] != 1
    for end in (137, 500, 1000):
        exact = solved(
            [t for t in pre if t < end], [t for t in post if t < end], end, 1e-3, 2e-3, 2
        )
        np.testing.assert_allclose(s[end - 1], exact, rtol=1e-12)


def test_the_time_step_does_not_matter(x64):
    pre, post = random_times(3, 0.1, 400), random_times(4, 0.1, 400)
    coarse, fine = (run(rule_of(), pre, post, 400, dt) for dt in (1.0, 0.125))
    np.testing.assert_allclose(fine[7::8], coarse, rtol=1e-12)


def test_euler_steps_of_the_published_equations_come_near(x64):
    # As published, dt = 0.1 ms: the filter decays by Euler, and is above threshold for whole steps.
    pre, post = random_times(5, 0.1, 1000), random_times(6, 0.1, 1000)
    dt, s, b = 0.1, 1.0, np.zeros(2)
    for i in range(10000):
        spike = np.array([i % 10 == 0 and i // 10 in times for times in (pre, post)], float)
        b = b - dt / TAU * b + spike
        s += 2e-3 * (1 - s / 2) * spike.mean() - dt * 1e-3 * (b > THETA).mean()
    ours = run(rule_of(), pre, post, 1000, dt)[-1]
    assert abs(s - 1) > 0.05
    assert abs(s - ours) < 0.02 * abs(s - 1)


def test_bursting_pairs_drift_apart_and_sparsely_spiking_pairs_together(x64):
    # Both fire 20 spikes per second: five at 250 Hz each 250 ms, or one each 50 ms.
    bursts = [250.0 * k + 4.0 * j for k in range(40) for j in range(5)]
    sparse = [50.0 * k for k in range(200)]
    assert len(bursts) == len(sparse)
    weak = run(rule_of(D=1e-4, P=2e-4), bursts, bursts, 10000, 0.5)[-1]
    strong = run(rule_of(D=1e-4, P=2e-4), sparse, sparse, 10000, 0.5)[-1]
    # Spikes: 200 steps of 2e-4 (1 - s / 2) in both.
    np.testing.assert_allclose(strong, 2 - (1 - 1e-4) ** 200, rtol=1e-12)
    assert strong > 1.019
    np.testing.assert_allclose(weak, solved(bursts, bursts, 10000.0, 1e-4, 2e-4, 2), rtol=1e-12)
    assert weak < 0.97


def test_one_bursting_cell_has_half_the_effect_of_two(x64):
    bursts = [4.0 * k for k in range(50)]
    both = run(rule_of(P=0.0), bursts, bursts, 300, 1.0)[-1]
    one = run(rule_of(P=0.0), bursts, [], 300, 1.0)[-1]
    other = run(rule_of(P=0.0), [], bursts, 300, 1.0)[-1]
    assert one == other
    np.testing.assert_allclose(1 - one, (1 - both) / 2, rtol=1e-12)
    assert both < 0.85


def test_doublets_settle_where_the_two_changes_balance(x64):
    # Over a period of doublets the strength goes through an affine map, whose fixed point it is.
    D, P, high = 0.02, 0.02, 2.0
    doublets = [100.0 * k + t for k in range(600) for t in (0.0, 4.0)]
    s = run(rule_of(D=D, P=P), doublets, doublets, 60000, 1.0)[99::100]
    bursting = TAU * np.log((1 + np.exp(-4 / TAU)) / THETA)
    a = 1 - P / high
    c = P * (1 + a) - D * bursting
    fixed = c / (1 - a**2)
    np.testing.assert_allclose(s[-1], fixed, rtol=1e-4)
    assert 0 < fixed < 1
    # From above and from below.
    low = run(rule_of(D=D, P=P, start=0.0), doublets, doublets, 60000, 1.0)[99::100]
    assert s[0] > fixed > low[0]
    np.testing.assert_allclose(low[-1], fixed, rtol=1e-3)


@pytest.mark.parametrize(
    ("D", "P", "end"), [(50.0, 0.0, 0.25), (0.0, 30.0, 1.5), (50.0, 30.0, None)]
)
def test_bounds_hold_at_extreme_rates(D, P, end):
    times = np.arange(0.0, 100.0, 0.1).tolist()
    s = run(rule_of(D=D, P=P, bounds=(0.25, 1.5)), times, times, 100, 0.1)
    assert s.min() >= 0.25
    assert s.max() <= 1.5
    if end is not None:
        np.testing.assert_allclose(s[-1], end, rtol=1e-5)


def test_gradients_are_finite_also_for_silent_cells():
    def last(s):
        rule = rule_of()
        traces = {"burst": s * jnp.array([0.0, 1.3, 3.0]), "spike": jnp.array([0.0, 1.0, 1.0])}
        return rule.change(s * jnp.ones(3), traces, traces, 0.1 * u.ms).sum()

    assert np.isfinite(jax.grad(last)(1.0))


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"depression": 1.0}, u.UnitMismatchError, "depression must be a rate"),
        ({"depression": -1 / u.ms}, ValueError, "depression must be"),
        ({"potentiation": -1.0}, ValueError, "potentiation must be"),
        ({"potentiation": "much"}, TypeError, "potentiation must be a number"),
        ({"tau": 3 * u.mV}, u.UnitMismatchError, "tau must be a time"),
        ({"depression": [1, 2] / u.ms}, ValueError, "depression must be one finite value"),
        ({"tau": 0 * u.ms}, ValueError, "tau must be positive"),
        ({"tau": np.inf * u.ms}, ValueError, "tau must be one finite value"),
        ({"threshold": 0.0}, ValueError, "threshold must be positive"),
        ({"bounds": 2.0}, TypeError, "bounds must be a pair"),
        ({"bounds": (1.0, 1.0)}, ValueError, "bounds must rise"),
        ({"bounds": (-1.0, 1.0)}, ValueError, r"bounds\[0\] must be"),
        ({"bounds": (0.0, np.inf)}, ValueError, r"bounds\[1\] must be a finite"),
        ({"start": 3.0}, ValueError, r"start must be a finite number in \[0, 2\], got 3.0"),
    ],
)
def test_bad_parameters_are_refused(change, error, match):
    with pytest.raises(error, match=match):
        dataclasses.replace(rule_of(), **change)
