"""What a compiled program exchanges between devices, counted in its text."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Protocol

_OPERATIONS: Final = (
    "collective-permute",
    "all-gather",
    "all-reduce",
    "all-to-all",
    "reduce-scatter",
)
# Matches the result and the name of an operation. XLA splits operations on GPUs into a start and an
# end ("-done"). The end is counted, because the result of the start may contain its operands, too.
_LINE: Final = re.compile(rf"= (.+?) ({'|'.join(_OPERATIONS)})(?:-done)?\(")
_ARRAY: Final = re.compile(r"\b(?:[a-z]+)(\d+)?(?:e\d\w*)?\[([\d,]*)\]")
# Truth values ("pred") have no number of bits in their name, and take a byte each.
_PRED: Final = 8


class Compiled(Protocol):
    """A compiled program, as ``jax.jit(f).lower(...).compile()`` returns it."""

    def as_text(self) -> str | None:
        """Return the program as text."""


class Collective(NamedTuple):
    """How often an operation occurs in a program, and the bytes of its results on one device."""

    number: int
    bytes: int


def collectives(compiled: Compiled | str) -> dict[str, Collective]:
    """Count the exchanges between devices in a compiled program.

    An operation in a loop counts once. For a program that is a loop over time steps, the count is
    that of one step, with one iteration of each implicit solution. The result of an ``all-gather``
    includes the device's own part.

    Parameters
    ----------
    compiled : compiled program, or str
        What ``jax.jit(f).lower(...).compile()`` returns, or its text in the language HLO.

    Returns
    -------
    dict of str to Collective
        ``number`` and ``bytes`` of each operation that occurs, by its name.

    Examples
    --------
    >>> from gapjunction.sharding import collectives
    >>> collectives("x = f32[2,3]{1,0} collective-permute(f32[2,3]{1,0} y), channel_id=1")
    {'collective-permute': Collective(number=1, bytes=24)}
    """
    text = compiled if isinstance(compiled, str) else compiled.as_text() or ""
    found: dict[str, Collective] = {}
    for result, name in _LINE.findall(text):
        before = found.get(name, Collective(0, 0))
        found[name] = Collective(before.number + 1, before.bytes + _bytes(result))
    return found


def _bytes(result: str) -> int:
    total = 0
    for bits, shape in _ARRAY.findall(result):
        size = int(bits) if bits else _PRED
        for length in filter(None, shape.split(",")):
            size *= int(length)
        total += size // 8
    return total
