"""Expressions as statements of NMODL."""

from __future__ import annotations

import textwrap
from collections import ChainMap, Counter
from collections.abc import Iterable
from typing import Final

from gapjunction.neuroml._nodes import Apply, Name, Node, Number, in_order

_SIGNS: Final = {
    ".lt.": "<",
    ".gt.": ">",
    ".leq.": "<=",
    ".geq.": ">=",
    ".eq.": "==",
    ".neq.": "!=",
    ".and.": "&&",
    ".or.": "||",
}
_CALLED: Final = {"abs": "fabs"}
# Precedence of operators: an expression that binds less tightly than its place requires gets
# parentheses.
_ATOM, _POWER, _TIMES, _PLUS, _LOGIC = 4, 3, 2, 1, 0
# Longer expressions are split, because the compiler of mechanisms reads lines into a buffer.
_LONGEST: Final = 200


def number(value: float) -> str:
    """Return a number as text: with 15 digits if these are exact, or else with all.

    Examples
    --------
    >>> number(36 * 1e-3), number(-77.0), number(1 / 3)
    ('0.036', '-77', '0.3333333333333333')
    """
    short = f"{value:.15g}"
    return short if abs(float(short) - value) <= 4.5e-16 * abs(value) else repr(value)


class Block:
    """The statements of one block, in the order in which they are added.

    An expression that is used several times, and the value of a condition, get a LOCAL variable.
    """

    def __init__(self) -> None:
        self.locals: list[str] = []
        self.lines: list[str] = []
        self.functions: set[str] = set()
        self._indent = 0
        self._known: ChainMap[int, str] = ChainMap()
        self._uses: Counter[int] = Counter()
        # Nodes are identified by ``id()``, so references are kept: an id must not be reused.
        self._kept: list[Node] = []

    def add(self, *lines: str) -> None:
        """Add statements as they are."""
        self.lines += [f"{'    ' * self._indent}{line}" for line in lines]

    def assign(self, values: Iterable[tuple[str, Node]]) -> None:
        """Set variables to expressions."""
        every = list(values)
        self._kept += [node for _, node in every]
        self._uses = Counter(
            id(part)
            for _, root in every
            for node in in_order(root)
            if isinstance(node, Apply)
            for part in node.parts
        )
        for name, node in every:
            self._set(name, node)
        # Names may be assigned again, so that values computed from them do not hold any more.
        self._known = ChainMap()

    def local(self, name: str = "") -> str:
        """Return the name of a LOCAL variable: the given one, or a new one."""
        name = name or f"y{len(self.locals) + 1}_"
        if name not in self.locals:
            self.locals.append(name)
        return name

    def text(self) -> list[str]:
        """Return all lines, with the LOCAL variables before them."""
        declared = textwrap.wrap(f"LOCAL {', '.join(self.locals)}", 90) if self.locals else []
        return [*declared, *self.lines]

    def _set(self, name: str, node: Node) -> None:
        if isinstance(node, Apply) and node.op == "where":
            self._choose(name, node)
        else:
            self.add(f"{name} = {self._of(node, 0)}")

    def _choose(self, name: str, node: Apply) -> None:
        self.add(f"if ({self._of(node.parts[0], 0)}) {{")
        for branch, end in ((node.parts[1], "} else {"), (node.parts[2], "}")):
            # A value that is computed within a branch does not exist outside of it.
            self._known = self._known.new_child()
            self._indent += 1
            self._set(name, branch)
            self._indent -= 1
            self._known = self._known.parents
            self.add(end)

    def _of(self, node: Node, least: int) -> str:
        """Return an expression as text, in parentheses if it binds less tightly."""
        text, tight = self._spelled(node)
        return text if tight >= least else f"({text})"

    def _spelled(self, node: Node) -> tuple[str, int]:
        if isinstance(node, Number):
            return number(node.value), _ATOM if node.value >= 0 else _PLUS
        if isinstance(node, Name):
            return node.name, _ATOM
        if id(node) in self._known:
            return self._known[id(node)], _ATOM
        if node.op == "where":
            name = self.local()
            self._choose(name, node)
            self._known[id(node)] = name
            return name, _ATOM
        text, tight = self._applied(node)
        logical = tight == _LOGIC or node.op == ".not."
        if (self._uses[id(node)] > 1 or len(text) > _LONGEST) and not logical:
            name = self.local()
            self.add(f"{name} = {text}")
            self._known[id(node)] = name
            return name, _ATOM
        return text, tight

    def _applied(self, node: Apply) -> tuple[str, int]:
        op, parts = node.op, node.parts
        if op in ("+", "-"):
            return self._sum(op, *parts), _PLUS
        if op == "*":
            return f"{self._of(parts[0], _TIMES)}*{self._of(parts[1], _POWER)}", _TIMES
        if op == "/":
            return f"{self._of(parts[0], _TIMES)}/{self._of(parts[1], _POWER)}", _TIMES
        if op == "^":
            return f"{self._of(parts[0], _ATOM)}^{self._of(parts[1], _ATOM)}", _POWER
        if op == "neg":
            return f"-{self._of(parts[0], _ATOM)}", _PLUS
        if op == ".not.":
            return f"!({self._of(parts[0], 0)})", _LOGIC
        if op in _SIGNS:
            first, second = (self._of(part, _PLUS) for part in parts)
            return f"{first} {_SIGNS[op]} {second}", _LOGIC
        self.functions.add(op)
        return f"{_CALLED.get(op, op)}({', '.join(self._of(part, 0) for part in parts)})", _ATOM

    def _sum(self, op: str, first: Node, second: Node) -> str:
        if isinstance(second, Number) and second.value < 0:
            op, second = "-" if op == "+" else "+", Number(-second.value)
        return f"{self._of(first, _PLUS)} {op} {self._of(second, _TIMES)}"
