"""Expressions as rates of channels: one of the library's forms, a constant, or a function."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction import _stable
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels import exponential, linoid, sigmoid
from gapjunction.neuroml._nodes import Name, Node, Number, in_order, names_in
from gapjunction.neuroml._shapes import (
    Constant,
    Exponential,
    Form,
    Linoid,
    Shape,
    Sigmoid,
    shapes,
)
from gapjunction.neuroml._units import ZERO_CELSIUS, Dimension, host_unit

# The names that expressions can read, and the names of this library for them.
READ_AS: Final = {"caConc": "Ca", "temperature": "temperature"}
_OPS: Final[dict[str, Callable[..., Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "neg": lambda a: -a,
    ".lt.": lambda a, b: a < b,
    ".gt.": lambda a, b: a > b,
    ".leq.": lambda a, b: a <= b,
    ".geq.": lambda a, b: a >= b,
    ".eq.": lambda a, b: a == b,
    ".neq.": lambda a, b: a != b,
    ".and.": jnp.logical_and,
    ".or.": jnp.logical_or,
    ".not.": jnp.logical_not,
    "where": jnp.where,
    "exp": _stable.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "ceil": jnp.ceil,
    "H": lambda a: jnp.where(a < 0, 0.0, 1.0),
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
}


@dataclasses.dataclass(frozen=True, eq=False)
class LemsRate:
    """A rate, steady state or time constant that an expression gives.

    It is a function of V, and takes by name what the expression reads: ``Ca`` and ``temperature``.
    Parts that have the shape of a rate form are evaluated like it, so that they are finite where
    the expression would be 0/0 or overflow.
    """

    root: Node
    unit: u.Unit

    @cached_property
    def _shapes(self) -> dict[int, Shape]:
        return shapes(self.root)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its arguments after V."""
        return tuple(own for name, own in READ_AS.items() if name in names_in(self.root))

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(name, kind) for name in ("V", *self.names)])

    def __call__(self, V: QuantityLike, **readings: ArrayLike) -> Any:
        """Return the value at a voltage."""
        values: dict[str, Any] = {"v": jnp.asarray(u.Quantity(V).to_decimal(u.mV))}
        if "Ca" in readings:
            values["caConc"] = jnp.asarray(u.Quantity(readings["Ca"]).to_decimal(u.mM))
        if "temperature" in readings:
            values["temperature"] = u.get_mantissa(readings["temperature"]) + ZERO_CELSIUS
        value = self._evaluate(values) * jnp.ones_like(values["v"])
        return value if self.unit.is_unitless else u.Quantity(value, unit=self.unit)

    def _evaluate(self, values: dict[str, Any]) -> jax.Array:
        found: dict[int, Any] = {}
        for node in self._needed:
            shape = self._shapes.get(id(node))
            if isinstance(shape, Constant):
                found[id(node)] = shape.value
            elif isinstance(shape, (Exponential, Sigmoid, Linoid)):
                found[id(node)] = _form_at(shape, values["v"])
            elif isinstance(node, Number):
                found[id(node)] = node.value
            elif isinstance(node, Name):
                found[id(node)] = values[node.name]
            else:
                parts = [found[id(part)] for part in node.parts]
                found[id(node)] = _power(*parts) if node.op == "^" else _OPS[node.op](*parts)
        return jnp.asarray(found[id(self.root)])

    @cached_property
    def _needed(self) -> list[Node]:
        """The nodes to evaluate, without the parts of those that have a form."""
        forms = (Constant, Exponential, Sigmoid, Linoid)
        return in_order(self.root, lambda node: isinstance(self._shapes.get(id(node)), forms))


def _form_at(form: Form, v: jax.Array) -> jax.Array:
    x = (v - form.zero) / form.k
    if isinstance(form, Exponential):
        return form.c * _stable.exp(x)
    return form.c * (jax.nn.sigmoid(x) if isinstance(form, Sigmoid) else _stable.linoid(x))


def _power(base: Any, exponent: Any) -> Any:
    # For an integer power JAX uses multiplications, whose gradient exists for a base of 0 or less.
    if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 1000:
        return base ** int(exponent)
    return jnp.power(base, exponent)


def declare(root: Node, dimension: Dimension) -> Any:
    """Return an expression as declarations take it: a constant, a rate form, or a function."""
    unit = host_unit(dimension)
    shape = shapes(root).get(id(root))
    if isinstance(shape, Constant):
        return _in(shape.value, unit)
    if isinstance(shape, (Exponential, Sigmoid, Linoid)):
        form = {Exponential: exponential, Sigmoid: sigmoid, Linoid: linoid}[type(shape)]
        return form(_in(shape.c, unit), shape.zero * u.mV, shape.k * u.mV)
    return LemsRate(root, unit)


def _in(value: float, unit: u.Unit) -> Any:
    return value if unit.is_unitless else u.Quantity(value, unit=unit)
