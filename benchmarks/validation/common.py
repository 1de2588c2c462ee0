"""What the scripts of this folder share: where the rest is, and how errors are shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
# Behind all else: nothing installed is to be hidden by a script's name.
sys.path += [str(ROOT / "benchmarks"), str(ROOT / "examples")]


def number(value: float) -> float | str:
    """Return an error as a table has it."""
    return float(value) if np.isfinite(value) and value < 1e6 else "diverges"


def by_step(
    found: Mapping[tuple[str, float], float], first: str = "method"
) -> list[dict[str, Any]]:
    """Return rows by method, with a column for each time step, and the order that is seen."""
    rows = []
    for title in dict.fromkeys(title for title, _ in found):
        errors = {dt: error for (name, dt), error in found.items() if name == title}
        row: dict[str, Any] = {first: title}
        row |= {f"{dt:g} ms": number(error) for dt, error in errors.items()}
        (a, b) = sorted(errors)[:2]
        if np.isfinite(errors[a]) and 0 < errors[a] < errors[b]:
            row["order"] = round(float(np.log(errors[b] / errors[a]) / np.log(b / a)), 2)
        rows.append(row)
    return rows
