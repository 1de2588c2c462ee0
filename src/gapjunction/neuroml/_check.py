"""The dimension of an expression, determined before it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, in_order
from gapjunction.neuroml._parse import COMPARISONS, FUNCTIONS
from gapjunction.neuroml._units import NONE, Dimension


def dimension_of(root: Node, known: Mapping[str, Dimension], what: str) -> Dimension:
    """Return the dimension of a value; refuse sums of unlike dimensions, and unknown names."""
    found: dict[int, Dimension | None] = {}
    for node in in_order(root):
        if isinstance(node, Number):
            found[id(node)] = node.dimension
        elif isinstance(node, Name):
            if node.name not in known:
                raise NeuromlError(
                    f"{what} must use names that are declared ({', '.join(known) or 'none'}); got "
                    f"{node.name[:60]!r}."
                )
            found[id(node)] = known[node.name]
        else:
            found[id(node)] = _of(node, [found[id(part)] for part in node.parts], what)
    result = found[id(root)]
    if result is None:
        raise NeuromlError(f"{what} must be a number, and is a condition.")
    return result


def _of(node: Apply, parts: list[Dimension | None], what: str) -> Dimension | None:
    op = node.op
    logical = op in (".and.", ".or.", ".not.")
    numbers = parts[1:] if op == "where" else parts
    if logical or op == "where":
        conditions = parts if logical else parts[:1]
        if any(part is not None for part in conditions):
            raise NeuromlError(
                f"{what} must have a condition, such as 'x .gt. 0', where it needs one."
            )
        if logical:
            return None
    if any(part is None for part in numbers):
        raise NeuromlError(f"{what} must not calculate with the value of a condition.")
    known = [part for part in numbers if part is not None]
    if op in COMPARISONS or op in ("+", "-", "where"):
        dimension = _alike(node, known, what)
        return None if op in COMPARISONS else dimension
    if op in ("*", "/"):
        return known[0].times(known[1], 1 if op == "*" else -1)
    if op == "^":
        return _power(node, known, what)
    if op in ("neg", "abs"):
        return known[0]
    if op == "sqrt":
        return known[0].to(Fraction(1, 2))
    if op in FUNCTIONS or op in ("logistic", "expm1", "log1p"):
        if known[0] != NONE:
            raise NeuromlError(
                f"{what} must take {op} of a number without unit, not of a {known[0]}."
            )
        return NONE
    raise NeuromlError(f"{what} must use operators that are known, got {op!r}.")


def _alike(node: Apply, known: list[Dimension], what: str) -> Dimension:
    a, b = known
    if a == b:
        return a
    # A plain 0 can be combined with any unit.
    for part, own, other in zip(node.parts[-2:], known, reversed(known), strict=True):
        if isinstance(part, Number) and part.value == 0 and own == NONE:
            return other
    verb = "compare" if node.op in COMPARISONS else "add or choose between"
    raise NeuromlError(f"{what} must {verb} values of one dimension, got {a} and {b}.")


def _power(node: Apply, known: list[Dimension], what: str) -> Dimension:
    base, exponent = known
    if exponent != NONE:
        raise NeuromlError(f"{what} must have exponents without unit, got a {exponent}.")
    if base == NONE:
        return NONE
    power = node.parts[1]
    sign = 1
    if isinstance(power, Apply) and power.op == "neg":
        sign, power = -1, power.parts[0]
    if not isinstance(power, Number):
        raise NeuromlError(f"{what} must raise a value with a unit to constant powers only.")
    return base.to(sign * Fraction(power.value).limit_denominator(100))
