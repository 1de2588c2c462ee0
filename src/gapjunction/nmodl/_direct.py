"""Runs the blocks of a file on numbers, unchanged: the reference for classes.

Apart from the syntax tree, nothing here is shared with the code that makes classes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._syntax import (
    Assign,
    Block,
    Call,
    Do,
    Element,
    Expression,
    If,
    Local,
    Loop,
    Name,
    Number,
    Program,
    Reaction,
    Solve,
    Statement,
)

_STEP: Final = 0.025
_MOST: Final = 20_000
_LIBRARY: Final[dict[str, Callable[..., float]]] = {
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "fabs": abs,
    "abs": abs,
    "pow": math.pow,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "atan": math.atan,
    "asin": math.asin,
    "acos": math.acos,
    "floor": math.floor,
    "ceil": math.ceil,
    "fmod": math.fmod,
}
_BINARY: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "%": math.fmod,
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


class Direct:
    """One compartment with a file's mechanism.

    Parameters
    ----------
    program : Program
        The file.
    values : dict of str to float
        Values of parameters and of what a cell gives, in the units of the file.
    """

    def __init__(self, program: Program, values: Mapping[str, float]) -> None:
        self.program = program
        self.values: dict[str, float] = dict.fromkeys(program.assigned, 0.0)
        self.values |= dict.fromkeys(program.locals, 0.0)
        self.values |= program.constants
        self.values |= {key: x.value or 0.0 for key, x in program.parameters.items()}
        self.values |= values
        for key, x in program.states.items():
            self.values[key] = self.values.setdefault(f"{key}0", x.value or 0.0)
        self.values["dt"] = _STEP
        self.primes: dict[str, float] = {}
        self.solving = True
        self.v = 0.0

    def start(self, v: float) -> None:
        """Run INITIAL at a voltage."""
        self.values["v"] = self.v = v
        # A step within INITIAL would have a simulator's dt, which is not part of the file. It is
        # taken as 0.
        self.values["dt"] = 0.0
        self._run("INITIAL")
        self.values["dt"] = _STEP

    def hold(self, v: float, duration: float) -> None:
        """Advance the states at a voltage, in ms."""
        # Few programs compare files, and all would wait for this import.
        from scipy.integrate import solve_ivp

        self.values["v"] = self.v = v
        solved = self._solved()
        if not solved:
            return
        kinds = {self.program.blocks[name].kind for name in solved}
        if kinds == {"PROCEDURE"}:
            for _ in range(round(duration / _STEP)):
                self._run("BREAKPOINT")
            return
        names = list(self.program.states)

        count = itertools.count()

        def slope(_: float, y: np.ndarray) -> list[float]:
            if next(count) > _MOST:
                raise NmodlError("its blocks are too stiff to compare.", file=self.program.file)
            return self.slopes(dict(zip(names, y, strict=True)))

        y = [self.values[name] for name in names]
        found = solve_ivp(slope, (0.0, duration), y, method="LSODA", rtol=1e-9, atol=1e-11)
        self.values |= dict(zip(names, found.y[:, -1].tolist(), strict=True))

    def slopes(self, states: Mapping[str, float]) -> list[float]:
        """Return the time derivative of each state."""
        self.values |= states
        self.primes = {}
        self._run("BREAKPOINT")
        self.values |= states
        return [self.primes.get(name, 0.0) for name in self.program.states]

    def answers(self, names: list[str]) -> list[float]:
        """Return currents, and the states that they were computed from, in the file's units."""
        states = {name: self.values[name] for name in self.program.states}
        self.solving = any(self.program.blocks[name].kind != "PROCEDURE" for name in self._solved())
        self._run("BREAKPOINT")
        self.solving = True
        # Some blocks assign a state directly.
        found = [self.values[name] for name in names]
        self.values |= states
        return found

    def _solved(self) -> list[str]:
        block = self.program.blocks.get("BREAKPOINT")
        body = () if block is None else block.body
        return [item.block for item in body if isinstance(item, Solve)]

    def _run(self, name: str) -> None:
        if name in self.program.blocks:
            self._routine(self.program.blocks[name], [])
            # A block may shift its own copy of the voltage.
            self.values["v"] = self.v

    def _routine(self, block: Block, arguments: list[float]) -> float:
        scope = dict(zip(block.arguments, arguments, strict=True))
        scope[block.name] = 0.0
        self._body(block.body, scope)
        return scope[block.name]

    def _body(self, body: tuple[Statement, ...], outer: dict[str, float]) -> None:
        own = {name: 0.0 for x in body if isinstance(x, Local) for name in x.names}
        scope = outer | own if own else outer
        for item in body:
            self._statement(item, scope)
        if own:
            outer.update({key: scope[key] for key in outer if key not in own})

    def _statement(self, item: Statement, scope: dict[str, float]) -> None:
        if isinstance(item, Assign):
            value = self._value(item.value, scope)
            if item.index is not None:
                key = f"{item.name}[{self._value(item.index, scope):g}]"
                self.values[key] = value
            elif item.prime:
                self.primes[item.name] = value
            elif item.name in scope:
                scope[item.name] = value
            else:
                self.values[item.name] = value
        elif isinstance(item, If):
            taken = item.then if self._value(item.condition, scope) else item.otherwise
            self._body(taken, scope)
        elif isinstance(item, Do):
            self._value(item.call, scope)
        elif isinstance(item, Loop):
            at, last, step = (self._value(x, scope) for x in (item.first, item.last, item.step))
            while at <= last:
                self._body(item.body, scope | {item.name: at})
                at += step
        elif isinstance(item, Solve):
            if item.steady or self.program.blocks[item.block].kind == "LINEAR":
                self._settle(item)
            elif self.solving:
                self._run(item.block)
        elif isinstance(item, Reaction):
            self._reaction(item, scope)

    def _reaction(self, item: Reaction, scope: dict[str, float]) -> None:
        forward = self._value(item.forward, scope)
        backward = 0.0 if item.backward is None else self._value(item.backward, scope)
        left, right = ((), item.left) if item.inflow else (item.left, item.right)
        net = forward
        if not item.inflow:
            net *= math.prod(self.values[name] ** count for count, name in left)
            net -= backward * math.prod(self.values[name] ** count for count, name in right)
        for sign, side in ((-1.0, left), (1.0, right)):
            for count, name in side:
                self.primes[name] = self.primes.get(name, 0.0) + sign * count * net

    def _settle(self, item: Solve) -> None:
        """Set the states to the steady state of a linear scheme, with the sum 1."""
        names = list(self.program.states)
        columns = [self.slopes({name: float(name == one) for name in names}) for one in names]
        matrix = np.vstack([np.array(columns).T, np.ones(len(names))])
        right = np.append(np.zeros(len(names)), 1.0)
        shares = np.linalg.lstsq(matrix, right, rcond=None)[0]
        self.values |= dict(zip(names, shares.tolist(), strict=True))

    def _value(self, item: Expression, scope: dict[str, float]) -> float:
        if isinstance(item, Number):
            return item.value
        if isinstance(item, Name):
            return scope[item.name] if item.name in scope else self.values[item.name]
        if isinstance(item, Element):
            return self.values.get(f"{item.name}[{self._value(item.index, scope):g}]", 0.0)
        if isinstance(item, Call):
            return self._call(item, [self._value(x, scope) for x in item.arguments])
        x: list[Any] = [self._value(each, scope) for each in item.operands]
        if len(x) == 1:
            return float(not x[0]) if item.operator == "!" else -x[0]
        try:
            return _BINARY[item.operator](*x)
        except (ArithmeticError, ValueError):
            return math.nan

    def _call(self, item: Call, x: list[float]) -> float:
        if item.name in self.program.blocks:
            return self._routine(self.program.blocks[item.name], x)
        if item.name not in _LIBRARY:
            raise NmodlError(f"{item.name} is not known.", item.line, self.program.file)
        try:
            return float(_LIBRARY[item.name](*x))
        except OverflowError:
            return math.inf
        except (ArithmeticError, ValueError):
            return math.nan
