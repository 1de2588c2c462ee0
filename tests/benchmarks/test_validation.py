"""The comparisons of `make validate`, and the pages that are made of results."""

import importlib
from pathlib import Path

import numpy as np
import pytest

import errors_figure
import figures
import page
import run_all

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def common(scripts, monkeypatch):
    monkeypatch.syspath_prepend(str(scripts / "validation"))
    return importlib.import_module("common")


def test_every_comparison_imports_without_side_effects(scripts, common):
    found = run_all.benchmarks(scripts / "validation")
    assert {"with_nest", "with_neuron", "with_arbor"} <= {script.stem for script in found}
    for script in found:
        module = importlib.import_module(script.stem)
        assert callable(module.measure), script
        assert module.QUESTION.endswith("?"), script
        assert module.__doc__, script


def test_rows_by_step_have_the_order_that_is_seen(common):
    steps = (0.1, 0.05, 0.025)
    found = {("second", dt): 3 * dt**2 for dt in steps}
    found |= {("explodes", dt): np.inf for dt in steps}
    second, explodes = common.by_step(found)
    assert second["order"] == 2.0
    assert second["0.05 ms"] == pytest.approx(0.0075)
    assert explodes["0.1 ms"] == "diverges"
    assert "order" not in explodes


def test_figure_is_drawn_from_reports():
    rows = [{"method": "`staggered`", "0.1 ms": 4.0, "0.05 ms": 1.0, "order": 2.0}]
    report = {"tables": [{"title": "Worst error of V, mV: squid axon, ...", "rows": rows}]}
    figure = errors_figure.errors({"with_neuron": report})
    (line,) = figure.axes[0].lines
    assert dict(zip(line.get_xdata(), line.get_ydata(), strict=True)) == {0.1: 4.0, 0.05: 1.0}
    assert errors_figure.errors({}) is None


@pytest.mark.parametrize("name", ["benchmarks", "validation"])
def test_page_is_that_of_its_results(name, tmp_path):
    folder = DOCS / name
    reports = page.read(folder)
    shown = [
        p for p in figures.pictures(name) if (DOCS / "images" / f"{name}_{p.name}.svg").exists()
    ]
    text = page.render(reports, name=name, shown=shown)
    assert (DOCS / f"{name}.md").read_text() == text, f"python benchmarks/page.py docs/{name}"
    assert text.startswith(f"# {name.title()}")
