"""Functions of V as expressions: JAX traces them, and each of its operations becomes a node."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import Parameter, RateForm, exponential, linoid, sigmoid
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Name, Node, Number, apply, replace
from gapjunction.neuroml._parse import parse
from gapjunction.neuroml._rates import LemsRate
from gapjunction.neuroml._units import DIMENSIONS, ZERO_CELSIUS, Dimension, host_unit

MAX_OPERATIONS: Final = 5000
# The limits within which the library takes exponentials. Were they others, an exponential would
# be written with its limits, and be right all the same.
LIMIT: Final = 80.0
_PER_MV = apply("/", Name("v"), Number(1.0, DIMENSIONS["voltage"]))
_PER_MM = apply("/", Name("caConc"), Number(1.0, DIMENSIONS["concentration"]))
_CELSIUS = apply(
    "-",
    apply("/", Name("temperature"), Number(1.0, DIMENSIONS["temperature"])),
    Number(ZERO_CELSIUS),
)
_FORMULAS: Final = {
    exponential: "scale * exp((v - half) / slope)",
    sigmoid: "scale / (1 + exp(-((v - half) / slope)))",
    linoid: "scale * ((v - half) / slope) / (1 - exp(-((v - half) / slope)))",
}


def node_of(rate: Any, dimension: Dimension, values: Mapping[str, Any], what: str) -> Node:
    """Return a declared rate as an expression.

    Parameters
    ----------
    rate : callable, Parameter, Quantity or float
        A rate of a gate.
    dimension : Dimension
        Which it must have.
    values : dict of str to Quantity or float
        The values of parameters.
    what : str
        Which rate it is, for messages.
    """
    if isinstance(rate, Parameter):
        rate = values[rate.name]
    if isinstance(rate, LemsRate):
        return rate.root
    if isinstance(rate, RateForm) and type(rate) in _FORMULAS:
        parts = {
            name: Number(scalar(resolved(field, values), own, f"{name} of {what}"), own)
            for name, field, own in (
                ("scale", rate.scale, dimension),
                ("half", rate.V_half, DIMENSIONS["voltage"]),
                ("slope", rate.slope, DIMENSIONS["voltage"]),
            )
        }
        return replace(parse(_FORMULAS[type(rate)], what), parts)
    if not callable(rate):
        return Number(scalar(rate, dimension, what), dimension)
    return _traced(rate, dimension, values, what)


def resolved(field: Any, values: Mapping[str, Any]) -> Any:
    """Return a number of a form, that of a parameter among them."""
    return values[field.name] if isinstance(field, Parameter) else field


def scalar(value: Any, dimension: Dimension, what: str) -> float:
    """Return one number, in the units of this package."""
    unit = host_unit(dimension)
    plain = u.Quantity(value).to_decimal(unit)
    if isinstance(plain, jax.core.Tracer):
        raise NeuromlError(f"{what} must be a number that is known, not one that JAX traces.")
    numbers = np.unique(np.asarray(plain, dtype=float))
    if numbers.shape != (1,) or not np.isfinite(numbers).all():
        raise NeuromlError(f"{what} must be one finite number to be written; it has several.")
    return float(numbers[0])


def _traced(
    rate: Callable[..., Any], dimension: Dimension, values: Mapping[str, Any], what: str
) -> Node:
    _, *taken = inspect.signature(rate).parameters.values()
    # Those with a default value are the function's own.
    names = [item.name for item in taken if item.default is inspect.Parameter.empty]
    for name in names:
        if name not in ("Ca", "temperature", *values):
            raise NeuromlError(
                f"{what} must read no more than V, Ca, temperature and parameters to be "
                f"written; it reads {name!r}."
            )
    unit = host_unit(dimension)

    def plain(v: jax.Array, ca: jax.Array, celsius: jax.Array) -> jax.Array:
        known = {**values, "Ca": u.Quantity(ca, unit=u.mM), "temperature": celsius}
        value = rate(u.Quantity(v, unit=u.mV), **{name: known[name] for name in names})
        return jnp.asarray(u.Quantity(value).to_decimal(unit))

    # Else the constants of the function would be rounded.
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(plain)(0.5, 0.5, 0.5)
    walk = _Walk(what)
    (root,) = walk.through(closed.jaxpr, closed.consts, [_PER_MV, _PER_MM, _CELSIUS])
    if dimension == DIMENSIONS["none"]:
        return root
    return apply("*", root, Number(1.0, dimension))


class _Walk:
    """Goes through what was traced, operation by operation."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.operations = 0
        # What the library's exponential limits, by the limited value: expressions that are read
        # back are limited in the same way.
        self.limited: dict[int, Node] = {}

    def through(self, jaxpr: Any, consts: list[Any], arguments: list[Node]) -> list[Node]:
        """Return the results of a trace for these arguments."""
        known: dict[Any, Node] = {}
        for var, value in zip(jaxpr.constvars, consts, strict=True):
            known[var] = self._number(value)
        known |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(var: Any) -> Node:
            literal = isinstance(var, jax.extend.core.Literal)
            return self._number(var.val) if literal else known[var]

        for equation in jaxpr.eqns:
            self.operations += 1
            if self.operations > MAX_OPERATIONS:
                raise NeuromlError(f"{self.what} must be simpler to be written.")
            parts = [read(var) for var in equation.invars]
            results = self._apply(equation, parts)
            known |= dict(zip(equation.outvars, results, strict=True))
        return [read(var) for var in jaxpr.outvars]

    def _number(self, value: Any) -> Node:
        array = np.asarray(value)
        if array.shape != () or not np.isfinite(array).all():
            raise NeuromlError(f"{self.what} must calculate with single finite numbers.")
        return Number(float(array))

    def _apply(self, equation: Any, parts: list[Node]) -> list[Node]:
        name, given = equation.primitive.name, equation.params
        inner = given.get("jaxpr", given.get("call_jaxpr"))
        if inner is not None and name in _CALLS:
            consts = getattr(inner, "consts", [])
            results = self.through(getattr(inner, "jaxpr", inner), consts, parts)
            if given.get("name") == "clip" and _are(parts[1:], [-LIMIT, LIMIT]):
                self.limited[id(results[0])] = parts[0]
            return results
        if any(var.aval.shape != () for var in equation.outvars):
            raise NeuromlError(f"{self.what} must calculate with single numbers to be written.")
        if name in _PASSED:
            return parts[:1]
        if name == "exp":
            return [apply("exp", self.limited.get(id(parts[0]), parts[0]))]
        if name == "integer_pow":
            return [apply("^", parts[0], Number(float(given["y"])))]
        if name == "convert_element_type":
            return [self._converted(equation, parts[0])]
        if name not in _OPERATIONS:
            raise NeuromlError(f"{self.what} uses {name!r}, which LEMS expressions do not have.")
        return [_OPERATIONS[name](*parts)]

    def _converted(self, equation: Any, part: Node) -> Node:
        before, after = equation.invars[0].aval.dtype, equation.outvars[0].aval.dtype
        if before == after or jnp.issubdtype(after, jnp.floating):
            if before == np.bool_:
                return apply("where", part, Number(1.0), Number(0.0))
            if not (jnp.issubdtype(before, jnp.floating) and after.itemsize < before.itemsize):
                return part
        raise NeuromlError(f"{self.what} must not round numbers to {after} to be written.")


