"""The guide to performance shows what the benchmarks have found, and the rules as they are."""

import json
import re
from pathlib import Path

import numpy as np

from gapjunction.kernels import LAYOUTS
from gapjunction.kernels.layouts import _choose

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "guide" / "performance.md").read_text()


def table(head):
    """Return the rows of the table whose first column has this head."""
    lines = TEXT[TEXT.index(f"| {head} |") :].splitlines()
    body = lines[2 : next(k for k, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


def results(name):
    report = json.loads((DOCS / "benchmarks" / f"{name}.json").read_text())
    assert not report["quick"]
    return report["tables"][0]["rows"]


def test_price_of_float64():
    low, high = map(float, re.search(r"float64 takes (\S+) to (\S+) times", TEXT).groups())
    rows = {(row["N"], row["float"]): row for row in results("network_step")}
    kinds = ("import changed, us", "exp_euler, us", "staggered, us")
    ratios = [rows[n, 64][k] / rows[n, 32][k] for n, bits in rows if bits == 32 for k in kinds]
    assert np.isclose(min(ratios), low, atol=0.06)
    assert np.isclose(max(ratios), high, atol=0.06)


def test_rules_are_those_of_the_library():
    shown = table("graph")
    layouts = {row[1].strip("`") for row in shown}
    assert layouts == set(LAYOUTS)
    names = {make: name for name, make in LAYOUTS.items()}
    names[_choose._padded_a_little] = "padded"
    assert [row[1].strip("`") for row in shown] == [names[rule.make] for rule in _choose.RULES]
    assert f"fewer than {_choose._FEW_EDGES} edges" in shown[0][0]
    share = f"up to {_choose._DENSE_CELLS} cells, of whose pairs {_choose._DENSE_SHARE:.0%}"
    assert share.replace("%", " %") in shown[3][0]
