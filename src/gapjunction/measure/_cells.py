"""Cells of several populations, by one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gapjunction._checks import check_choice, check_int


def cell_id(name: str, value: Any, populations: Mapping[str, slice], n_cells: int) -> int:
    """Return the flat id of a cell, given as that or as ``(population, id)``."""
    first, last = 0, n_cells
    if isinstance(value, tuple) and len(value) == 2:
        where = populations[check_choice(f"{name}[0]", value[0], populations)]
        first, last, value = where.start, where.stop, value[1]
    found = check_int(name, value)
    if found >= last - first:
        raise ValueError(f"{name} must be a cell's id below {last - first}, got {value!r}.")
    return first + found
