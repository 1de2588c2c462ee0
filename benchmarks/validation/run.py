"""Run every comparison, each in a process of its own, and make the page of their results.

``make validate`` does so; ``python benchmarks/validation/run.py --only with_nest`` runs one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import common  # noqa: F401, finds what follows

import run_all


def main() -> int:
    """Run, and return how many failed."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--output", type=Path, default=Path("results/validation"))
    options, others = parser.parse_known_args()
    return run_all.main([*others, "--output", str(options.output)], Path(__file__).parent)


if __name__ == "__main__":
    sys.exit(bool(main()))
