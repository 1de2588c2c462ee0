"""Runs the blocks of a file once, on formulas instead of numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from gapjunction.nmodl._calculus import derivative, ratio, substitute, summed_to_one
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._graph import Graph, Node
from gapjunction.nmodl._syntax import (
    Assign,
    Block,
    Call,
    Do,
    Element,
    Equation,
    Expression,
    If,
    Local,
    Loop,
    Name,
    Number,
    Operation,
    Program,
    Reaction,
    Refused,
    Solve,
    Statement,
)

_DEEPEST: Final = 12
_MOST_STEPS: Final = 100_000
_MOST_TURNS: Final = 500
_COMPARE: Final = {"<": ("less", False), "<=": ("less_equal", False)}
_FUNCTIONS: Final = {
    "exp": "exp",
    "log": "log",
    "log10": "log10",
    "sqrt": "sqrt",
    "fabs": "abs",
    "abs": "abs",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "tanh": "tanh",
    "sinh": "sinh",
    "cosh": "cosh",
    "atan": "atan",
    "asin": "asin",
    "acos": "acos",
    "floor": "floor",
    "ceil": "ceil",
}


@dataclasses.dataclass(frozen=True)
class Flux:
    """A reaction between states: its rates are formulas."""

    left: tuple[tuple[int, str], ...]
    right: tuple[tuple[int, str], ...]
    forward: Node
    backward: Node
    line: int


class Run:
    """The values of names while blocks run."""

    def __init__(self, program: Program, graph: Graph, values: Mapping[str, Node]) -> None:
        self.started = False  # whether INITIAL is over
        self.program, self.graph = program, graph
        self.globals: dict[str, Node] = dict(values)
        self.sizes = dict(program.arrays)
        self.derivatives: dict[str, Node] = {}
        self.steps: dict[str, Node] = {}  # new values of states of hand-written steps
        self.fluxes: dict[str, list[Flux]] = {}  # by KINETIC block
        # For each CONSERVE of a KINETIC block, the states whose sum it says to be 1.
        self.conserved: list[frozenset[str]] = []
        self.settled: set[str] = set()  # states for which a STEADYSTATE was solved
        self.linear: list[str] = []  # LINEAR blocks that were solved
        # Each equation of a LINEAR block, as the difference of its sides.
        self.equations: list[Node] = []
        self.unset: list[str] = []  # what was read before it had a value
        self._depth = self._count = 0
        self._assumed: list[tuple[Node, bool]] = []  # conditions of the branches around
        self._block = ""

    def block(self, name: str) -> None:
        """Run a block without arguments."""
        if name in self.program.blocks:
            self._routine(self.program.blocks[name], [])

    def _error(self, message: str, line: int) -> NmodlError:
        return NmodlError(message, line, self.program.file)

    def _routine(self, block: Block, arguments: list[Node]) -> Node:
        if len(arguments) != len(block.arguments):
            raise self._error(
                f"{block.name} must have {len(block.arguments)} arguments, got {len(arguments)}.",
                block.line,
            )
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"{block.name} must not call itself.", block.line)
        scope = dict(zip(block.arguments, arguments, strict=True))
        outer, self._block = self._block, block.name
        # A condition around the call holds inside too, but names of the caller are not visible.
        if block.kind == "FUNCTION":
            scope[block.name] = self.graph.constant(0.0)
        self._body(block.body, scope)
        self._block = outer
        self._depth -= 1
        return scope.get(block.name, self.graph.constant(0.0))

    def _body(self, body: tuple[Statement, ...], scope: dict[str, Node]) -> None:
        own = {name for item in body if isinstance(item, Local) for name in item.names}
        hidden = {name: scope[name] for name in own if name in scope}
        for item in body:
            self._count += 1
            if self._count > _MOST_STEPS:
                raise self._error(f"it must not run more than {_MOST_STEPS} statements.", 1)
            self._statement(item, scope)
        for name in own:
            scope.pop(name, None)
        scope.update(hidden)

    def _statement(self, item: Statement, scope: dict[str, Node]) -> None:
        if isinstance(item, Assign):
            value = self.expression(item.value, scope)
            if item.index is not None:
                self.globals[self._element(item.name, item.index, item.line, scope)] = value
            elif item.prime:
                self._prime(item, value)
            elif item.name in scope:
                scope[item.name] = value
            else:
                self._set(item.name, value, item.line)
        elif isinstance(item, Local):
            scope.update(dict.fromkeys(item.names, self.graph.constant(0.0)))
            self.sizes.update(item.sizes)
        elif isinstance(item, If):
            self._if(item, scope)
        elif isinstance(item, Loop):
            self._loop(item, scope)
        elif isinstance(item, Do):
            self.expression(item.call, scope)
        elif isinstance(item, Solve):
            self._solve(item)
        elif isinstance(item, Reaction):
            self._reaction(item, scope)
        elif isinstance(item, Equation):
            self._equation(item, scope)
        elif isinstance(item, Refused):
            raise self._error(item.message, item.line)

    def _set(self, name: str, value: Node, line: int) -> None:
        known = (self.globals, self.program.assigned, self.program.locals)
        if not any(name in names for names in known):
            raise self._error(f"{name} is not declared.", line)
        if name in ("celsius", "dt", "t") or name in self.program.constants:
            raise self._error(f"{name} must not be changed by a mechanism.", line)
        self.globals[name] = value

    def _element(self, name: str, index: Expression, line: int, scope: dict[str, Node]) -> str:
        """Return the name of an element of an array."""
        size = self.sizes.get(name)
        if size is None:
            raise self._error(f"{name}[...] is not declared.", line)
        at = self.expression(index, scope)
        if at.op != "constant":
            raise self._error(f"the index of {name} must be a number.", line)
        if not (at.value.is_integer() and 0 <= at.value < size):
            raise self._error(
                f"the index of {name} must be 0 to {size - 1}, got {at.value:g}.", line
            )
        return f"{name}[{int(at.value)}]"

    def _prime(self, item: Assign, value: Node) -> None:
        if item.name not in self.program.states:
            raise self._error(f"{item.name} must be a STATE.", item.line)
        if self.graph.branches:
            raise self._error(
                f"{item.name}' within IF is refused: set a rate there, and {item.name}' after it.",
                item.line,
            )
        if self.derivatives.get(item.name, value) is not value:
            raise self._error(f"{item.name}' must not be set to two values.", item.line)
        self.derivatives[item.name] = value

    def _if(self, item: If, scope: dict[str, Node]) -> None:
        condition = self.expression(item.condition, scope)
        holds = condition.value != 0 if condition.op == "constant" else self._known(condition)
        if holds is not None:
            self._body(item.then if holds else item.otherwise, scope)
            return
        before, local = dict(self.globals), dict(scope)
        self.graph.branches += 1
        self._assumed.append((condition, True))
        self._body(item.then, scope)
        then, then_local = dict(self.globals), dict(scope)
        self.globals = dict(before)
        scope.clear()
        scope.update(local)
        self._assumed[-1] = (condition, False)
        self._body(item.otherwise, scope)
        self._assumed.pop()
        self.graph.branches -= 1
        for new, old in ((self.globals, then), (scope, then_local)):
            for name, value in new.items():
                new[name] = self.graph.where(condition, old.get(name, value), value)
            for name in old.keys() - new.keys():
                new[name] = self.graph.where(condition, old[name], self.graph.constant(0.0))

    def _known(self, condition: Node) -> bool | None:
        """Return whether a condition follows from the branches around it; None if that is open.

        Some files write ``else if (x >= 0)`` after ``if (x < 0)``; then no third case is left, in
        which a variable would keep its value.
        """
        subject, wanted = _positive(condition)
        for outer, holds in self._assumed:
            known, sign = _positive(outer)
            if known is subject:
                return holds == (wanted == sign)
            opposite = {"less": "less_equal", "less_equal": "less"}.get(known.op)
            if opposite == subject.op and known.args == subject.args[::-1]:
                return holds != (wanted == sign)
        return None

    def _loop(self, item: Loop, scope: dict[str, Node]) -> None:
        bounds = [self.expression(x, scope) for x in (item.first, item.last, item.step)]
        if any(x.op != "constant" for x in bounds) or bounds[2].value <= 0:
            raise self._error("FROM must go from a number to a number.", item.line)
        first, last, step = (x.value for x in bounds)
        if not (last - first) / step < _MOST_TURNS:
            raise self._error(f"FROM must not repeat more than {_MOST_TURNS} times.", item.line)
        while first <= last:
            inner = {**scope, item.name: self.graph.constant(first)}
            self._body(item.body, inner)
            scope.update({name: inner[name] for name in scope if name != item.name})
            first += step

    def _solve(self, item: Solve) -> None:
        block = self.program.blocks.get(item.block)
        if block is None or block.kind not in ("DERIVATIVE", "KINETIC", "LINEAR", "PROCEDURE"):
            raise self._error(f"SOLVE {item.block}: there is no such block.", item.line)
        if self.graph.branches:
            raise self._error("SOLVE within IF is refused.", item.line)
        if block.kind == "LINEAR":
            if self.started:
                raise self._error(f"LINEAR {block.name} is refused outside of INITIAL.", item.line)
            self._routine(block, [])
            self.linear.append(block.name)
            return
        before = {name: self.globals[name] for name in self.program.states}
        v = self.globals["v"]
        self._routine(block, [])
        # A mechanism has its own copy of v, which is set again for each block.
        self.globals["v"] = v
        if item.steady:
            if self.started:
                raise self._error("STEADYSTATE is refused outside of INITIAL.", item.line)
            members = {
                name
                for flux in self.fluxes.get(block.name, ())
                for _, name in (*flux.left, *flux.right)
            }
            self.settled |= members | set(self.derivatives)
            self.globals.update(before)
            return
        for name, value in before.items():
            new = self.globals[name]
            if new is not value:
                at_once = name not in self.derivatives and name not in new.inputs
                if block.kind != "PROCEDURE" and not (block.kind == "DERIVATIVE" and at_once):
                    raise self._error(f"{block.name} must not set the state {name}.", block.line)
                self.steps[name] = new
                self.globals[name] = value

    def _reaction(self, item: Reaction, scope: dict[str, Node]) -> None:
        if self.graph.branches:
            raise self._error("a reaction within IF is refused.", item.line)
        for _, name in (*item.left, *item.right):
            if name not in self.program.states:
                raise self._error(f"{name} must be a STATE.", item.line)
        zero = self.graph.constant(0.0)
        forward = self.expression(item.forward, scope)
        backward = zero if item.backward is None else self.expression(item.backward, scope)
        if item.inflow:
            flux = Flux((), item.left, forward, zero, item.line)
        else:
            flux = Flux(item.left, item.right, forward, backward, item.line)
        self.fluxes.setdefault(self._block, []).append(flux)
        for sign, side, rate in ((1.0, item.left, forward), (1.0, item.right, backward)):
            name = "f_flux" if side is item.left else "b_flux"
            value = self.graph.mul(self.graph.constant(sign), rate)
            for count, state in side if not item.inflow else ():
                for _ in range(count):
                    value = self.graph.mul(value, self.globals[state])
            self.globals[name] = value

    def _equation(self, item: Equation, scope: dict[str, Node]) -> None:
        g, before = self.graph, self.globals
        # An equation is about the states that are to be found, not about their present values.
        self.globals = before | {name: g.input(name) for name in self.program.states}
        left, right = (self.expression(side, scope) for side in (item.left, item.right))
        self.globals = before
        difference, kind = g.add(left, g.neg(right)), self.program.blocks[self._block].kind
        if kind == "LINEAR":
            self.equations.append(difference)
            self.settled |= difference.inputs & set(self.program.states)
        elif item.conserve and kind == "KINETIC":
            # A simulator would keep another sum, too; shares of a scheme have the sum 1.
            if (states := summed_to_one(difference)) is None or not states <= set(
                self.program.states
            ):
                raise self._error("CONSERVE must say that the sum of states is 1.", item.line)
            self.conserved.append(states)
        else:
            raise self._error(f"an equation within {kind} {self._block} is refused.", item.line)

    def expression(self, item: Expression, scope: dict[str, Node]) -> Node:
        """Return the formula of an expression, with the present values of names."""
        g = self.graph
        if isinstance(item, Number):
            return g.constant(item.value)
        if isinstance(item, Name):
            return self._read(item, scope)
        if isinstance(item, Element):
            key = self._element(item.name, item.index, item.line, scope)
            return self.globals.get(key, g.constant(0.0))
        if isinstance(item, Call):
            return self._call(item, [self.expression(x, scope) for x in item.arguments], scope)
        return self._operation(item, [self.expression(x, scope) for x in item.operands])

    def _read(self, item: Name, scope: dict[str, Node]) -> Node:
        if item.name in scope:
            return scope[item.name]
        if item.name in self.globals:
            return self.globals[item.name]
        known = self.program.assigned.keys() | self.program.locals
        if item.name in known:
            self.unset.append(item.name)
            return self.graph.constant(0.0)
        raise self._error(f"{item.name} is not declared.", item.line)

    def _operation(self, item: Operation, x: list[Node]) -> Node:
        g, sign = self.graph, item.operator
        if len(x) == 1:
            return g.make("not", x[0]) if sign == "!" else g.neg(x[0])
        a, b = x
        if sign in ("+", "-"):
            return g.add(a, b if sign == "+" else g.neg(b))
        if sign == "*":
            return g.mul(a, b)
        if sign == "/":
            return ratio(g, a, b)
        if sign in ("<", "<="):
            return g.make(_COMPARE[sign][0], a, b)
        if sign in (">", ">="):
            return g.make(_COMPARE[sign.replace(">", "<")][0], b, a)
        if sign == "!=":
            return g.make("not", g.make("equal", a, b))
        return g.make({"^": "pow", "%": "mod", "==": "equal", "&&": "and", "||": "or"}[sign], a, b)

    def _call(self, item: Call, x: list[Node], scope: dict[str, Node]) -> Node:
        g, name = self.graph, item.name
        block = self.program.blocks.get(name)
        if block is not None and block.kind in ("FUNCTION", "PROCEDURE"):
            return self._routine(block, x)
        if name == "pow" and len(x) == 2:
            return g.make("pow", *x)
        if name in _FUNCTIONS and len(x) == 1:
            return g.make(_FUNCTIONS[name], *x)
        if name == "fmod" and len(x) == 2:
            return g.make("mod", *x)
        if name in ("state_discontinuity", "printf", "error"):
            raise self._error(f"{name} is refused.", item.line)
        raise self._error(f"{name} with {len(x)} arguments is not known.", item.line)


def _positive(condition: Node) -> tuple[Node, bool]:
    """Return a condition without its negations, and whether it was not negated."""
    sign = True
    while condition.op == "not":
        condition, sign = condition.args[0], not sign
    return condition, sign


def rate_of_step(graph: Graph, new: Node) -> Node | None:
    """Return the time derivative whose solution a hand-written step is.

    A step of length 0 changes nothing, so that its derivative by dt there is the state's derivative
    by time.
    """
    slope = derivative(graph, new, "dt")
    return None if slope is None else substitute(graph, slope, {"dt": graph.constant(0.0)})
