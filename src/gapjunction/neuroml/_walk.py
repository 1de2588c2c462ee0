"""Turns a function that JAX has traced into an expression, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn, Literal, Var

from gapjunction._typing import ArrayLike
from gapjunction.neuroml._nodes import Node, Number, apply

MAX_OPERATIONS: Final = 5000


class Language(NamedTuple):
    """The language that an expression is written in.

    Parameters
    ----------
    error : callable
        Makes the error to raise from its message.
    expressions : str
        What messages call its expressions.
    limits : tuple of float
        Limits of exponents, from minus to plus these numbers, that are dropped in writing, because
        programs that read the expressions have limits of their own, or need none.
    functions : tuple of str
        Functions with JAX's own names that only this language has.
    """

    error: Callable[[str], Exception]
    expressions: str
    limits: tuple[float, ...]
    functions: tuple[str, ...] = ()


class Walk:
    """Goes through one trace.

    Parameters
    ----------
    what : str
        The name of the traced function, for messages.
    language : Language
        The language to write in.
    """

    def __init__(self, what: str, language: Language) -> None:
        self.what, self.language = what, language
        self.operations = 0
        # The arguments of the library's exponentials before they are limited, by the limited value:
        # exponentials are written without limits.
        self.limited: dict[int, Node] = {}

    def through(
        self, jaxpr: Jaxpr, consts: Sequence[ArrayLike], arguments: list[Node]
    ) -> list[Node]:
        """Return the results of a trace for these arguments."""
        known: dict[Var, Node] = {}
        for var, value in zip(jaxpr.constvars, consts, strict=True):
            known[var] = self._number(value)
        known |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(var: Var | Literal) -> Node:
            return self._number(var.val) if isinstance(var, Literal) else known[var]

        for equation in jaxpr.eqns:
            self.operations += 1
            if self.operations > MAX_OPERATIONS:
                raise self.language.error(f"{self.what} must be simpler to be written.")
            parts = [read(var) for var in equation.invars]
            results = self._apply(equation, parts)
            known |= dict(zip(equation.outvars, results, strict=True))
        return [read(var) for var in jaxpr.outvars]

    def _number(self, value: ArrayLike) -> Node:
        array = np.asarray(value)
        if array.shape != () or not np.isfinite(array).all():
            raise self.language.error(f"{self.what} must calculate with single finite numbers.")
        return Number(float(array))

    def _apply(self, equation: JaxprEqn, parts: list[Node]) -> list[Node]:
        name, given = equation.primitive.name, equation.params
        inner = given.get("jaxpr", given.get("call_jaxpr"))
        if inner is not None and name in _CALLS:
            consts = getattr(inner, "consts", [])
            results = self.through(getattr(inner, "jaxpr", inner), consts, parts)
            if given.get("name") == "clip" and self._is_limit(parts[1:]):
                self.limited[id(results[0])] = parts[0]
            return results
        if any(getattr(var.aval, "shape", ()) != () for var in equation.outvars):
            raise self.language.error(
                f"{self.what} must calculate with single numbers to be written."
            )
        if name in _PASSED:
            return parts[:1]
        if name == "exp":
            return [apply("exp", self.limited.get(id(parts[0]), parts[0]))]
        if name == "integer_pow":
            return [apply("^", parts[0], Number(float(given["y"])))]
        if name == "convert_element_type":
            return [self._converted(equation, parts[0])]
        if name in self.language.functions:
            return [apply(name, *parts)]
        if name not in _OPERATIONS:
            raise self.language.error(
                f"{self.what} uses {name!r}, which {self.language.expressions} do not have."
            )
        return [_OPERATIONS[name](*parts)]

    def _is_limit(self, bounds: list[Node]) -> bool:
        found = [node.value for node in bounds if isinstance(node, Number)]
        return len(found) == 2 and found[0] == -found[1] and found[1] in self.language.limits

    def _converted(self, equation: Any, part: Node) -> Node:
        before, after = equation.invars[0].aval.dtype, equation.outvars[0].aval.dtype
        if before == np.bool_ != after:
            return apply("where", part, _ONE, _ZERO)
        shorter = jnp.issubdtype(before, jnp.floating) and after.itemsize < before.itemsize
        if before == after or (jnp.issubdtype(after, jnp.floating) and not shorter):
            return part
        raise self.language.error(f"{self.what} must not round numbers to {after} to be written.")


_CALLS: Final = ("jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call", "core_call")
_PASSED: Final = ("broadcast_in_dim", "squeeze", "reshape", "copy", "copy_p", "stop_gradient")
_ZERO = Number(0.0)
_ONE = Number(1.0)
_TWO = Number(2.0)


def _plain(op: str) -> Callable[..., Node]:
    return lambda *parts: apply(op, *parts)


def _expm1(x: Node) -> Node:
    # This equals exp(x) - 1, without the loss of digits near 0.
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
