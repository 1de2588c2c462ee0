"""Declared rates, currents and equations as expressions in the units of a file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction.ion_channels._rate_functions import Declared, arguments, evaluate
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, apply, in_order
from gapjunction.neuroml._walk import Language, Walk
from gapjunction.nmodl._errors import NmodlError

# NEURON limits exponents to 700, and the exponentials of this library and of files that it reads
# are limited so that float32 and float64 do not overflow.
_NMODL: Final = Language(
    NmodlError, "NMODL expressions", (80.0, 340.0), ("floor", "atan", "asin", "acos")
)
_X: Final = Name("x")
_ZERO: Final = Number(0.0)
_ONE: Final = Number(1.0)


class Input(NamedTuple):
    """What a function reads: its value as an expression, and the unit that this is in."""

    node: Node
    unit: u.Unit


def expression(
    rate: Declared,
    first: Input,
    inputs: Mapping[str, Input],
    unit: u.Unit,
    what: str,
) -> Node:
    """Return a declared function as an expression.

    Parameters
    ----------
    rate : callable, Parameter, Quantity or float
        A rate of a gate, a current, a derivative of a variable.
    first : Input
        What functions take first: for those of channels the voltage.
    inputs : dict of str to Input
        What they can read by name.
    unit : Unit
        That of its value in the file.
    what : str
        Which it is, for messages.
    """
    names = arguments(rate)
    for name in names:
        if name not in inputs:
            raise NmodlError(
                f"{what} must read no more than {', '.join(sorted(inputs))} to be written; it "
                f"reads {name!r}."
            )
    given = [first, *(inputs[name] for name in names)]

    def plain(*numbers: jax.Array) -> jax.Array:
        values: list[Any] = [
            number if item.unit.is_unitless else u.Quantity(number, unit=item.unit)
            for number, item in zip(numbers, given, strict=True)
        ]
        value = evaluate(rate, values[0], dict(zip(names, values[1:], strict=True)))
        return jnp.asarray(u.Quantity(value).to_decimal(unit), float)

    # Else the constants of the function would be rounded.
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(plain)(*[0.5 for _ in given])
    walk = Walk(what, _NMODL)
    (root,) = walk.through(closed.jaxpr, closed.consts, [item.node for item in given])
    return simpler(_with_linoids(root))


def number_of(value: Any, unit: u.Unit, what: str) -> float:
    """Return one number in a unit, the shortest that is the same in its precision."""
    plain = u.get_mantissa(value)
    if isinstance(plain, jax.core.Tracer):
        raise NmodlError(f"{what} must be a number that is known, not one that JAX traces.")
    numbers = np.unique(np.asarray(plain))
    if numbers.shape != (1,) or not np.isfinite(numbers).all():
        raise NmodlError(f"{what} must be one finite number to be written.")
    short = float(str(numbers[0])) if numbers.dtype == np.float32 else float(numbers[0])
    with jax.enable_x64(True):
        return float(u.Quantity(short, unit=u.get_unit(value)).to_decimal(unit))


@functools.cache
def _linoid() -> Node:
    """Return how x / (1 - exp(-x)) looks where a rate form or a function has been traced."""
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(_stable.linoid)(0.5)
    (root,) = Walk("linoid", _NMODL).through(closed.jaxpr, closed.consts, [_X])
    return root


def _with_linoids(root: Node) -> Node:
    """Return an expression with a function in place of its many operations."""
    pattern = _linoid()
    new: dict[int, Node] = {}
    for node in in_order(root):
        if not isinstance(node, Apply):
            new[id(node)] = node
            continue
        bound: list[Node] = []
        if node.op == "where" and _matches(pattern, node, bound, set()):
            new[id(node)] = apply("linoid", new[id(bound[0])])
        else:
            found = apply(node.op, *(new[id(part)] for part in node.parts))
            new[id(node)] = node if _is_same(node, found) else found
    return new[id(root)]


def _matches(pattern: Node, node: Node, bound: list[Node], known: set[tuple[int, int]]) -> bool:
    """Whether an expression is a pattern, in which ``x`` stands for ``bound``."""
    if (id(pattern), id(node)) in known:
        return True
    if pattern is _X:
        bound.append(node)
        same = bound[0] is node
    elif isinstance(pattern, Number):
        same = isinstance(node, Number) and node.value == pattern.value
    else:
        same = (
            isinstance(pattern, Apply)
            and isinstance(node, Apply)
            and (pattern.op, len(pattern.parts)) == (node.op, len(node.parts))
            and all(
                _matches(a, b, bound, known) for a, b in zip(pattern.parts, node.parts, strict=True)
            )
        )
    if same:
        known.add((id(pattern), id(node)))
    return same


def simpler(root: Node) -> Node:
    """Return an expression without the operations that change nothing."""
    new: dict[int, Node] = {}
    for node in in_order(root):
        if isinstance(node, Apply):
            parts = [new[id(part)] for part in node.parts]
            found = _simplified(node.op, parts)
            new[id(node)] = node if _is_same(node, found) else found
        else:
            new[id(node)] = node
    return new[id(root)]


def _is_same(node: Apply, found: Node) -> bool:
    """Whether nothing has changed; what several expressions share must remain one node."""
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
    # A steady state that was read as (inf / tau) / (1 / tau).
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
