"""Declared rates, currents and equations as expressions in the units of a file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction.ion_channels._rate_functions import Declared, arguments, evaluate
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, apply, in_order
from gapjunction.neuroml._walk import Language, Walk
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._simpler import is_same, simpler

# NEURON limits exponents to 700. The exponentials of this library, and of files that it reads, are
# limited as well, so that float32 and float64 do not overflow; these limits need not be written.
_NMODL: Final = Language(
    NmodlError, "NMODL expressions", (80.0, 340.0), ("floor", "atan", "asin", "acos")
)
_X: Final = Name("x")


class Input(NamedTuple):
    """An argument of a function: its value as an expression, and the unit of that value."""

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
        The first argument of functions: for channels the voltage.
    inputs : dict of str to Input
        What functions can read by name.
    unit : Unit
        The unit of its value in the file.
    what : str
        What the function is, for messages.
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

    # Otherwise the constants of the function would be rounded.
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(plain)(*[0.5 for _ in given])
    walk = Walk(what, _NMODL)
    (root,) = walk.through(closed.jaxpr, closed.consts, [item.node for item in given])
    return simpler(_with_linoids(root))


def number_of(value: Any, unit: u.Unit, what: str) -> float:
    """Return one number in a unit, with the fewest digits that identify it in its precision."""
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
    """Return the expressions that JAX makes of x / (1 - exp(-x)) in rate forms and functions."""
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(_stable.linoid)(0.5)
    (root,) = Walk("linoid", _NMODL).through(closed.jaxpr, closed.consts, [_X])
    return root


def _with_linoids(root: Node) -> Node:
    """Return an expression in which the operations of a linoid are one call of a function."""
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
            new[id(node)] = node if is_same(node, found) else found
    return new[id(root)]


def _matches(pattern: Node, node: Node, bound: list[Node], known: set[tuple[int, int]]) -> bool:
    """Whether an expression equals a pattern in which ``x`` stands for ``bound``."""
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
