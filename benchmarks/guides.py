"""Write the tables of the guides whose numbers are those of the benchmarks and of validation.

``python benchmarks/guides.py`` puts each table between the comments ``<!-- from: NAME -->`` and
``<!-- end -->`` of pages in ``docs``, from the JSON files in ``docs/benchmarks`` and
``docs/validation``. A test says when a page does not show what was measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gapjunction.demo.files import written_whole
from tables import MISSING, as_text, grid

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
VALIDATION = ROOT / "docs" / "validation"
PAGES = (
    *("docs/coupling.md", "docs/guide/performance.md", "docs/guide/dendrites.md"),
    "docs/guide/simulators.md",
)
WORM_MODES: Final = ("stage", "semi_implicit", "implicit")

Rows = Sequence[Mapping[str, Any]]


def rows(name: str, table: int = 0, folder: Path = FOLDER) -> Rows:
    """Return the rows of a table of a benchmark, or of a comparison of the other folder."""
    report = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return report["tables"][table]["rows"]


def between(values: Sequence[float], digits: str = ".1f") -> str:
    """Return the smallest and the largest of some numbers as text.

    Examples
    --------
    >>> between([2.04, 1.61, 1.9]), between([3.0, 3.04])
    ('1.6 to 2.0', '3.0')
    """
    low, high = format(min(values), digits), format(max(values), digits)
    return low if low == high else f"{low} to {high}"


def lines(columns: Sequence[str], body: Sequence[Sequence[Any]], numbers: int) -> str:
    """Return a table of Markdown whose last columns have numbers."""
    rules = ["---"] * (len(columns) - numbers) + ["---:"] * numbers
    return grid([columns, rules, *([as_text(cell) for cell in row] for row in body)])


def layouts() -> str:
    """Return the guide's table of networks with a structure."""
    columns = ["network", "N", "edges", "layout", "speed-up", "bare, speed-up"]
    body = [[row[column] for column in columns] for row in rows("coupling", 1)]
    text = lines(columns, body, 2)
    return text.replace("| --- | --- | --- | --- |", "| --- | ---: | ---: | --- |", 1)


def step() -> str:
    """Return what a step of a whole network is made of."""
    body = []
    for whole, parts in zip(rows("network_step"), rows("network_step", 1), strict=True):
        body.append(
            [
                f"{whole['N']:,}, float{whole['float']}",
                whole["built-in, us"],
                whole["exp_euler, us"],
                parts["exp_euler without junctions, us"],
                parts["one product, us"],
                parts["exp_euler: speed-up if it were the sum"],
                whole["speed-up, exp_euler"],
            ]
        )
    columns = ["N", "`brainpy.state`, us", "ours, us", "neurons alone, us", "product alone, us"]
    return lines([*columns, "speed-up of the sum", "speed-up"], body, 6)


def costs() -> str:
    """Return what each coupling mode costs with networks of Hodgkin-Huxley cells."""
    body = []
    for cost, parts in zip(rows("coupling_modes"), rows("coupling_modes", 1), strict=True):
        body.append(
            [
                f"`{cost['solver']}`, float{cost['float']}",
                cost["N"],
                *(cost[f"cost, {mode}"] for mode in ("extrapolated", "semi_implicit", "implicit")),
                parts["products, stage"],
                parts["products, implicit"],
            ]
        )
    modes = ['`"extrapolated"`', '`"semi_implicit"`', '`"implicit"`']
    columns = ["solver", "N", *modes, 'products, `"stage"`', 'products, `"implicit"`']
    return lines(columns, body, 6)


def worm_costs() -> str:
    """Return what each mode costs in the model of C. elegans."""
    body = []
    for bits, table in ((32, 3), (64, 4)):
        stable = [row for row in rows("worm_modes", table) if not isinstance(row["stage"], str)]
        ratios = {mode: [row[mode] / row["stage"] for row in stable] for mode in WORM_MODES[1:]}
        body.append([f"float{bits}", "1", *(between(each) for each in ratios.values())])
    columns = ["precision", '`"step"`, `"stage"`', '`"semi_implicit"`', '`"implicit"`']
    return lines(columns, body, 3)


def worm_errors() -> str:
    """Return the errors of V in the model of C. elegans."""
    body: list[list[Any]] = []
    for onset, turn in zip(rows("worm_modes", 0), rows("worm_modes", 1), strict=True):
        body.append([onset["dt, ms"], onset["kappa"], "onset"])
        body[-1] += [onset[f"{mode}, rms"] for mode in WORM_MODES]
        body.append(["", "", "turn", *(turn[f"{mode}, rms"] for mode in WORM_MODES)])
    return lines(["dt, ms", "kappa", "error, mV", *(f"`{mode}`" for mode in WORM_MODES)], body, 3)


def worm_times() -> str:
    """Return the errors of the period and the times in the model of C. elegans."""
    body: list[list[Any]] = []
    tables = (rows("worm_modes", table) for table in (2, 3, 4))
    for period, single, double in zip(*tables, strict=True):
        body.append([period["dt, ms"], "period, %", *(period[mode] for mode in WORM_MODES)])
        both = [[single[mode], double[mode]] for mode in WORM_MODES]
        times = [MISSING if isinstance(a, str) else f"{as_text(a)}, {as_text(b)}" for a, b in both]
        body.append(["", "time, float32, float64", *times])
    return lines(["dt, ms", "measure", *(f"`{mode}`" for mode in WORM_MODES)], body, 3)


def peers() -> str:
    """Return the time and the error of a step of one network in each simulator, in float64."""
    body = []
    for row in rows("peer_simulators"):
        method, _, precision = row["method"].rpartition(", ")
        if precision == "float64":
            body.append([row["simulator"], method, row["N = 1,000"], row["rms error, mV"]])
    return lines(["simulator", "method", "us per step", "rms error, mV"], body, 2)


def as_measured(name: str, table: int, words: int = 0, folder: Path = FOLDER) -> Callable[[], str]:
    """Return a function that returns a table as it is; its first columns may have words."""

    def text() -> str:
        found = rows(name, table, folder)
        columns = list(dict.fromkeys(column for row in found for column in row))
        body = [[row.get(column) for column in columns] for row in found]
        return lines(columns, body, len(columns) - words)

    return text


TABLES: Mapping[str, Callable[[], str]] = {
    "cables in space": as_measured("with_cables", 0, folder=VALIDATION),
    "cables in time": as_measured("with_cables", 2, folder=VALIDATION),
    "pair of dendrites": as_measured("on_dendrites", 0, words=2),
    "ring of dendrites": as_measured("on_dendrites", 1, words=2),
    "layouts": layouts,
    "peers": peers,
    "step": step,
    "costs": costs,
    "worm costs": worm_costs,
    "worm errors": worm_errors,
    "worm times": worm_times,
}
PLACE = re.compile(r"<!-- from: ([\w ]+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """Return a page with its tables as they were measured."""
    return PLACE.sub(
        lambda found: f"<!-- from: {found[1]} -->\n\n{TABLES[found[1]]()}\n\n<!-- end -->", text
    )


def main() -> None:
    """Write the pages."""
    for page in map(ROOT.joinpath, PAGES):
        text = filled(page.read_text(encoding="utf-8"))
        with written_whole(page.parent, [page.name]) as (path,):
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
