"""The examples run, and find what they say they find."""

import runpy
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


def test_asymmetric_lif(load, tmp_path):
    figure = tmp_path / "figure.png"
    coefficient = load("asymmetric_lif")["main"](figure)
    assert coefficient == pytest.approx(1 / 6, abs=1e-3)
    assert figure.stat().st_size > 10_000


# What an example's main() takes so that it runs in seconds. In the published size they are run by
# the slow tests, which ask for the published results.
SMALL = {
    "golgi_network": {"trials": 2, "duration": 900, "alone": 400, "held": 200},
    "connexin_gating": {"ratio": 1.3, "names": ("Cx45",), "duration": 300},
    "hahne_2015": {"weights": (0.3, 0.7), "duration": 150, "cells": 100},
    "inferior_olive": {
        "conductances": np.array([0.02, 0.06, 0.1, 0.3]),
        "duration": 3000,
        "size": 4,
    },
    "sherman_rinzel_1992": {
        "conductances": (0.08, 0.11, 0.13, 0.16, 0.24),
        "settle": 6000,
        "bursting": 25_000,
    },
    "lewis_rinzel_2003": {"dt": 4e-3, "n_drives": 4, "size": 5},
}


LONG = ("golgi_network", "connexin_gating", "hahne_2015", "inferior_olive")
LONG_MARKS = [pytest.mark.slow, pytest.mark.optimized]


@pytest.mark.parametrize(
    "name",
    # Those that take longest: the Golgi cell's eleven channels compile for a minute.
    [pytest.param(name, marks=LONG_MARKS if name in LONG else []) for name in SMALL],
)
def test_runs_in_a_small_size_and_draws_its_figure(load, tmp_path, name):
    figure = tmp_path / "figure.png"
    found = load(name)["main"](figure, **SMALL[name])
    assert found
    assert figure.stat().st_size > 10_000


# This one runs in several processes, which its test starts, and draws nothing.
PROCESSES = EXAMPLES / "many_processes.py"
every_example = pytest.mark.parametrize(
    "path", sorted({*EXAMPLES.glob("*.py")} - {PROCESSES}), ids=lambda path: path.stem
)


@every_example
def test_options_are_explained_and_others_are_refused(path, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    for option, status in (("--help", 0), ("--plott", 2)):
        monkeypatch.setattr("sys.argv", [path.name, option])
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(path), run_name="__main__")
        assert stop.value.code == status
        told = capsys.readouterr()
        assert "--plot FILE" in told.out + told.err
    assert list(tmp_path.iterdir()) == []


@every_example
def test_every_example_has_a_test(path):
    assert any(f'load("{path.stem}")' in test.read_text() for test in HERE.glob("test_*.py"))


def test_page_of_examples_has_all_that_have_a_figure():
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text()
    figures = {path.stem for path in (EXAMPLES.parent / "docs" / "images").glob("*.png")}
    for path in EXAMPLES.glob("*.py"):
        if path.stem in figures:
            assert f"../examples/{path.name}" in page
            assert f"images/{path.stem}.png" in page
