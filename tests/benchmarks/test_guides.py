"""The guides show what the benchmarks have found."""

import json
from pathlib import Path

import pytest

import guides

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", guides.PAGES)
def test_pages_show_the_results(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == guides.filled(text)
    assert guides.PLACE.search(text)


def test_every_table_is_on_a_page():
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in guides.PAGES)
    assert {found[1] for found in guides.PLACE.finditer(text)} == set(guides.TABLES)


def test_a_changed_number_is_noticed():
    text = (ROOT / "docs" / "coupling.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| float64 |"))
    changed = text.replace(row, row.replace("| 1 |", "| 2 |"))
    assert changed != text
    assert guides.filled(changed) == text


@pytest.mark.parametrize("name", ["coupling", "coupling_modes", "network_step", "worm_modes"])
def test_results_are_not_those_of_a_quick_run(name):
    report = json.loads((guides.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert not report["quick"]
