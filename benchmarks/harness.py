"""What every benchmark is made of: paired timing, and a result that is a table and a JSON file.

A benchmark is a script in this folder with a ``QUESTION``, a docstring that says what is measured,
and ``measure(options) -> [Table, ...]``; it ends with ``harness.main(QUESTION, __doc__, measure)``.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import gc
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

import machine
from gapjunction.demo.files import check_writable, written_whole
from tables import Table, plain

RESULTS = Path("results/bench")


@dataclasses.dataclass(frozen=True)
class Paired:
    """Seconds per call of several functions, taken in turn.

    Parameters
    ----------
    seconds : dict of str to list of float
        By name; the k-th of each belong together.
    """

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        """Return the median seconds per call."""
        return statistics.median(self.seconds[name])

    def speedup(self, name: str, over: str | None = None) -> float:
        """Return how many times faster it is than another, or than the first.

        The median of the ratios within each round: what slows the machine for a while slows both.
        """
        return statistics.median(self._ratios(name, over))

    def spread(self, name: str, over: str | None = None) -> tuple[float, float]:
        """Return the quartiles of those ratios."""
        ratios = self._ratios(name, over)
        if len(ratios) == 1:
            return ratios[0], ratios[0]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, high

    def _ratios(self, name: str, over: str | None) -> list[float]:
        base = self.seconds[next(iter(self.seconds)) if over is None else over]
        return [b / own for b, own in zip(base, self.seconds[name], strict=True)]


def paired(
    functions: Mapping[str, Callable[[], Any]],
    *,
    rounds: int = 15,
    sample: float = 0.1,
    clock: Callable[[], float] = time.perf_counter,
) -> Paired:
    """Time functions against each other, in one process: A B A B ...

    Each is called until it is warm, then in every round so many times that a sample lasts
    ``sample`` seconds. Each call waits for its result, so the time includes that of the dispatch;
    what is shorter than that belongs in a loop inside the function.

    Parameters
    ----------
    functions : mapping of str to callable
        Without arguments; what they return is waited for. The first is what others are compared to.
    rounds : int
    sample : float
        Seconds.
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> times = paired({"sum": lambda: sum(range(999)), "max": lambda: max(range(999))}, rounds=3)
    >>> times.median("sum") > 0
    True
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")

    def timed(function: Callable[[], Any], repeats: int) -> float:
        start = clock()
        for _ in range(repeats):
            jax.block_until_ready(function())
        return clock() - start

    repeats = {name: _repeats(function, timed, sample) for name, function in functions.items()}
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    with _no_collection():
        for _ in range(rounds):
            for name, function in functions.items():
                seconds[name].append(timed(function, repeats[name]) / repeats[name])
    return Paired(seconds)


def _repeats(
    function: Callable[[], Any], timed: Callable[[Callable[[], Any], int], float], sample: float
) -> int:
    """Warm a function up, and return how many calls last as long as a sample."""
    timed(function, 1)
    timed(function, 1)
    repeats = 1
    # Again with more calls until they last long enough to tell.
    while (taken := timed(function, repeats)) < sample / 4 and repeats < 1_000_000:
        repeats *= 4
    return max(1, math.ceil(repeats * sample / max(taken, 1e-9)))


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def main(
    question: str,
    about: str | None,
    measure: Callable[[argparse.Namespace], Sequence[Table]],
    add_options: Callable[[argparse.ArgumentParser], None] | None = None,
    arguments: Sequence[str] | None = None,
) -> None:
    """Run a benchmark from the command line: print its tables, and write its JSON file.

    Parameters
    ----------
    question : str
    about : str
        What is measured, and how: the script's docstring.
    measure : callable
        Called with the options: ``quick``, and ``timing``, keyword arguments for :func:`paired`.
    add_options : callable, optional
        Adds options of the script's own to a parser.
    arguments : sequence of str, optional
        Instead of those of the command line.
    """
    script = Path(sys.modules[measure.__module__].__file__ or "")
    parser = argparse.ArgumentParser(description=f"{question} {about}")
    parser.add_argument("--quick", action="store_true", help="small and rough: does it run at all")
    parser.add_argument("--output", type=Path, default=RESULTS, help=f"folder, default {RESULTS}")
    if add_options is not None:
        add_options(parser)
    options = parser.parse_args(arguments)
    options.timing = {"rounds": 3, "sample": 0.01} if options.quick else {}
    name = f"{script.stem}.json"
    check_writable(options.output, [name])
    start, load = time.perf_counter(), machine.load()
    tables = measure(options)
    report = {
        "name": script.stem,
        "question": question,
        "about": about or "",
        "date": datetime.date.today().isoformat(),
        "quick": options.quick,
        "seconds": round(time.perf_counter() - start, 1),
        "load": load,
        **machine.facts(),
        "tables": [dataclasses.asdict(table) for table in tables],
    }
    print(f"## {question}\n")
    for table in tables:
        print(table.markdown(), end="\n\n")
    write(report, options.output)
    print(f"{options.output / name}, after {report['seconds']:g} s")


def write(report: Mapping[str, Any], folder: Path) -> None:
    """Write a report as ``folder/name.json``, whole or not at all."""
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
    with written_whole(folder, [f"{report['name']}.json"]) as (path,):
        path.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if (number := plain(value)) is not value:
        return number
    raise TypeError(f"a table's cell must be a number, text, bool or None, got {value!r}")
