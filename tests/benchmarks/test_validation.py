"""The comparisons of `make validate`, and the pages that are made of results."""

import importlib
import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

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


def test_figure_is_drawn_from_reports(common, tmp_path):
    run = importlib.import_module("run")
    rows = [{"method": "`staggered`", "0.1 ms": 4.0, "0.05 ms": 1.0, "order": 2.0}]
    report = {"tables": [{"title": "Worst error of V, mV: squid axon, ...", "rows": rows}]}
    (tmp_path / "with_neuron.json").write_text(json.dumps(report))
    run.draw(tmp_path, tmp_path / "errors.png")
    assert matplotlib.image.imread(tmp_path / "errors.png").std() > 0.01


@pytest.mark.parametrize("name", ["benchmarks", "validation"])
def test_page_is_that_of_its_results(name, tmp_path):
    folder = DOCS / name
    introduction = page.INTRODUCTIONS.get(name, page.BENCHMARKS)
    text = page.render(page.read(folder), introduction=introduction)
    assert (DOCS / f"{name}.md").read_text() == text, f"python benchmarks/page.py docs/{name}"
    assert text.startswith(f"# {name.title()}")
