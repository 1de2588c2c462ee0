"""The derivative of a step of cells, leaving out what does not depend on current.

A host may mark functions in its step whose derivative it states itself, as braincell does for the
two passes over the tree of a cell. JAX asks such a function for its derivative along all of its
arguments, and computes with zeros for those that do not change: half of what the derivative of a
step of cells would do. Where the function is affine in the current there is nothing to state: its
derivative is itself, and JAX finds which of its parts vary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, JaxprEqn, Literal

# Operations that are affine in all of their operands together.
_JOINT = frozenset(
    [
        *("add", "add_any", "sub", "neg", "reduce_sum", "concatenate", "pad", "copy", "copy_p"),
        *("reshape", "squeeze", "broadcast_in_dim", "transpose", "slice", "expand_dims", "rev"),
        *("convert_element_type",),
    ]
)
# Operations that are affine in one operand, or two, as long as the others do not vary.
_ALONE = {
    **{"div": (0,), "gather": (0,), "dynamic_slice": (0,), "dynamic_update_slice": (0, 1)},
    **{"scatter": (0, 2), "scatter-add": (0, 2), "scatter_add": (0, 2)},
}
_PRODUCTS = frozenset(["mul", "dot_general"])
_CALLS = frozenset(["pjit", "jit", "closed_call", "core_call", "custom_jvp_call"])


def linearise(
    function: Callable[[jax.Array], jax.Array], at: jax.Array
) -> tuple[jax.Array, Callable[[jax.Array], jax.Array]]:
    """Return the value of a function of one array, and its derivative as a linear function.

    The result is that of `jax.linearize`, found with less work if the function calls others that
    state their own derivative.

    Parameters
    ----------
    function : callable
        A function of one array that returns one. It is called once.
    at : array
        Where the function is linearised.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> value, tangent = linearise(lambda x: 3 * x + 1, jnp.array(2.0))
    >>> float(value), float(tangent(jnp.array(1.0)))
    (7.0, 3.0)
    """
    program = jax.make_jaxpr(function)(at)
    found: tuple[jax.Array, Callable[[jax.Array], jax.Array]] = jax.linearize(
        lambda x: _run(program, [x], [True])[0], at
    )
    return found


def _run(program: ClosedJaxpr, args: Sequence[Any], varying: Sequence[bool]) -> list[Any]:
    """Evaluate a program, ignoring the derivatives that functions in it state themselves.

    They are ignored for functions that are affine in those of their arguments that vary: such a
    function is evaluated as the operations that it consists of, which JAX differentiates.
    """
    jaxpr = program.jaxpr
    known = dict(zip(jaxpr.constvars, program.consts, strict=True))
    known.update(zip(jaxpr.invars, args, strict=True))
    depends = {v for v, own in zip(jaxpr.invars, varying, strict=True) if own}

    def read(v: Any) -> Any:
        return v.val if isinstance(v, Literal) else known[v]

    for equation in jaxpr.eqns:
        values = [read(v) for v in equation.invars]
        marked = [not isinstance(v, Literal) and v in depends for v in equation.invars]
        inner = _inner(equation) if any(marked) else None
        if inner is not None and (
            equation.primitive.name != "custom_jvp_call" or _affine(inner, marked)
        ):
            found = _run(inner, values, marked)
        else:
            own = equation.primitive.get_bind_params(equation.params)
            with equation.ctx.manager:
                found = equation.primitive.bind(*values, **own)
            found = found if equation.primitive.multiple_results else [found]
        known.update(zip(equation.outvars, found, strict=True))
        if any(marked):
            depends.update(equation.outvars)
    return [read(v) for v in jaxpr.outvars]


def _affine(program: ClosedJaxpr, varying: Sequence[bool]) -> bool:
    """Return whether a program is affine in those of its inputs that are marked."""
    jaxpr = program.jaxpr
    depends = {v for v, own in zip(jaxpr.invars, varying, strict=True) if own}
    for equation in jaxpr.eqns:
        marked = [not isinstance(v, Literal) and v in depends for v in equation.invars]
        if not any(marked):
            continue
        name, inner = equation.primitive.name, _inner(equation)
        if inner is not None:
            fits = _affine(inner, marked)
        elif name == "select_n":
            fits = not marked[0]
        elif name in _PRODUCTS:
            fits = sum(marked) == 1
        else:
            fits = name in _JOINT or all(
                k in _ALONE.get(name, ()) for k, own in enumerate(marked) if own
            )
        if not fits:
            return False
        depends.update(equation.outvars)
    return True


def _inner(equation: JaxprEqn) -> ClosedJaxpr | None:
    """Return the program that an operation calls with its operands; None if it calls none."""
    if equation.primitive.name not in _CALLS:
        return None
    inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    # A program that takes other operands than the call is not entered.
    if not isinstance(inner, ClosedJaxpr):
        return None
    return inner if len(inner.jaxpr.invars) == len(equation.invars) else None
