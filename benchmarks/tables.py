"""Tables of results, and how they look in Markdown."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MISSING = "–"


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of a result.

    Parameters
    ----------
    title : str
        What it shows, units included.
    rows : sequence of mapping
        From column to number, text, bool, or None for what there is not. A column that a row does
        not have is missing in it.
    notes : sequence of str
        What a reader must know to read it.
    """

    title: str
    rows: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Return it as Markdown, under its title."""
        columns = list(dict.fromkeys(column for row in self.rows for column in row))
        values = [[plain(row.get(column)) for column in columns] for row in self.rows]
        rules = [
            "---" if any(isinstance(value, str) for value in column) else "---:"
            for column in zip(*values, strict=True)
        ]
        lines = [columns, rules, *(map(as_text, row) for row in values)]
        parts = [f"**{self.title}**"]
        if columns:
            parts.append(grid(lines))
        parts += [f"- {note}" for note in self.notes]
        return "\n\n".join(parts[:2]) + ("\n\n" + "\n".join(parts[2:]) if parts[2:] else "")


def grid(lines: Iterable[Iterable[str]]) -> str:
    """Return lines of cells as a table of Markdown; the second line has the rules."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(value: Any) -> Any:
    """Return a scalar of NumPy or JAX as a number, and all else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def as_text(value: Any) -> str:
    """Return a value for a reader: floats to three digits.

    Examples
    --------
    >>> [as_text(value) for value in (0.012345, 12345.6, 7, True, None, "a|b")]
    ['0.0123', '12,346', '7', 'yes', '–', 'a\\\\|b']
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if abs(value) >= 100:
            return f"{value:,.0f}"
        return f"{value:#.3g}".rstrip(".")
    return str(value).replace("|", "\\|")
