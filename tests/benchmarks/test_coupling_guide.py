"""The guide to coupling modes shows what the benchmark of the worm has found."""

import json
from pathlib import Path

import pytest

from tables import as_text

DOCS = Path(__file__).parents[2] / "docs"
MODES = ("stage", "semi_implicit", "implicit")
# How the guide calls a measure: which table of the benchmark, and what its columns end in.
MEASURES = {"onset": (0, ", rms"), "turn": (1, ", rms"), "period, %": (2, ""), "time": (3, "")}


def shown():
    """Return the cells of the guide's tables, by step and measure."""
    text = (DOCS / "coupling.md").read_text(encoding="utf-8")
    found, dt = {}, ""
    for line in text[text.index("## The worm") :].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 5:
            continue
        dt = cells[0] or dt
        measure = cells[-4].removesuffix(", float32, float64")
        if measure in MEASURES:
            found[dt, measure] = cells[-3:]
    return found


@pytest.mark.parametrize("measure", MEASURES)
def test_guide_shows_the_results(measure):
    report = json.loads((DOCS / "benchmarks" / "worm_modes.json").read_text(encoding="utf-8"))
    assert not report["quick"]
    table, end = MEASURES[measure]
    rows = report["tables"][table]["rows"]
    guide = shown()
    assert len(rows) == 7
    for row in rows:
        cells = guide[row["dt, ms"], measure]
        for mode, cell in zip(MODES, cells, strict=True):
            result = as_text(row[mode + end])
            if measure == "time":
                # In float32, then in float64; empty where there was no run to time.
                assert cell.partition(", ")[2] == ("" if result == "diverges" else result)
            else:
                assert cell == result
