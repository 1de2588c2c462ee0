"""The examples run, and find what they say they find."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("MPLBACKEND", "Agg")

    def run(name):
        scope = runpy.run_path(str(EXAMPLES / name))
        return scope["main"](tmp_path), tmp_path

    return run


def test_asymmetric_lif(run):
    coefficient, folder = run("asymmetric_lif.py")
    assert coefficient == pytest.approx(1 / 6, abs=1e-3)
    assert (folder / "asymmetric_lif.png").stat().st_size > 10_000


def test_every_example_has_a_test():
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == {"asymmetric_lif.py"}
