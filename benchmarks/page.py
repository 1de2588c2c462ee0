"""Make a page of Markdown from the JSON files of a run.

``python benchmarks/page.py`` makes ``docs/benchmarks.md`` from ``docs/benchmarks/*.json``, and
``python benchmarks/page.py docs/validation`` the page of validation.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tables import Table

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
NEEDED = ("name", "question", "about", "date", "seconds", "load", "quick")
NEEDED += ("machine", "versions", "tables")
BENCHMARKS = """\
# Benchmarks

`python benchmarks/page.py` makes this page from the JSON files that `make bench` writes.
[benchmarks/README.md]({readme}) says how to run the benchmarks, and what they measure and what
not. Times are those of one machine; ratios of times are more likely to hold on another machine.

In the tables N is the number of cells and K the mean number of junctions per cell. A *layout*
is the way in which the library keeps a network in memory. *Speed-up* is the time with the
junctions of `brainpy.state` over the time with ours.
"""
VALIDATION = """\
# Validation

This page compares numbers of this library with those of other simulators, with closed forms,
and with publications. Where there is a difference, it is shown together with its reason.

The *order* of a method says how fast its error shrinks with the time step: a method of order 2
has a quarter of the error at half the step. The orders in the tables are those between the two
smallest steps. Names in code are ours: first the solver of the neurons (`exp_euler`,
`staggered`, `rk4`), then the coupling mode (`stage`, `implicit`).

`python benchmarks/page.py docs/validation` makes this page from the JSON files that `make
validate` writes. The other simulators run in environments of their own; one that is not
installed is named.

![Errors shrink with the time step, here and in NEURON and NEST](images/validation.png)
"""
INTRODUCTIONS = {"validation": VALIDATION}


def render(
    reports: Sequence[dict[str, Any]],
    readme: str = "../benchmarks/README.md",
    introduction: str = BENCHMARKS,
) -> str:
    """Return the page: by machine, then by name."""
    parts = [introduction.format(readme=readme)]
    places: dict[str, list[dict[str, Any]]] = {}
    for report in sorted(reports, key=lambda report: report["name"]):
        places.setdefault(json.dumps([report["machine"], report["versions"]]), []).append(report)
    for together in places.values():
        first = together[0]
        parts.append(f"## On {_device(first['machine'])}\n\n{_facts(first)}\n")
        parts += [_section(report) for report in together]
    return "\n".join(parts)


def read(folder: Path) -> list[dict[str, Any]]:
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
    """Make the page of a folder's reports, whole or not at all."""
    readme = os.path.relpath(Path(__file__).with_name("README.md"), output.parent)
    introduction = INTRODUCTIONS.get(folder.name, BENCHMARKS)
    text = render(read(folder), Path(readme).as_posix(), introduction)
    partial = output.with_name(f"{output.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def _device(machine: dict[str, Any]) -> str:
    if machine["accelerators"] != "none":
        return machine["accelerators"]
    return f"{machine['processor']}, {machine['cores']} cores"


def _facts(report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = [
        f"- Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory']} of "
        f"memory, accelerators: {machine['accelerators']}; {machine['system']}",
        "- Versions: " + ", ".join(f"{name} {what}" for name, what in report["versions"].items()),
    ]
    if accelerator := machine.get("accelerator"):
        lines.append(f"- Accelerator: {accelerator}")
    if flags := machine.get("XLA_FLAGS"):
        lines.append(f"- XLA_FLAGS: `{flags}`")
    return "\n".join(lines)


def _section(report: dict[str, Any]) -> str:
    when = f"Measured on {report['date']} in {report['seconds']:g} s"
    if report["load"] is not None:
        when += f", load average before it {report['load']:g}"
    when += ". A quick run: its numbers are rough." if report["quick"] else "."
    parts = [f"### {report['question']}", report["about"].strip(), when]
    parts += [Table(**table).markdown() for table in report["tables"]]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--output", type=Path, help="default: beside the folder, named after it")
    options = parser.parse_args()
    write(options.folder, options.output or options.folder.with_suffix(".md"))
