"""Modes and rhythms of made-up traces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapjunction.demo.modes import find_modes

TIME = np.linspace(0, 10, 1001)


def orbit(period, shapes, sizes, decay=0.0, turn=1):
    angle = 2 * np.pi * TIME / period
    circle = np.stack([sizes[0] * np.cos(angle), turn * sizes[1] * np.sin(angle)], axis=1)
    return np.exp(-decay * TIME)[:, None] * circle @ shapes


@given(
    period=st.floats(0.2, 5.0),
    ratio=st.floats(0.2, 0.9),
    turn=st.sampled_from([-1, 1]),
    seed=st.integers(0, 99),
)
def test_period_and_shares_of_an_ellipse_are_found(period, ratio, turn, seed):
    shapes = np.linalg.qr(np.random.default_rng(seed).standard_normal((12, 2)))[0].T
    modes = find_modes(TIME, -40.0 + orbit(period, shapes, (10.0, 10.0 * ratio), turn=turn))
    assert modes.behaviour == "oscillation"
    assert modes.period == pytest.approx(period, rel=0.1)
    assert modes.share[:2].sum() == pytest.approx(1)
    # The plane is found whatever the axes in it.
    assert np.linalg.svd(modes.shapes[:2] @ shapes.T)[1] == pytest.approx([1, 1])


@given(seed=st.integers(0, 99))
def test_modes_make_up_the_traces(seed):
    traces = np.random.default_rng(seed).standard_normal((50, 6))
    modes = find_modes(np.arange(50.0), traces)
    np.testing.assert_allclose(modes.scores @ modes.shapes, traces - traces.mean(axis=0), atol=1e-9)
    assert modes.share.sum() == pytest.approx(1)
    assert np.all(np.diff(modes.share) <= 0)
    assert np.all(modes.shapes.max(axis=1) == np.abs(modes.shapes).max(axis=1))


def test_constant_traces_are_at_rest():
    modes = find_modes(TIME, np.full((1001, 5), -35.0))
    assert (modes.behaviour, modes.period, modes.amplitude) == ("at rest", None, 0.0)
    assert not modes.share.any()


def test_rounding_errors_are_at_rest():
    noise = 1e-4 * np.random.default_rng(0).standard_normal((1001, 5))
    assert find_modes(TIME, 700 + noise).behaviour == "at rest"


def test_spirals_and_relaxations_decay():
    shapes = np.eye(2, 6)
    assert find_modes(TIME, orbit(1.0, shapes, (10, 5), decay=0.3)).behaviour == "decaying"
    relaxation = 10 * np.exp(-TIME)[:, None] * np.ones((1, 6))
    assert find_modes(TIME, relaxation).behaviour == "decaying"


def test_noise_has_no_period():
    walk = np.random.default_rng(1).standard_normal((1001, 6)).cumsum(axis=0)
    modes = find_modes(TIME, walk)
    assert modes.period is None
    assert modes.behaviour != "oscillation"
