"""``gapjunction import``: read channels from NMODL files, report, and compare."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import Any

from gapjunction import nmodl


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``import`` to the commands of an argument parser."""
    parser = commands.add_parser(
        "import",
        help="read ion channels from NMODL files, and report how they were read",
        description="Read ion channels from NMODL files (.mod). Prints what was imported, what was "
        "approximated and what was left out; writes nothing.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, .mod")
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare each with its own blocks in a voltage clamp",
    )
    parser.add_argument(
        "--neuron",
        action="store_true",
        help="compare each in a spiking cell with NEURON, which compiles and runs the file",
    )
    parser.set_defaults(run=functools.partial(run, parser=parser))


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; return 1 if a file is refused, or a comparison does not agree."""
    good = True
    for path in args.files:
        try:
            print(nmodl.read(path).report, flush=True)
            for simulator in [False] * args.check + [True] * args.neuron:
                compared = nmodl.check(path, simulator=simulator)
                print(compared, flush=True)
                good = good and compared.agrees
        except nmodl.NmodlError as error:
            print(f"{parser.prog}: error: {error}", file=sys.stderr, flush=True)
            good = False
    return 0 if good else 1
