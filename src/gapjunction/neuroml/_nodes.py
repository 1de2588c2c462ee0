"""Expressions as graphs of small immutable nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._units import NONE, Dimension

# Nobody writes deeper expressions by hand, and they would exhaust Python's stack when JAX traces
# them.
MAX_DEPTH: Final = 400


@dataclasses.dataclass(frozen=True, eq=False)
class Number:
    """A constant, in the units of :mod:`._units`."""

    value: float
    dimension: Dimension = NONE
    depth: int = dataclasses.field(default=1, init=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Name:
    """A value that is looked up by name."""

    name: str
    depth: int = dataclasses.field(default=1, init=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Apply:
    """An operator or function, applied to expressions.

    Nodes may be shared: a variable that is used twice is one node. They are compared by identity,
    because comparing shared nodes part by part could take exponential time.
    """

    op: str
    # The default text would write out shared nodes, and could have any length.
    parts: tuple[Node, ...] = dataclasses.field(repr=False)
    depth: int = dataclasses.field(default=0, init=False)

    def __post_init__(self) -> None:
        depth = 1 + max(part.depth for part in self.parts)
        if depth > MAX_DEPTH:
            raise NeuromlError(f"an expression must not be nested more than {MAX_DEPTH} deep.")
        object.__setattr__(self, "depth", depth)


Node: TypeAlias = Number | Name | Apply


def apply(op: str, *parts: Node) -> Apply:
    """Return an operator applied to nodes."""
    return Apply(op, parts)


def in_order(root: Node, is_leaf: Callable[[Node], bool] | None = None) -> list[Node]:
    """Return every node once, each after its parts; the parts of leaves are left out."""
    found: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if isinstance(node, Apply) and not (is_leaf is not None and is_leaf(node)):
                stack += [(part, False) for part in node.parts]
    return found


def names_in(root: Node) -> set[str]:
    """Return the names that an expression looks up."""
    return {node.name for node in in_order(root) if isinstance(node, Name)}


def replace(root: Node, values: Mapping[str, Node]) -> Node:
    """Return an expression with nodes in place of names."""
    new: dict[int, Node] = {}
    for node in in_order(root):
        if isinstance(node, Name):
            new[id(node)] = values.get(node.name, node)
        elif isinstance(node, Apply):
            parts = tuple(new[id(part)] for part in node.parts)
            same = all(a is b for a, b in zip(parts, node.parts, strict=True))
            new[id(node)] = node if same else Apply(node.op, parts)
        else:
            new[id(node)] = node
    return new[id(root)]


def product(nodes: Iterable[Node]) -> Node | None:
    """Return the product of nodes; None if there are none."""
    found: Node | None = None
    for node in nodes:
        found = node if found is None else apply("*", found, node)
    return found
