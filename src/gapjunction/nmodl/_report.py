"""What was imported from a file, what was approximated and what was left out."""

from __future__ import annotations

import dataclasses
import textwrap


@dataclasses.dataclass(frozen=True)
class Report:
    """How a file was read.

    Parameters
    ----------
    file : str
        Its name.
    name : str
        The name of the class.
    form : str
        The kind of channel: "Channel", "GHKChannel" or "Mechanism".
    imported, approximated, left_out : tuple of str
        What was imported unchanged; what was replaced by an approximation, or chosen where the file
        does not say it; what has no effect in the class.

    Examples
    --------
    >>> from gapjunction.nmodl import Report
    >>> print(Report("leak.mod", "leak", "Channel", ("current i: nonspecific",)))
    leak of leak.mod, a Channel
      imported      current i: nonspecific
      approximated  nothing
      left out      nothing
    """

    __module__ = "gapjunction.nmodl"

    file: str
    name: str
    form: str
    imported: tuple[str, ...] = ()
    approximated: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.name} of {self.file}, a {self.form}"]
        parts = {
            "imported": self.imported,
            "approximated": self.approximated,
            "left out": self.left_out,
        }
        for key, texts in parts.items():
            for number, text in enumerate(texts or ("nothing",)):
                first = f"  {'' if number else key:<14}"
                lines += textwrap.wrap(text, 100, initial_indent=first, subsequent_indent=" " * 18)
        return "\n".join(lines)
