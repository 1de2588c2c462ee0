"""The command line: ``gapjunction`` and ``python -m gapjunction``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NoReturn

from gapjunction.cli import _channels as channels
from gapjunction.cli import _import as import_
from gapjunction.cli import _scale as scale
from gapjunction.demo import command as demo


class _Parser(argparse.ArgumentParser):
    """A parser whose error messages are one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        0 if all went well. Bad options end the process with status 2, failures with status 1, and
        one line on stderr.
    """
    parser = _Parser(
        prog="gapjunction",
        description="Gap junctions and ion channels for models written with brainpy.state.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('gapjunction')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    channels.add_parser(commands)
    import_.add_parser(commands)
    demo.add_parser(commands)
    scale.add_parser(commands)
    args = parser.parse_args(argv)
    try:
        return args.run(args)
    except KeyboardInterrupt as error:
        # A run with checkpoints says how far it is.
        told = str(error) or "interrupted; nothing was written"
        print(f"{parser.prog}: {told}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The program that reads the output has closed it, as ``head`` does. This is not an error.
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        parser.exit(1, f"{parser.prog}: error: {error}\n")


def _drop_output() -> None:
    """Discard output that is still buffered, which Python would try to write once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
