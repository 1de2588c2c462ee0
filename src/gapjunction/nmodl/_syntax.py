"""The syntax tree of a file."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A variable that is read."""

    name: str
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it applies to; of one operand, a sign or a negation."""

    operator: str
    operands: tuple[Expression, ...]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A call of a function or a procedure."""

    name: str
    arguments: tuple[Expression, ...]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Element:
    """An element of an array that is read."""

    name: str
    index: Expression
    line: int


Expression: TypeAlias = Number | Name | Operation | Call | Element


@dataclasses.dataclass(frozen=True, slots=True)
class Assign:
    """``name = value`` or ``name[index] = value``; with ``prime`` its time derivative."""

    name: str
    value: Expression
    line: int
    prime: bool = False
    index: Expression | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Local:
    """Names that exist in one block; those of arrays have a size."""

    names: tuple[str, ...]
    line: int
    sizes: tuple[tuple[str, int], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class If:
    """Two branches."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Loop:
    """``FROM name = first TO last BY step``."""

    name: str
    first: Expression
    last: Expression
    step: Expression
    body: tuple[Statement, ...]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Do:
    """A call that stands alone."""

    call: Call


@dataclasses.dataclass(frozen=True, slots=True)
class Solve:
    """``SOLVE block METHOD method``; ``steady`` for STEADYSTATE."""

    block: str
    method: str
    steady: bool
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Reaction:
    """``~ left <-> right (forward, backward)``: each side pairs of a number and a state.

    Without ``backward`` it goes one way; with ``inflow`` there is a flux into the state on the
    left.
    """

    left: tuple[tuple[int, str], ...]
    right: tuple[tuple[int, str], ...]
    forward: Expression
    backward: Expression | None
    inflow: bool
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Equation:
    """``~ left = right`` of a LINEAR block, or what a CONSERVE says."""

    left: Expression
    right: Expression
    conserve: bool
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A TABLE: the names that a simulator would interpolate."""

    names: tuple[str, ...]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """A statement that cannot be run, with the error message for when it is reached."""

    message: str
    line: int


Statement: TypeAlias = (
    Assign | Local | If | Loop | Do | Solve | Reaction | Equation | Table | Refused
)


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A block or routine of statements."""

    kind: str
    name: str
    arguments: tuple[str, ...]
    body: tuple[Statement, ...]
    line: int
    file: str


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity:
    """A name that is declared, with its value and its unit as text."""

    name: str
    value: float | None
    unit: str
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class UseIon:
    """An ion: what is read of it, what is written."""

    ion: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    valence: int | None
    line: int


@dataclasses.dataclass
class Program:
    """A whole file."""

    file: str
    title: str = ""
    suffix: str = ""
    ions: list[UseIon] = dataclasses.field(default_factory=list)
    nonspecific: list[str] = dataclasses.field(default_factory=list)
    ranges: set[str] = dataclasses.field(default_factory=set)
    unit_names: dict[str, str] = dataclasses.field(default_factory=dict)
    parameters: dict[str, Quantity] = dataclasses.field(default_factory=dict)
    constants: dict[str, float] = dataclasses.field(default_factory=dict)
    states: dict[str, Quantity] = dataclasses.field(default_factory=dict)
    assigned: dict[str, Quantity] = dataclasses.field(default_factory=dict)
    arrays: dict[str, int] = dataclasses.field(default_factory=dict)
    locals: set[str] = dataclasses.field(default_factory=set)
    blocks: dict[str, Block] = dataclasses.field(default_factory=dict)
    included: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
