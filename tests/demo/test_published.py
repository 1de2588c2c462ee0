"""The finding of Kunert et al. 2014, whatever the step and the class of the junctions."""

import numpy as np
import pytest

from gapjunction import datasets
from gapjunction.cli import main
from gapjunction.demo.modes import find_modes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    def run(*options):
        folder = tmp_path_factory.mktemp("worm")
        assert main(["demo", "--quiet", "--output", str(folder), *options]) == 0
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


def test_two_modes_hold_a_limit_cycle(default):
    modes = motor_modes(default)
    assert modes.behaviour == "oscillation"
    assert modes.share[:2].sum() > 0.99
    assert modes.period == pytest.approx(1200, rel=0.02)


def test_half_the_step_gives_the_same_cycle(run, default):
    fine, coarse = motor_modes(run("--dt", "0.025")), motor_modes(default)
    assert fine.period == pytest.approx(coarse.period, rel=2e-3)
    assert fine.amplitude == pytest.approx(coarse.amplitude, rel=1e-2)
    np.testing.assert_allclose(fine.share[:2], coarse.share[:2], atol=2e-3)


def test_built_in_gives_the_same_traces(run, default):
    theirs = run("--builtin")
    np.testing.assert_allclose(theirs["V_mV"], default["V_mV"], rtol=1e-5, atol=1e-3)
