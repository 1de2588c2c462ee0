"""Make a page of Markdown from the JSON files of a run.

``python benchmarks/page.py`` makes ``docs/benchmarks.md`` from ``docs/benchmarks/*.json``, and
``python benchmarks/page.py docs/validation`` the page of validation.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

import figures
import summary
from summary import Report
from tables import Table

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
NEEDED = ("name", "question", "about", "date", "seconds", "load", "quick")
NEEDED += ("machine", "versions", "tables")
# What tells machines apart.
IDENTITY = ("processor", "cores", "memory", "accelerators", "system")
BENCHMARKS = """\
# Benchmarks

How fast the library is, compared with the junctions of `brainpy.state` and with other simulators.
Times are those of the machines named below; ratios of times are more likely to hold on another
machine. [benchmarks/README.md]({readme}) says how to run the benchmarks, what they measure, and
what they do not. `python benchmarks/page.py` makes this page, including its sentences and pictures,
from the JSON files that `make bench` writes.
"""
VALIDATION = """\
# Validation

How near the results of the library are to closed forms, to other simulators and to publications.
Where there is a difference, its reason stands beside it.
`python benchmarks/page.py docs/validation` makes this page, including its sentences and pictures,
from the JSON files that `make validate` writes. The other simulators run in environments of their
own; one that is not installed is named.
"""
INTRODUCTIONS = {"validation": VALIDATION}
TERMS = {
    "benchmarks": """\
In the tables N is the number of cells and K the mean number of junctions per cell. A *layout* is
the way in which the library keeps a network in memory. *Speed-up* is the time with the junctions of
`brainpy.state` over the time with ours.
""",
    "validation": """\
The *order* of a method says how fast its error shrinks with the time step: a method of order 2 has
a quarter of the error at half the step. The orders in the tables are those between the two smallest
steps. Names in code are ours: first the solver of the neurons (`exp_euler`, `staggered`, `rk4`),
then the coupling mode (`stage`, `implicit`).
""",
}
SENTENCES = {"validation": summary.validation}


def render(
    reports: Sequence[Report],
    readme: str = "../benchmarks/README.md",
    name: str = "benchmarks",
    shown: Sequence[figures.Picture] = (),
) -> str:
    """Return the page: what was found, pictures, machines, then the tables, folded.

    Parameters
    ----------
    reports : sequence of dict
        Those of a run, or of several on different machines.
    readme : str
        Where the page finds the explanation of the benchmarks.
    name : str
        Which page: ``'benchmarks'`` or ``'validation'``.
    shown : sequence of Picture
        The pictures that were drawn beside the page, in ``images``.
    """
    places = machines(reports)
    first = newest(reports)
    parts = [INTRODUCTIONS.get(name, BENCHMARKS).format(readme=readme)]
    if found := SENTENCES.get(name, summary.benchmarks)(first):
        parts.append("## In short\n\n" + "\n".join(f"- {text}" for text in found) + "\n")
    for picture in shown:
        parts.append(f"![{_plain(picture.caption)}](images/{name}_{picture.name}.svg)\n")
        parts.append(f"{picture.caption}\n")
    parts.append(f"## Machines\n\n{_machines(places)}\n")
    parts.append(f"## All results\n\n{TERMS.get(name, TERMS['benchmarks'])}")
    letters = {id(report): letter for letter, own in places.items() for report in own}
    for question in dict.fromkeys(r["question"] for r in sorted(reports, key=lambda r: r["name"])):
        same = [r for r in reports if r["question"] == question]
        same.sort(key=lambda r: letters[id(r)])
        parts.append(_section(same, [letters[id(r)] for r in same]))
    return "\n".join(parts)


def machines(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """Return the reports of each machine, by a letter; A is the machine with the most."""
    found: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda report: report["name"]):
        machine = {key: report["machine"][key] for key in IDENTITY}
        found.setdefault(json.dumps(machine), []).append(report)
    ordered = sorted(found.values(), key=lambda own: -len(own))
    return dict(zip(string.ascii_uppercase, ordered, strict=False))


def newest(reports: Sequence[Report]) -> dict[str, Report]:
    """Return one report for each benchmark by its name: of several machines', the newest."""
    return {report["name"]: report for report in sorted(reports, key=lambda r: r["date"])}


