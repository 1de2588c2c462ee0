"""Recognises rate forms in expressions, from the bottom up, by arithmetic on shapes.

Each class is one shape of a function of V, in mV, with all other numbers constant. An expression
without one of these shapes is evaluated as it is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from gapjunction.neuroml._nodes import Apply, Name, Node, Number, in_order

# Zeros of numerator and denominator count as equal if they differ by less than this, relative to
# their own size and that of the slope.
_SAME: Final = 1e-9
# How much the value that a file states for its 0/0 may differ from the limit.
_LIMIT: Final = 1e-6


class Constant(NamedTuple):
    """A number."""

    value: float


class Affine(NamedTuple):
    """(V - zero) / k."""

    zero: float
    k: float


class Exponential(NamedTuple):
    """c exp((V - zero) / k)."""

    c: float
    zero: float
    k: float


class Sigmoid(NamedTuple):
    """c / (1 + exp(-(V - zero) / k))."""

    c: float
    zero: float
    k: float


class Linoid(NamedTuple):
    """c x / (1 - exp(-x)), x = (V - zero) / k."""

    c: float
    zero: float
    k: float


class Raised(NamedTuple):
    """a + an exponential."""

    a: float
    exponential: Exponential


class Inverse(NamedTuple):
    """c / (a + an exponential), which has a pole."""

    c: float
    raised: Raised


Shape: TypeAlias = Constant | Affine | Exponential | Sigmoid | Linoid | Raised | Inverse
Form: TypeAlias = Exponential | Sigmoid | Linoid


def shapes(root: Node) -> dict[int, Shape]:
    """Return the shape of each node that has one, by the node's identity."""
    found: dict[int, Shape] = {}
    for node in in_order(root):
        shape = _shape(node, found)
        if shape is not None and _is_usable(shape):
            found[id(node)] = shape
    return found


def _is_usable(shape: Shape) -> bool:
    slope = getattr(shape, "k", 1.0)
    return slope != 0 and all(map(math.isfinite, _numbers(shape)))


def _numbers(shape: Shape) -> list[float]:
    flat: list[float] = []
    for x in shape:
        flat += _numbers(x) if isinstance(x, tuple) else [x]
    return flat


def _shape(node: Node, found: dict[int, Shape]) -> Shape | None:
    if isinstance(node, Number):
        return Constant(node.value)
    if isinstance(node, Name):
        return Affine(0.0, 1.0) if node.name == "v" else None
    parts = [found.get(id(part)) for part in node.parts]
    if node.op == "where":
        return _guarded(node, parts, found)
    if None in parts:
        return None
    known = [part for part in parts if part is not None]
    try:
        return _combined(node.op, known)
    except (ArithmeticError, ValueError):
        return None


def _combined(op: str, parts: list[Shape]) -> Shape | None:
    first = parts[0]
    if len(parts) == 1:
        return _of_one(op, first)
    second = parts[1]
    if op == "+":
        return _sum(first, second)
    if op == "-":
        minus = _times(second, -1.0)
        return None if minus is None else _sum(first, minus)
    if op == "*":
        return _product(first, second)
    if op == "/":
        return _quotient(first, second)
    if op == "^" and isinstance(first, Constant) and isinstance(second, Constant):
        value = first.value**second.value
        return Constant(value) if isinstance(value, float) else None
    return None


def _of_one(op: str, x: Shape) -> Shape | None:
    if op == "neg":
        return _times(x, -1.0)
    if op == "exp" and isinstance(x, Affine):
        return Exponential(1.0, *x)
    if isinstance(x, Constant):
        return Constant(_FUNCTIONS[op](x.value)) if op in _FUNCTIONS else None
    return None


_FUNCTIONS: Final[dict[str, Callable[[float], float]]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
}


def _times(x: Shape, factor: float) -> Shape | None:
    if isinstance(x, Constant):
        return Constant(x.value * factor)
    if factor == 0:
        return Constant(0.0) if not isinstance(x, Inverse) else None
    if isinstance(x, Affine):
        return Affine(x.zero, x.k / factor)
    if isinstance(x, Raised):
        e = x.exponential
        return Raised(x.a * factor, Exponential(e.c * factor, e.zero, e.k))
    return x._replace(c=x.c * factor)


