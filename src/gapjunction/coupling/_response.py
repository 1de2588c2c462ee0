"""How the voltages of a population respond to current in a step.

In one step a population turns the current that its cells get into voltages at the end of the step.
Coupling that is solved together with the step needs the derivative of that map, the *response*. In
point neurons each cell responds to its own current alone, and the response is one number per cell.
In a population whose units are compartments of the same cell, or cells that another mechanism
joins, a unit also responds to the current of others. The response is then a linear operator that is
not diagonal, and taking its row sums as its diagonal would give wrong voltages without any warning.

The program shows which case it is: the derivative is a linear program, and if each of its
operations works element by element, so does the whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var

Tangent = Callable[[jax.Array], jax.Array]

# Operations that are linear in an operand, element by element, whatever the other operands are.
_ELEMENTWISE = frozenset(
    [
        *("mul", "div", "add", "add_any", "sub", "neg", "select_n", "real"),
        *("convert_element_type", "reduce_precision", "copy", "copy_p", "optimization_barrier"),
    ]
)
# Operations that only rename the axes, if they keep the elements in order.
_RESHAPING = frozenset(
    ["reshape", "squeeze", "expand_dims", "broadcast_in_dim", "transpose", "reduce_sum"]
)


@dataclasses.dataclass(frozen=True)
class Answer:
    """How a population's voltage answers to current in the step: ``y = c + R I``.

    ``I`` is the current from junctions during the step, and ``y`` the voltage at which junctions
    take that current: at the end of the step, or in its middle for a solver whose step is centred.

    Parameters
    ----------
    c : array
        The voltage ``y`` if junctions gave no current.
    rho : array or None
        The response R as one number per cell, a resistance near ``dt / C`` for a short step. None
        where units answer to the current of others.
    apply : callable
        The product of the response with a vector of currents.
    start : array
        The voltage at the start of the step.
    point : float
        Where in the step ``y`` is: 0 is its start, 1 its end.
    batch : int
        How many leading axes are those of a batch, whose members do not touch each other.
    cell_axes : int, optional
        How many trailing axes are compartments of one cell, which alone answer to the current of
        each other; None where that is not known.
    symmetric : bool
        Whether the response is known to be a symmetric matrix.
    """

    c: jax.Array
    rho: jax.Array | None
    apply: Tangent
    start: jax.Array
    point: float
    batch: int
    cell_axes: int | None = None
    symmetric: bool = False

    def at(self, point: float | None) -> Answer:
        """Return the answer with the current taken at another point of the step.

        The voltage is assumed to change linearly within the step, as in methods whose step is
        centred.
        """
        if point is None or point == self.point:
            return self
        ratio = point / self.point
        c = self.start + ratio * (self.c - self.start)
        rho = None if self.rho is None else ratio * self.rho
        return dataclasses.replace(
            self, c=c, rho=rho, apply=lambda x: ratio * self.apply(x), point=point
        )


def answer_of(
    free: jax.Array,
    tangent: Tangent,
    start: jax.Array,
    point: float,
    batch: int,
    cell_axes: int | None = None,
    symmetric: bool = False,
) -> Answer:
    """Return the answer of a population from its step without current, and its derivative.

    Parameters
    ----------
    free : array
        Voltage at the end of the step if junctions gave no current.
    tangent : callable
        Derivative of that voltage with respect to the current, applied to a vector.
    start : array
        Voltage at the start of the step.
    point : float
        Where in the step junctions take their current.
    batch, cell_axes, symmetric
        Those of :class:`Answer`.
    """
    # Junctions take their current at the voltage y = start + point (V - start).
    c = point * free + (1 - point) * start

    def apply(x: jax.Array) -> jax.Array:
        return point * tangent(x)

    ones = jnp.ones_like(start)
    if works_elementwise(tangent, ones):
        rho = apply(ones)
        return Answer(c, rho, lambda x: rho * x, start, point, batch)
    return Answer(c, None, apply, start, point, batch, cell_axes, symmetric)


def works_elementwise(tangent: Tangent, like: jax.Array) -> bool:
    """Return whether a linear function provably maps each element to the same element alone.

    Parameters
    ----------
    tangent : callable
        A linear function of one array that returns an array of the same shape.
    like : array
        An array of that shape and dtype.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> works_elementwise(lambda x: 2 * x, jnp.ones(3))
    True
    >>> works_elementwise(lambda x: x - x.mean(), jnp.ones(3))
    False
    """
    program = jax.make_jaxpr(tangent)(like)
    return _elementwise(program.jaxpr, [True])


def _elementwise(jaxpr: Jaxpr, varying: list[bool]) -> bool:
    """Return whether a program is elementwise in those of its inputs that are marked."""
    depends = {v for v, marked in zip(jaxpr.invars, varying, strict=True) if marked}
    for equation in jaxpr.eqns:
        marked = [isinstance(v, Var) and v in depends for v in equation.invars]
        if not any(marked):
            continue
        if not _equation_is_elementwise(equation, marked):
            return False
        depends.update(equation.outvars)
    return True


def _equation_is_elementwise(equation: JaxprEqn, marked: list[bool]) -> bool:
    name, params = equation.primitive.name, equation.params
    moving = [_shape(v) for v, own in zip(equation.invars, marked, strict=True) if own]
    if name in _ELEMENTWISE:
        shape = _shape(equation.outvars[0])
        return all(own == shape for own in moving)
    if name in _RESHAPING:
        return _keeps_order(equation)
    if name in ("while", "cond", "scan"):
        return _control_flow_is_elementwise(name, equation, marked)
    inner = params.get("jaxpr", params.get("call_jaxpr"))
    if inner is None:
        return False
    inner = _open(inner)
    return len(inner.invars) == len(marked) and _elementwise(inner, marked)


def _control_flow_is_elementwise(name: str, equation: JaxprEqn, marked: list[bool]) -> bool:
    """Return whether loops and branches are elementwise."""
    params = equation.params
    if name == "cond":
        # The first operand chooses the branch.
        return not marked[0] and all(
            _elementwise(_open(branch), marked[1:]) for branch in params["branches"]
        )
    if name == "scan":
        return _loop_is_elementwise(_open(params["jaxpr"]), equation.invars, equation, marked)
    tests = params["cond_nconsts"]
    if any(marked[:tests]):
        return False
    inside = equation.invars[tests:]
    return _loop_is_elementwise(_open(params["body_jaxpr"]), inside, equation, marked[tests:])


def _loop_is_elementwise(
    body: Jaxpr, inputs: Sequence[Var | Literal], equation: JaxprEqn, marked: list[bool]
) -> bool:
    """Return whether the body of a loop is elementwise in all that may vary from turn to turn.

    What varies may reach any value that is carried, so all carried values that have the shape of
    one that varies are taken to vary. A loop that takes its inputs apart, or stacks its outputs, is
    not followed.
    """
    shapes = {_shape(v) for v, own in zip(inputs, marked, strict=True) if own}
    whole = all(
        _shape(v) == _shape(inner)
        for v, inner, own in zip(inputs, body.invars, marked, strict=True)
        if own or _shape(v) in shapes
    )
    stacked = any(
        _shape(v) != _shape(inner) for v, inner in zip(equation.outvars, body.outvars, strict=True)
    )
    return whole and not stacked and _elementwise(body, [_shape(v) in shapes for v in body.invars])


def _open(jaxpr: Jaxpr | ClosedJaxpr) -> Jaxpr:
    """Return the program itself, without the constants that some operations store with it."""
    return jaxpr if isinstance(jaxpr, Jaxpr) else jaxpr.jaxpr


def _keeps_order(equation: JaxprEqn) -> bool:
    """Return whether an operation only adds or removes axes of length one."""
    before, after = _shape(equation.invars[0]), _shape(equation.outvars[0])
    if [n for n in before if n != 1] != [n for n in after if n != 1]:
        return False
    if equation.primitive.name != "transpose":
        return True
    moved = [k for k in equation.params["permutation"] if before[k] != 1]
    return moved == sorted(moved)


def _shape(variable: Var | Literal) -> tuple[int, ...]:
    # Tokens, which order side effects, have none.
    return getattr(variable.aval, "shape", ())
