"""Turns the ids of files into names of Python."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from typing import Final

from gapjunction.ion_channels import Channel, GHKChannel

# Names that a declaration or its functions use for something else.
_TAKEN: Final = frozenset(
    (
        *dir(Channel),
        *dir(GHKChannel),
        *("V", "u", "Ca", "in_size", "out_size", "open_fraction", "counts"),
        *("before_updates", "after_updates"),
    )
)


def class_name(text: str) -> str:
    """Return an id as the name of a class."""
    name = re.sub(r"\W", "_", text[:100], flags=re.ASCII) or "Channel"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def part_name(text: str, others: Collection[str]) -> str:
    """Return an id as the name of a gate, different from all other names."""
    name = re.sub(r"\W", "_", text[:100], flags=re.ASCII).lstrip("_") or "gate"
    if name[0].isdigit():
        name = f"gate_{name}"
    if name in _TAKEN or keyword.iskeyword(name) or name.startswith("E_") or name.endswith("_out"):
        name = f"gate_{name}_"
    own, number = name, 2
    while own in others:
        own, number = f"{name}_{number}", number + 1
    return own
