"""Formulas as a graph: each distinct formula is one node, simplified when it is made.

Two formulas are the same if their nodes are, and a node knows all inputs that it depends on. It is
therefore known exactly what a state's equation reads, whatever procedures and local variables it
passes through.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Final

from gapjunction.nmodl._errors import NmodlError

# Files guard against larger exponents.
_LARGE: Final = 80.0
# Several hundred times as many as a usual file needs.
_MOST: Final = 40_000
# The voltage at which INITIAL was run; no variable of a file can have this name.
START: Final = "v at start"


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Node:
    """An operation on nodes; an input has the name ``key``, a constant its ``value``."""

    op: str
    args: tuple[Node, ...]
    number: int
    inputs: frozenset[str]
    value: float = 0.0
    key: str = ""

    def is_constant(self, value: float | None = None) -> bool:
        """Whether it is a constant, or this constant."""
        return self.op == "constant" and (value is None or self.value == value)


FOLD: Final[dict[str, Callable[..., float]]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "guarded": lambda a, b: a / b,
    "pow": lambda a, b: float(a**b),
    "mod": math.fmod,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "atan": math.atan,
    "asin": math.asin,
    "acos": math.acos,
    "floor": math.floor,
    "ceil": math.ceil,
    "less": lambda a, b: float(a < b),
    "less_equal": lambda a, b: float(a <= b),
    "equal": lambda a, b: float(a == b),
    "and": lambda a, b: float(bool(a) and bool(b)),
    "or": lambda a, b: float(bool(a) or bool(b)),
    "not": lambda a: float(not a),
    "linoid": lambda a: 1.0 if a == 0 else -a / math.expm1(-a),
}


class Graph:
    """All formulas of one file."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self._nodes: dict[tuple[object, ...], Node] = {}
        # The divisors within a conditional branch may be 0 where the branch is not taken.
        self.branches = 0

    def constant(self, value: float) -> Node:
        """Return a constant."""
        # Two zeros differ in sign, and NaN differs from itself.
        return self._node("constant", (), repr(float(value)), value=float(value))

    def input(self, key: str) -> Node:
        """Return an input."""
        return self._node("input", (), key, key=key, inputs=frozenset({key}))

    def make(self, op: str, *args: Node) -> Node:
        """Return an operation on nodes, in its simplest form."""
        if op in FOLD and all(x.op == "constant" for x in args):
            try:
                return self.constant(FOLD[op](*(x.value for x in args)))
            except (ArithmeticError, ValueError, TypeError):
                pass
        simpler = self._simplify(op, args)
        if simpler is not None:
            return simpler
        return self._node(op, args)

    def add(self, a: Node, b: Node) -> Node:
        """Return a + b."""
        return self.make("add", a, b)

    def mul(self, a: Node, b: Node) -> Node:
        """Return a * b."""
        return self.make("mul", a, b)

    def neg(self, a: Node) -> Node:
        """Return -a."""
        return self.mul(self.constant(-1.0), a)

    def div(self, a: Node, b: Node) -> Node:
        """Return a / b; finite even where the branch that contains it is not taken."""
        return self.make("guarded" if self.branches and not b.is_constant() else "div", a, b)

    def where(self, condition: Node, a: Node, b: Node) -> Node:
        """Return a where the condition holds, or else b."""
        if a is b:
            return a
        if condition.op == "constant":
            return a if condition.value else b
        return self.make("where", condition, a, b)

    def _node(
        self,
        op: str,
        args: tuple[Node, ...],
        extra: str = "",
        value: float = 0.0,
        key: str = "",
        inputs: frozenset[str] = frozenset(),
    ) -> Node:
        identity = (op, extra, *(x.number for x in args))
        found = self._nodes.get(identity)
        if found is None:
            if len(self._nodes) >= _MOST:
                raise NmodlError(f"its formulas must not exceed {_MOST} terms.", file=self.file)
            every = inputs.union(*(x.inputs for x in args))
            found = Node(op, args, len(self._nodes), every, value, key)
            self._nodes[identity] = found
        return found

    def _simplify(self, op: str, args: tuple[Node, ...]) -> Node | None:
        if op == "add":
            return self._sum(*args)
        if op == "mul":
            return self._product(*args)
        if op in ("div", "guarded"):
            return self._ratio(op, *args)
        if op == "pow" and args[1].is_constant(1.0):
            return args[0]
        if op == "pow" and args[1].is_constant(0.0):
            return self.constant(1.0)
        if op == "equal" and args[0] is args[1]:
            return self.constant(1.0)
        if op == "where":
            return _chosen(*args)
        return None

    def _sum(self, a: Node, b: Node) -> Node | None:
        if a.is_constant(0.0):
            return b
        if b.is_constant(0.0):
            return a
        if _opposite(a, b) or _opposite(b, a):
            return self.constant(0.0)
        if b.op == "constant" and a.op == "add" and a.args[1].op == "constant":
            # Files shift v by 10 and back.
            return self.add(a.args[0], self.constant(a.args[1].value + b.value))
        return None

    def _product(self, a: Node, b: Node) -> Node | None:
        if b.op == "constant":
            a, b = b, a
            if a.value not in (0.0, 1.0) and b.op == "constant":
                return None
        if a.op != "constant":
            return None
        if a.value == 0.0:
            return a if math.isfinite(a.value) else None
        if a.value == 1.0:
            return b
        if b.op == "mul" and b.args[0].op == "constant":
            return self.mul(self.constant(a.value * b.args[0].value), b.args[1])
        return self._node("mul", (a, b))

    def _ratio(self, op: str, a: Node, b: Node) -> Node | None:
        if b.is_constant(1.0) or a.is_constant(0.0):
            return a
        if b.op == "mul" and b.args[0].is_constant(-1.0):
            return self.neg(self.make(op, a, b.args[1]))
        if a.op == "mul" and a.args[0].is_constant(-1.0):
            return self.neg(self.make(op, a.args[1], b))
        # (p / r) / (q / r) is p / q: a steady state from inf / tau and 1 / tau.
        if b.op in ("div", "guarded"):
            if a.op == b.op and a.args[1] is b.args[1]:
                return self.make(op, a.args[0], b.args[0])
            if a.op == "constant":
                return self.mul(self.constant(a.value), self.make(b.op, b.args[1], b.args[0]))
        return None


def _chosen(condition: Node, a: Node, b: Node) -> Node | None:
    """Return the value of a choice if the condition makes no difference, or None.

    Files keep the temperature for which they computed a factor, and compute it anew if
    ``kept != celsius``: after that, ``kept`` is the temperature in either case.
    """
    if condition.op in ("less", "less_equal") and a.op == "constant" and b.op == "exp":
        # Drop a guard against overflow, exp(min(x, c)): exponentials here do not overflow.
        c, x = condition.args
        capped = c.op == "constant" and c.value >= _LARGE and b.args[0] is x
        if capped and abs(math.log(max(a.value, 1e-300)) - c.value) < 1e-6:
            return b
    unlike = condition.op == "not"
    inner = condition.args[0] if unlike else condition
    if inner.op == "equal" and {x.number for x in inner.args} == {a.number, b.number}:
        return a if unlike else b
    return None


def _opposite(a: Node, b: Node) -> bool:
    return a.op == "mul" and a.args[0].is_constant(-1.0) and a.args[1] is b