def _are(nodes: list[Node], numbers: list[float]) -> bool:
    return [node.value for node in nodes if isinstance(node, Number)] == numbers


_CALLS: Final = ("jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call", "core_call")
_PASSED: Final = ("broadcast_in_dim", "squeeze", "reshape", "copy", "copy_p", "stop_gradient")
_ONE = Number(1.0)
_TWO = Number(2.0)


def _plain(op: str) -> Callable[..., Node]:
    return lambda *parts: apply(op, *parts)


def _expm1(x: Node) -> Node:
    # Equal to exp(x) - 1 without the loss of digits near 0.
    half = apply("/", x, _TWO)
    return apply("*", apply("*", _TWO, apply("exp", half)), apply("sinh", half))


def _sign(x: Node) -> Node:
    zero = Number(0.0)
    below = apply("where", apply(".lt.", x, zero), Number(-1.0), zero)
    return apply("where", apply(".gt.", x, zero), _ONE, below)


_OPERATIONS: Final[dict[str, Callable[..., Node]]] = {
    "add": _plain("+"),
    "add_any": _plain("+"),
    "sub": _plain("-"),
    "mul": _plain("*"),
    "div": _plain("/"),
    "neg": _plain("neg"),
    "pow": _plain("^"),
    "exp": _plain("exp"),
    "log": _plain("log"),
    "sqrt": _plain("sqrt"),
    "abs": _plain("abs"),
    "ceil": _plain("ceil"),
    "sin": _plain("sin"),
    "cos": _plain("cos"),
    "tan": _plain("tan"),
    "sinh": _plain("sinh"),
    "cosh": _plain("cosh"),
    "tanh": _plain("tanh"),
    "lt": _plain(".lt."),
    "gt": _plain(".gt."),
    "le": _plain(".leq."),
    "ge": _plain(".geq."),
    "eq": _plain(".eq."),
    "ne": _plain(".neq."),
    "and": _plain(".and."),
    "or": _plain(".or."),
    "not": _plain(".not."),
    "square": lambda x: apply("^", x, _TWO),
    "rsqrt": lambda x: apply("/", _ONE, apply("sqrt", x)),
    "exp2": lambda x: apply("^", _TWO, x),
    "expm1": _expm1,
    "log1p": lambda x: apply("log", apply("+", _ONE, x)),
    "logistic": lambda x: apply("/", _ONE, apply("+", _ONE, apply("exp", apply("neg", x)))),
    "sign": _sign,
    "max": lambda a, b: apply("where", apply(".gt.", a, b), a, b),
    "min": lambda a, b: apply("where", apply(".lt.", a, b), a, b),
    "select_n": lambda test, no, yes: apply("where", test, yes, no),
    "clamp": lambda low, x, high: _OPERATIONS["min"](_OPERATIONS["max"](x, low), high),
}
