"""``gapjunction channels``: search the catalogue of ion channels, show and draw channels."""

from __future__ import annotations

import argparse
import difflib
import functools
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from gapjunction.cli._text import card, table
from gapjunction.demo.files import check_writable, written_whole
from gapjunction.ion_channels import IonChannel, find
from gapjunction.ion_channels.catalogue import INDEX, NAMES, Entry

IONS: Final = ("Na", "K", "Ca", "Cl", "nonspecific")
SUFFIXES: Final = (".png", ".pdf", ".svg")

# Widths in columns if the output is not a terminal: of tables, which are then not wrapped, and of
# other text.
_UNLIMITED = 10_000
_WIDEST = 100
_N_HINTS = 3


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``channels`` to the commands of an argument parser."""
    parser = commands.add_parser(
        "channels",
        help="list, search, show and draw published ion channels",
        description="List the catalogue of published ion channels, or those that match; show what "
        "is known of one, or draw its card.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "text",
        nargs="*",
        metavar="TEXT",
        help="name of a channel, to show it; or words to look for in names, summaries, authors, "
        "species, preparations and keywords such as T-type, HCN, Cav3 or thalamus",
    )
    add("--ion", type=_ion, help=f"only channels that conduct this ion: {', '.join(IONS)}")
    add("--doi", help="only channels of the paper with this DOI, or a part of it")
    add(
        "--plot",
        type=_figure_file,
        metavar="FILE",
        help="draw the card of the named channel: steady states, time constants, currents; "
        f"{', '.join(SUFFIXES)}",
    )
    parser.set_defaults(run=functools.partial(run, parser=parser))


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; return the exit status."""
    text = " ".join(args.text)
    words = text.lower().split()
    matching = find(text, args.ion, args.doi)
    named = [channel for channel in matching if words == [channel.__name__.lower()]]
    if named and args.plot is not None:
        return _plot(named[0], args.plot, parser)
    if named:
        _print(card(named[0], _columns(_WIDEST)))
        return 0
    rows = [_row(NAMES[channel.__name__]) for channel in matching]
    if not rows:
        hint = _question(_near(words))
        parser.exit(1, f"{parser.prog}: error: no channel {_asked(args)}{hint}\n")
    if args.plot is not None:
        hint = _question([row[0] for row in rows[:_N_HINTS]] if words else [])
        parser.error(f"argument --plot: needs the name of one channel{hint}")
    _print(table(("name", "ion", "summary", "source"), rows, _columns(_UNLIMITED)))
    return 0


def _plot(channel: type[IonChannel], path: Path, parser: argparse.ArgumentParser) -> int:
    from gapjunction.plotting import channel_card

    try:
        figure = channel_card(channel)
        with written_whole(path.parent, [path.name]) as (partial,):
            figure.savefig(partial, dpi=150)
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    except OSError as error:
        parser.exit(1, f"{parser.prog}: error: cannot write the figure: {error}\n")
    _print(f"written  {path}")
    return 0


def _row(entry: Entry) -> tuple[str, str, str, str]:
    return entry.name, entry.ion, entry.summary, entry.source


def _asked(args: argparse.Namespace) -> str:
    """Return a text that says what was searched for."""
    parts = [f"matches {' '.join(args.text)!r}"] if args.text else []
    parts += [f"conducts {args.ion}"] if args.ion is not None else []
    parts += [f"has a DOI with {args.doi!r}"] if args.doi is not None else []
    return " and ".join(parts)


def _near(words: list[str]) -> list[str]:
    """Return names, and words of summaries and sources, with a similar spelling."""
    known = {}
    for row in map(_row, INDEX):
        parts = " ".join(row).replace(",", " ").replace(".", " ").split()
        parts += NAMES[row[0]].keywords.split("; ")
        known.update({part.lower(): part for part in parts if len(part) > 3})
        known[row[0].lower()] = row[0]
    near: list[str] = []
    for word in words:
        if word not in known:
            near += difflib.get_close_matches(word, known, n=_N_HINTS, cutoff=0.7)
    return list(dict.fromkeys(known[word] for word in near))[:_N_HINTS]


def _question(offers: list[str]) -> str:
    if not offers:
        return ""
    *others, last = offers
    return f". Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def _ion(text: str) -> str:
    found = [ion for ion in IONS if ion.lower() == text.lower()]
    if not found:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(IONS)}, got {text!r}")
    return found[0]


def _figure_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"must end in {', '.join(SUFFIXES)}, got {text!r}")
    if not path.parent.exists():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    try:
        check_writable(path.parent, [path.name])
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path


def _columns(most: int) -> int:
    """Return the terminal's width, but at most ``most``; in files and pipes it is ``most``."""
    return min(shutil.get_terminal_size((most, 24)).columns, most)


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)