def read(folder: Path) -> list[Report]:
    """Return the reports in a folder.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If a file is no report.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise FileNotFoundError(f"{folder} has no JSON file of a benchmark")
    reports = []
    for path in paths:
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is no report of a benchmark: {error}") from error
        if missing := [key for key in NEEDED if key not in report]:
            raise ValueError(f"{path} is no report of a benchmark: it has no {', '.join(missing)}")
        reports.append(report)
    return reports


def write(folder: Path, output: Path) -> None:
    """Make the page of a folder's reports and its pictures, whole or not at all."""
    readme = os.path.relpath(Path(__file__).with_name("README.md"), output.parent)
    reports = read(folder)
    kind = folder.name if folder.name in TERMS else "benchmarks"
    drawn = figures.draw(kind, newest(reports), output.parent / "images")
    text = render(reports, Path(readme).as_posix(), kind, drawn)
    partial = output.with_name(f"{output.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def _machines(places: Mapping[str, Sequence[Report]]) -> str:
    """Return the table of machines, which stand side by side."""
    facts: dict[str, dict[str, str]] = {}
    for letter, own in places.items():
        for report in own:
            for name, value in _facts(report).items():
                values = facts.setdefault(name, {}).setdefault(letter, "").split("; ")
                if value not in values:
                    values = [*filter(None, values), value]
                facts[name][letter] = "; ".join(sorted(values) if name == "measured on" else values)
    rows = [
        {"": name} | {letter: values.get(letter) for letter in places}
        for name, values in facts.items()
    ]
    return Table("", rows).markdown().partition("\n\n")[2]


def _facts(report: Report) -> dict[str, str]:
    """Return what is to be known of the machine and the programs of a report."""
    machine = report["machine"]
    facts = {
        "processor": f"{machine['processor']}, {machine['cores']} cores",
        "memory": machine["memory"],
        "accelerators": machine["accelerators"],
        "system": machine["system"],
        "compiled code": machine.get("accelerator", ""),
        "XLA_FLAGS": f"`{machine['XLA_FLAGS']}`" if machine.get("XLA_FLAGS") else "",
        "measured on": report["date"],
    }
    # The commits differ from report to report, and stand with the tables.
    version = report["versions"]["gapjunction"].partition(" at ")[0]
    facts |= {**report["versions"], "gapjunction": version}
    return {name: value for name, value in facts.items() if value}


def _section(same: Sequence[Report], letters: Sequence[str]) -> str:
    first = same[0]
    parts = [f"### {first['question']}", first["about"].strip().replace("``", "`")]
    parts += [f"- {text}" for text in summary.remarks(first)]
    for report, letter in zip(same, letters, strict=True):
        when = f"Measured on machine {letter} on {report['date']} in {report['seconds']:g} s"
        if report["load"] is not None:
            when += f", load average before it {report['load']:g}"
        when += f"; gapjunction {report['versions']['gapjunction']}."
        parts.append(when + (" A quick run: its numbers are rough." if report["quick"] else ""))
        parts += [_folded(Table(**table), letter) for table in report["tables"]]
    return "\n\n".join(parts) + "\n"


def _folded(table: Table, letter: str) -> str:
    """Return a table that a click unfolds, on the site and on a code host."""
    title, _, body = table.markdown().partition("\n\n")
    summary_line = f"{html.escape(title.strip('*'), quote=False)} (machine {letter})"
    return f"<details>\n<summary>{summary_line}</summary>\n\n{body}\n\n</details>"


def _plain(caption: str) -> str:
    """Return the first sentence of a caption without marks, for who cannot see the picture."""
    return caption.partition(". ")[0].rstrip(".").replace("`", "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--output", type=Path, help="default: beside the folder, named after it")
    options = parser.parse_args()
    write(options.folder, options.output or options.folder.with_suffix(".md"))
