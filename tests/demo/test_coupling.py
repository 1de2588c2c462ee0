"""The demo's model in each coupling mode: the equations, and the steps that are stable."""

import functools
import warnings

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.worm_reference import N, Reference
from gapjunction.demo.parameters import PUBLISHED_STIMULUS, Parameters
from gapjunction.demo.run import NotFiniteError, simulate
from gapjunction.demo.worm import NervousSystem

WORM = gj.datasets.celegans()
STIMULUS = np.zeros(N)
STIMULUS[WORM.index(PUBLISHED_STIMULUS)] = list(PUBLISHED_STIMULUS.values())


def model(coupling):
    make = functools.partial(gj.SymmetryGapJunction, coupling=coupling)
    return NervousSystem(WORM, Parameters(), STIMULUS, make)


@functools.cache
def solution():
    """V every 8 ms up to 80 ms, by SciPy."""
    return Reference(STIMULUS).solve(np.arange(0, 80.1, 8))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("coupling", "worst"),
    [
        ("stage", 11),
        ("implicit", 11),
        # What 'step' does to neurons of one stage is what 'stage' does.
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (("step", 11), ("semi_implicit", 29))
        ),
    ],
)
def test_error_in_each_mode_shrinks_with_the_step(coupling, worst):
    """The largest is at PLM, which rises to 8,400 mV within the first 10 ms."""
    errors = [
        np.abs(simulate(model(coupling), dt, 10, round(8 / dt)).V - solution()).max()
        for dt in (0.1, 0.05)
    ]
    assert errors[1] < worst
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)


@pytest.fixture(scope="module")
def limit():
    """Return the largest step (ms) that the library's report calls stable."""
    report = gj.stability(model("stage"), 0.05 * u.ms)
    return float(report.largest_dt["stage"].to_decimal(u.ms))


def test_largest_stable_step_is_where_the_voltages_run_away(limit):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gj.GapJunctionWarning)
        assert np.abs(simulate(model("stage"), 0.97 * limit, 50, 100).V).max() < 1e4
        with pytest.raises(NotFiniteError, match=r"not finite after \d"):
            simulate(model("stage"), 1.1 * limit, 50, 100)


def test_largest_stable_step_is_just_below_that_of_the_whole_membrane(limit):
    """The report knows the leak alone; synapses, in the neurons' step as the leak is, add to it."""
    reference = Reference(STIMULUS)
    own = (10.0 + reference.synaptic.sum(axis=1) / 11) / 1e3  # 1/ms, 1 pS / 1 pF = 1 / s
    L = (np.diag(reference.gap.sum(axis=1)) - reference.gap) / 1e3

    def radius(dt):
        decay = np.exp(-own * dt)
        return np.abs(np.linalg.eigvals(np.diag(decay) - ((1 - decay) / own)[:, None] * L)).max()

    assert radius(limit) < 1 < radius(1.02 * limit)


@pytest.mark.parametrize(("coupling", "worst"), [("semi_implicit", 27), ("implicit", 2)])
def test_ten_times_the_largest_stable_step(coupling, worst):
    V = simulate(model(coupling), 1.6, 10, 5).V
    error = np.abs(V - solution())[-1]
    assert np.isfinite(V).all()
    assert error[WORM.motor].max() < worst
