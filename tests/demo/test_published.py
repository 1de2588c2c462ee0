"""What the demo finds at the published stimulus, and at its own."""

import numpy as np
import pytest

from comparisons.worm_reference import N, Reference
from gapjunction import datasets
from gapjunction.cli import main
from gapjunction.demo.modes import find_modes
from gapjunction.demo.parameters import DEFAULT_STIMULUS, Parameters
from gapjunction.demo.steady import steady_voltages

CHANGES = {"PVCL": 1.29, "PVCR": 1.00, "LUAL": 7.26, "LUAR": 8.95}  # mV


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    def run(*options):
        folder = tmp_path_factory.mktemp("worm")
        assert main(["demo", "--published", "--quiet", "--output", str(folder), *options]) == 0
        with np.load(folder / "celegans.npz") as file:
            return dict(file)

    return run


@pytest.fixture(scope="module")
def default(run):
    return run()


def motor_modes(traces):
    motor = datasets.celegans().motor
    late = slice(int(0.4 * len(traces["time_ms"])), None)
    return find_modes(traces["time_ms"][late], traces["V_mV"][late][:, motor])


@pytest.mark.slow
@pytest.mark.optimized
def test_two_modes_hold_a_limit_cycle(default):
    modes = motor_modes(default)
    assert modes.behaviour == "oscillation"
    assert modes.share[:2].sum() > 0.99
    assert modes.period == pytest.approx(1200, rel=0.02)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.optimized
def test_half_the_step_gives_the_same_cycle(run, default):
    fine, coarse = motor_modes(run("--dt", "0.025")), motor_modes(default)
    assert fine.period == pytest.approx(coarse.period, rel=2e-3)
    assert fine.amplitude == pytest.approx(coarse.amplitude, rel=1e-2)
    np.testing.assert_allclose(fine.share[:2], coarse.share[:2], atol=2e-3)


@pytest.mark.slow
@pytest.mark.optimized
def test_built_in_gives_the_same_traces(run, default):
    theirs = run("--builtin")
    np.testing.assert_allclose(theirs["V_mV"], default["V_mV"], rtol=1e-5, atol=1e-3)


def into_plm(pA):
    current = np.zeros(N)
    current[datasets.celegans().index(["PLML", "PLMR"])] = pA
    return current


@pytest.mark.parametrize(("pA", "is_stable"), [(5, True), (1240, True), (1250, False)])
def test_limit_cycle_begins_where_the_report_says(pA, is_stable):
    reference = Reference(into_plm(pA))
    fixed = np.concatenate([reference.threshold, np.full(N, 1 / 11)])
    slopes = np.linalg.eigvals(reference.jacobian(0.0, fixed).toarray())
    assert (slopes.real.max() < 0) == is_stable


def test_usual_stimulus_leaves_voltages_in_the_range_of_the_animal():
    worm = datasets.celegans()
    assert set(DEFAULT_STIMULUS.values()) == {5.0}
    rest, driven = (steady_voltages(worm, Parameters(), into_plm(pA)) for pA in (0, 5))
    assert -36 < driven.min() < driven.max() < 16
    change = dict(zip(worm.labels, driven - rest, strict=True))
    assert {name: change[name] for name in CHANGES} == pytest.approx(CHANGES, abs=0.01)
