"""How a junction's current enters the step of its populations."""

from __future__ import annotations

from typing import Final

from gapjunction._checks import check_choice

COUPLINGS: Final[tuple[str, ...]] = ("step", "stage")


def check_coupling(coupling: str) -> str:
    """Return ``coupling`` if it names a coupling mode."""
    return check_choice("coupling", coupling, COUPLINGS)