def _divided(x: Shape, divisor: float) -> Shape | None:
    # Division keeps numbers round, which multiplication by the inverse would not.
    if isinstance(x, Constant):
        return Constant(x.value / divisor)
    if isinstance(x, Affine):
        return Affine(x.zero, x.k * divisor)
    if isinstance(x, Raised):
        e = x.exponential
        return Raised(x.a / divisor, Exponential(e.c / divisor, e.zero, e.k))
    return x._replace(c=x.c / divisor)


def _sum(x: Shape, y: Shape) -> Shape | None:
    if isinstance(y, Constant):
        x, y = y, x
    if isinstance(x, Constant):
        if isinstance(y, Constant):
            return Constant(x.value + y.value)
        if x.value == 0:
            return y
        if isinstance(y, Affine):
            return Affine(y.zero - x.value * y.k, y.k)
        if isinstance(y, Exponential):
            return Raised(x.value, y)
        if isinstance(y, Raised):
            return Raised(x.value + y.a, y.exponential) if x.value != -y.a else y.exponential
        return None
    if isinstance(x, Affine) and isinstance(y, Affine):
        slope = 1 / x.k + 1 / y.k
        start = x.zero / x.k + y.zero / y.k
        return Constant(-start) if slope == 0 else Affine(start / slope, 1 / slope)
    return None


def _product(x: Shape, y: Shape) -> Shape | None:
    if isinstance(y, Constant):
        x, y = y, x
    if isinstance(x, Constant):
        return _times(y, x.value)
    if isinstance(y, Affine):
        x, y = y, x
    if isinstance(x, Affine) and isinstance(y, Inverse):
        return _times_inverse(x, y)
    return None


def _quotient(x: Shape, y: Shape) -> Shape | None:
    if isinstance(y, Constant):
        return _divided(x, y.value)
    if isinstance(y, Exponential) and isinstance(x, Constant):
        return Exponential(x.value / y.c, y.zero, -y.k)
    if not isinstance(y, Raised):
        return None
    e = y.exponential
    ratio = e.c / y.a
    if isinstance(x, Constant):
        if ratio < 0:
            return Inverse(x.value, y)
        return Sigmoid(x.value / y.a, _level(e, ratio), -e.k)
    if isinstance(x, Exponential) and ratio > 0 and (x.zero, x.k) == (e.zero, e.k):
        return Sigmoid(x.c / e.c, _level(e, ratio), e.k)
    if isinstance(x, Affine) and ratio < 0:
        return _times_inverse(x, Inverse(1.0, y))
    return None


def _level(e: Exponential, ratio: float) -> float:
    """Return the voltage at which |ratio| exp((V - zero) / k) is 1."""
    return e.zero if abs(ratio) == 1 else e.zero - e.k * math.log(abs(ratio))


def _times_inverse(x: Affine, y: Inverse) -> Linoid | None:
    e = y.raised.exponential
    level = _level(e, e.c / y.raised.a)
    if abs(level - x.zero) > _SAME * (abs(level) + abs(e.k)):
        return None
    return Linoid(-e.k / (x.k * y.raised.a) * y.c, level, -e.k)


def _guarded(node: Apply, parts: list[Shape | None], found: dict[int, Shape]) -> Shape | None:
    """Return a linoid whose value at 0/0 is stated apart."""
    test = node.parts[0]
    if not isinstance(test, Apply) or test.op not in (".eq.", ".neq."):
        return None
    limit, other = parts[1:] if test.op == ".eq." else parts[:0:-1]
    sides = [found.get(id(part)) for part in test.parts]
    if not isinstance(other, Linoid) or not isinstance(limit, Constant) or None in sides:
        return None
    left, right = (side for side in sides if side is not None)
    minus = _times(right, -1.0)
    zero = None if minus is None else _sum(left, minus)
    at_zero = isinstance(zero, Affine) and abs(zero.zero - other.zero) <= _SAME * (
        abs(other.zero) + abs(other.k)
    )
    return other if at_zero and abs(limit.value - other.c) <= _LIMIT * abs(other.c) else None
