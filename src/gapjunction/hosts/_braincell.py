"""Whether the braincell that is installed has multi-compartment cells that junctions can couple."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

# The first version whose cells have views of places, and geometry that can be read.
_NEEDED: Final = "0.2.0"


def cell_class() -> type | None:
    """Return the class of braincell's multi-compartment cells, if braincell is loaded."""
    # There is no need to import it: a cell exists only where it has been imported.
    return getattr(sys.modules.get("braincell"), "Cell", None)


def is_cell(host: object) -> bool:
    """Return whether a population consists of multi-compartment cells of braincell."""
    kind = cell_class()
    return kind is not None and isinstance(host, kind)


def is_view(host: object) -> bool:
    """Return whether something is braincell's view of cells, a selection that only names places."""
    kind = getattr(sys.modules.get("braincell"), "CellView", None)
    return kind is not None and isinstance(host, kind)


def too_old() -> str:
    """Return the end of a message that braincell is too old; it is empty if it is new enough."""
    braincell = importlib.import_module("braincell")
    if getattr(braincell, "CellView", None) is not None:
        return ""
    found = getattr(braincell, "__version__", "an older version")
    return (
        f"which needs braincell {_NEEDED} or newer, whose cells have places that can be named "
        f"({found} is installed)"
    )


def load(name: str) -> Any:
    """Return the package braincell; raise an error if its cells are too old for junctions."""
    if why := too_old():
        raise ImportError(f"{name} takes multi-compartment cells, {why}.")
    return importlib.import_module("braincell")
