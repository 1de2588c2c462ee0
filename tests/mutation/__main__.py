"""Run the tests on the source with one fault at a time: ``python -m tests.mutation --help``."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .mutants import MUTANTS, Mutant
from .reach import Reach

ROOT = Path(__file__).parents[2]
PYTEST = (
    *("-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no"),
    *("-m", "not slow", "--hypothesis-seed=0"),
)
# Pytest's exit status: all passed, some failed, stopped by an error at collection, no such test,
# none selected.
PASSED, FAILED, STOPPED, UNKNOWN, NONE = 0, 1, 2, 4, 5
LATE = -1


class Found(NamedTuple):
    """What became of a mutant."""

    word: str
    by: str
    seconds: float


class Run:
    """Pytest on a copy of the source.

    Parameters
    ----------
    source : Path
        The folder that holds ``gapjunction``.
    checkout : Path
        Where ``tests`` and ``pyproject.toml`` are.
    limit : float
        Seconds for each mutant.
    """

    def __init__(self, source: Path, checkout: Path, limit: float) -> None:
        self.source, self.checkout, self.limit = source, checkout, limit
        self.reach = Reach(source / "gapjunction", checkout / "tests")
        self._in_time: dict[tuple[Path, ...], bool] = {}

    def mutant(self, mutant: Mutant, first: str = "") -> Found:
        """Run the tests that can reach a mutant until one fails, beginning with ``first``."""
        begin, left = time.monotonic(), self.limit
        with tempfile.TemporaryDirectory() as folder:
            copy = self._copy(folder)
            mutant.apply(copy / "gapjunction")
            near, far = self.reach.near(mutant.file), self.reach.far(mutant.file)
            for tests in ([first] if first else [], near, far):
                status, by = self._pytest(copy, tests, left)
                if status == UNKNOWN and tests != [first]:
                    raise RuntimeError(f"pytest does not find the tests of {mutant.file}")
                # Slow tests are no evidence: the same ones must be known to end without the fault.
                if status == LATE and not self._ends_in_time(tests):
                    return Found("undecided", by, time.monotonic() - begin)
                if status in (FAILED, STOPPED, LATE):
                    return Found("killed", by, time.monotonic() - begin)
                left = self.limit - (time.monotonic() - begin)
        return Found("survived", "", time.monotonic() - begin)

    def passes(self, tests: Sequence[Path | str], *options: str) -> tuple[bool, str]:
        """Return whether tests pass on the source as it is, and the first that does not."""
        with tempfile.TemporaryDirectory() as folder:
            status, by = self._pytest(self._copy(folder), tests, None, *options)
            return status == PASSED, by

    def _ends_in_time(self, tests: Sequence[Path]) -> bool:
        key = tuple(tests)
        if key not in self._in_time:
            with tempfile.TemporaryDirectory() as folder:
                status, _ = self._pytest(self._copy(folder), tests, self.limit)
            self._in_time[key] = status == PASSED
        return self._in_time[key]

    def _copy(self, folder: str) -> Path:
        place = Path(folder).resolve() / "src"
        shutil.copytree(self.source, place, ignore=shutil.ignore_patterns("__pycache__"))
        return place

    def _pytest(
        self, copy: Path, tests: Sequence[Path | str], limit: float | None, *options: str
    ) -> tuple[int, str]:
        """Return the status, and the first test that failed."""
        if not tests:
            return NONE, ""
        environment = {
            **os.environ,
            "PYTHONPATH": str(copy),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": "Agg",
            # Examples that failed for one mutant must not be tried first on the next.
            "HYPOTHESIS_STORAGE_DIRECTORY": str(copy.parent / "hypothesis"),
        }
        # Doctests are those of the copy.
        names = [
            re.sub(f"^(src|{re.escape(str(self.source))})/", f"{copy}/", str(t)) for t in tests
        ]
        process = subprocess.Popen(
            # Settings are those of the checkout; names are whole paths, as doctests lie elsewhere.
            [
                *(sys.executable, *PYTEST, *options),
                *("-c", self.checkout / "pyproject.toml", "--rootdir", "/", *names),
            ],
            cwd=self.checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            return LATE, "no end in time"
        finally:
            if process.poll() is None:
                # Tests start processes of their own.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode not in (PASSED, FAILED, STOPPED, UNKNOWN, NONE):
            raise RuntimeError(f"pytest could not run:\n{output}")
        found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output, re.MULTILINE)
        # Pytest shows names from where it was started.
        name = os.path.normpath(self.checkout / found[1]) if found else ""
        for folder in (copy.parent, self.checkout):
            name = name.removeprefix(f"{folder}/")
        return process.returncode, name


def main() -> int:
    """Print what became of each mutant, and return the number that was not killed."""
    asked = _arguments()
    source, checkout = asked.src.resolve(), asked.tests_root.resolve()
    chosen = [m for m in MUTANTS if asked.only in str(m)]
    for mutant in chosen:
        mutant.check(source / "gapjunction")
    run, killers, counts = Run(source, checkout, asked.limit), [], {}
    # An error at collection would kill every mutant.
    every = {p: 0 for m in chosen for p in (*run.reach.near(m.file), *run.reach.far(m.file))}
    collected, by = run.passes(list(every), "--collect-only")
    if not collected:
        raise RuntimeError(f"{by} cannot be collected, without any mutant")
    before = asked.first.read_text() if asked.first else ""
    for mutant in chosen:
        killer = re.search(re.escape(f"  {mutant}\n") + r" +by (\S+\.py::.*)", before)
        found = run.mutant(mutant, killer[1] if killer else "")
        print(f"{found.word:<10}{found.seconds:5.0f} s  {mutant}", flush=True)
        if found.word == "killed":
            killers.append(found.by)
            print(f"{'':20}by {found.by}", flush=True)
        counts[found.word] = counts.get(found.word, 0) + 1
    total = ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
    print(f"{len(chosen)} mutants: {total}", flush=True)
    # A test that fails on the source as it is would kill every mutant.
    tests = [name for name in dict.fromkeys(killers) if ".py" in name]
    sound, by = run.passes(tests) if tests else (True, "")
    print("what killed them passes without them" if sound else f"but {by} fails without any mutant")
    return 0 if sound and counts.get("killed", 0) == len(chosen) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--src", type=Path, default=ROOT / "src", help="holds gapjunction")
    parser.add_argument(
        "--tests-root", type=Path, default=ROOT, help="the checkout whose tests are run"
    )
    parser.add_argument("--only", default="", help="mutants whose line in the output contains this")
    parser.add_argument("--limit", type=float, default=720, help="seconds for each mutant")
    parser.add_argument(
        "--first", type=Path, help="output of a run before: what killed then is tried first"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
