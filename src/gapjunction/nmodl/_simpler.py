"""Removing operations without effect from expressions."""

from __future__ import annotations

from typing import Any, Final, TypeGuard

from gapjunction.neuroml._nodes import Apply, Node, Number, apply, in_order

_ZERO: Final = Number(0.0)
_ONE: Final = Number(1.0)


def simpler(root: Node) -> Node:
    """Return an expression without operations that have no effect."""
    new: dict[int, Node] = {}
    for node in in_order(root):
        if isinstance(node, Apply):
            parts = [new[id(part)] for part in node.parts]
            found = _simplified(node.op, parts)
            new[id(node)] = node if is_same(node, found) else found
        else:
            new[id(node)] = node
    return new[id(root)]


def is_same(node: Apply, found: Node) -> bool:
    """Whether nothing has changed; an expression that is shared must remain one node."""
    return (
        isinstance(found, Apply)
        and found.op == node.op
        and all(a is b for a, b in zip(found.parts, node.parts, strict=True))
    )


def _is(node: Node, value: float) -> bool:
    return isinstance(node, Number) and node.value == value


def _is_condition(node: Node) -> TypeGuard[Apply]:
    """Whether a number is 1 where a condition holds, and 0 elsewhere."""
    chosen = isinstance(node, Apply) and node.op == "where"
    return chosen and isinstance(node, Apply) and _is(node.parts[1], 1) and _is(node.parts[2], 0)


def _simplified(op: str, parts: list[Node]) -> Node:
    a, b = (*parts, _ZERO)[:2]
    found: Node | None = None
    if op == "*":
        found = _product(a, b)
    elif op == "/":
        found = _ratio(a, b)
    elif op in ("+", "-"):
        found = _sum(op, a, b)
    elif op == "neg":
        found = _opposite(a)
    elif op == "^" and _is(b, 1):
        found = a
    elif op == ".neq." and _is(b, 0) and _is_condition(a):
        found = a.parts[0]
    if found is not None:
        return found
    if op in _FOLDED and all(isinstance(part, Number) for part in parts):
        try:
            return Number(_FOLDED[op](*(part.value for part in parts if isinstance(part, Number))))
        except ArithmeticError:
            pass
    return apply(op, *parts)


def _product(a: Node, b: Node) -> Node | None:
    if isinstance(b, Number):
        a, b = b, a
    if _is(a, 1):
        return b
    if _is(a, -1):
        return _simplified("neg", [b])
    if isinstance(b, Apply) and b.op == "/" and _is(b.parts[0], 1):
        return apply("/", a, b.parts[1])
    return apply("*", a, b) if isinstance(a, Number) and not isinstance(b, Number) else None


def _ratio(a: Node, b: Node) -> Node | None:
    if _is(b, 1):
        return a
    if isinstance(b, Apply) and b.op == "/" and _is(b.parts[0], 1):
        return _simplified("*", [a, b.parts[1]])
    # This is a steady state that was read as (inf / tau) / (1 / tau).
    if isinstance(a, Apply) and a.op == "*" and a.parts[1] is b:
        return a.parts[0]
    return None


def _sum(op: str, a: Node, b: Node) -> Node | None:
    if _is(b, 0):
        return a
    if _is(a, 0) and op == "+":
        return b
    if isinstance(b, Apply) and b.op == "neg":
        return apply("-" if op == "+" else "+", a, b.parts[0])
    return None


def _opposite(a: Node) -> Node | None:
    if not isinstance(a, Apply):
        return None
    if a.op == "neg":
        return a.parts[0]
    if a.op == "/":
        above, below = a.parts
        if isinstance(above, Number):
            return apply("/", Number(-above.value), below)
        if isinstance(below, Number):
            return apply("/", above, Number(-below.value))
    return None


_FOLDED: Final[dict[str, Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "neg": lambda a: -a,
}


def product(*nodes: Node) -> Node:
    """Return the product of expressions."""
    found: Node = _ONE
    for node in nodes:
        found = simpler(apply("*", found, node)) if found is not _ONE else node
    return found


def total(nodes: list[Node]) -> Node:
    """Return the sum of expressions; 0 if there are none."""
    found: Node = _ZERO
    for node in nodes:
        found = node if found is _ZERO else apply("+", found, node)
    return found


def power(base: Node, exponent: float) -> Node:
    """Return a power of an expression."""
    return base if exponent == 1 else apply("^", base, Number(float(exponent)))
