"""``gapjunction scale``: count what devices would send each other at each step."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import Any, Final

import numpy as np

from gapjunction.connectivity import Edges, from_table, partition, random_blocks
from gapjunction.sharding import exchange

# The numbers of devices that are listed by default.
_DEVICES: Final = (2, 8, 64)
_ORDERS: Final = ("given", "metis", "cuthill_mckee")
# With --space, cells are coupled within blocks of about this many cells, and to neighbouring
# blocks.
_BLOCK: Final = 64


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``scale`` to the commands of an argument parser."""
    parser = commands.add_parser(
        "scale",
        help="count what devices would send each other at each step of a network",
        description="Count what devices would send each other in one product of a network with "
        "its voltages. The network is read from a table of edges, or made. Needs no devices.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="FILE", help="a CSV file with two cells in each row")
    add("--cells", type=int, default=10_240, help="without FILE: number of cells")
    add(
        "--degree",
        type=float,
        default=20.0,
        help="without FILE: mean number of junctions of a cell",
    )
    add("--space", action="store_true", help="without FILE: couple only cells with near ids")
    add("--devices", type=int, nargs="+", default=_DEVICES, metavar="N", help="numbers of devices")
    add(
        "--order",
        choices=_ORDERS,
        default="given",
        help="order of the cells: as given, or by gapjunction.connectivity.partition",
    )
    parser.set_defaults(run=functools.partial(run, parser=parser))


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; return the exit status."""
    try:
        edges = _edges(args)
        rows = [_row(edges, n, args.order) for n in args.devices]
    except (ImportError, ValueError) as error:
        parser.error(str(error))
    print(f"{edges.n_cells} cells, {edges.n_edges} edges; float32, one product with the voltages")
    heads = ("devices", "cut", "method", "rounds", "received", "of all-gather", "entries")
    sizes = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(cell.rjust(size) for cell, size in zip(row, sizes, strict=True)))
    return 0


def _edges(args: argparse.Namespace) -> Edges:
    if args.file is not None:
        return from_table(args.file)
    blocks = max(args.cells // _BLOCK, 1) if args.space else 1
    if args.cells < 1:
        raise ValueError(f"--cells must be positive, got {args.cells}.")
    if args.cells % blocks:
        raise ValueError(f"--cells must be a multiple of {_BLOCK} with --space, got {args.cells}.")
    made = random_blocks(n_blocks=blocks, mean_degree=args.degree, reach=1 if args.space else None)
    return made(args.cells, args.cells)


def _row(edges: Edges, n: int, order: str) -> tuple[str, ...]:
    if n < 1:
        raise ValueError(f"--devices must be positive, got {n}.")
    # Devices have equally many cells, so cells without junctions are added, as in a model.
    more = -edges.n_cells % n
    if more:
        edges = Edges(edges.pre_ids, edges.post_ids, edges.n_cells + more)
    if order != "given":
        edges = partition(edges, n, method=order).edges
    found = exchange(edges, n)
    share = found.received / found.all_gather if found.all_gather else 0.0
    most = max(found.entries)
    entries = most / max(float(np.mean(found.entries)), 1.0)
    return (
        f"{n}",
        f"{100 * found.cut:.2f} %",
        found.method,
        f"{found.rounds}",
        f"{found.received} B",
        f"{100 * share:.2f} %",
        f"{most} ({entries:.2f} of mean)",
    )
