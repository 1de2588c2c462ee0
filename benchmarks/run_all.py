"""Run every benchmark, each in a process of its own, one after another.

A benchmark is a script of this folder with a ``QUESTION``. One that fails is named at the end, and
does not keep the others from running.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import page

HERE = Path(__file__).parent
RESULTS = Path("results/bench")


def constants(script: Path) -> dict[str, object]:
    """Return the literals that a script assigns to names of capitals, without importing it."""
    found = {}
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            name, value = node.target.id, node.value
        else:
            continue
        if name.isupper():
            try:
                found[name] = ast.literal_eval(value)
            except ValueError:
                continue
    return found


def benchmarks(folder: Path = HERE) -> list[Path]:
    """Return the scripts with a question, by name."""
    return [script for script in sorted(folder.glob("*.py")) if "QUESTION" in constants(script)]


def main(arguments: Sequence[str] | None = None, folder: Path = HERE) -> int:
    """Run them, and return the number of those that failed."""
    scripts = {script.stem: script for script in benchmarks(folder)}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough: do they run at all")
    parser.add_argument("--output", type=Path, default=RESULTS, help=f"folder, default {RESULTS}")
    parser.add_argument("--only", nargs="+", choices=scripts, metavar="NAME", default=list(scripts))
    options = parser.parse_args(arguments)
    failed = []
    for name in options.only:
        print(f"=== {name}", flush=True)
        start = time.perf_counter()
        command = [sys.executable, str(scripts[name]), "--output", str(options.output)]
        code = subprocess.run(command + ["--quick"] * options.quick).returncode
        if code:
            failed.append(f"{name} (exit status {code})")
        print(f"=== {name}: {'failed' if code else 'done'}, {time.perf_counter() - start:.0f} s")
    if any(options.output.glob("*.json")):
        made = options.output.with_suffix(".md")
        page.write(options.output, made)
        print(f"=== {made}")
    if failed:
        print(f"=== failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(bool(main()))
