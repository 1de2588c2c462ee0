"""Rates of NeuroML as numbers: the standard ones, and expressions of LEMS, in SI units."""

from __future__ import annotations

import ast
import contextlib
import math
import re
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

import numpy as np

_UNITS = {
    "": 1.0,
    "mV": 1e-3,
    "V": 1.0,
    "per_mV": 1e3,
    "per_V": 1.0,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "per_ms": 1e3,
    "per_s": 1.0,
    "Hz": 1.0,
    "kHz": 1e3,
    "M": 1e3,
    "mM": 1.0,
    "uM": 1e-3,
    "mol_per_m3": 1.0,
    "mol_per_cm3": 1e6,
    "K": 1.0,
    "pS": 1e-12,
    "nS": 1e-9,
}
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z_]\w*)?\s*")
_WORDS = {
    ".lt.": "<",
    ".gt.": ">",
    ".leq.": "<=",
    ".le.": "<=",
    ".geq.": ">=",
    ".ge.": ">=",
    ".eq.": "==",
    ".neq.": "!=",
    ".ne.": "!=",
    ".and.": " and ",
    ".or.": " or ",
    "^": "**",
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": lambda x: float(np.exp(x)),  # infinite where it is too large
    "log": math.log,
    "ln": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
}
_OPERATIONS: dict[type, Callable[..., float | bool]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: a,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def quantity(text: str) -> float:
    """Return the number of a text with a unit, in SI units."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no quantity.")
    number, unit = float(found[1]), found[2] or ""
    return number + 273.15 if unit == "degC" else number * _UNITS[unit]


class Component:
    """A rate, time course or steady state of a gate."""

    def __init__(self, root: Element, element: Element) -> None:
        self.kind = element.get("type", "")
        self.numbers = {
            key: quantity(text) for key, text in element.attrib.items() if key not in ("type", "id")
        }
        types = {x.get("name"): x for x in root.iter("ComponentType")}
        self.type = types.get(self.kind)

    def value(self, around: Mapping[str, float]) -> float:
        """Return its value at a voltage, as SI has it."""
        if self.type is None:
            return self._standard(around)
        known = {**around, **self.numbers}
        for item in self.type.findall("Constant"):
            known[item.get("name", "")] = quantity(item.get("value", ""))
        waiting = [x for part in self.type.findall("Dynamics") for x in part]
        exposed = {x.get("exposure"): x.get("name", "") for x in waiting}
        for _ in range(len(waiting)):
            # In any order; some of them need what only others know, and are not used.
            for item in waiting:
                with contextlib.suppress(KeyError):
                    known[item.get("name", "")] = _variable(item, known)
        return next(known[exposed[key]] for key in ("r", "t", "x") if key in exposed)

    def _standard(self, around: Mapping[str, float]) -> float:
        known = self.numbers
        if self.kind == "fixedTimeCourse":
            return known["tau"]
        x = (around["v"] - known["midpoint"]) / known["scale"]
        if self.kind.startswith("HHExpLinear"):
            return known["rate"] * (x / -math.expm1(-x) if x else 1.0)
        if self.kind.startswith("HHSigmoid"):
            return known["rate"] / (1 + math.exp(-x))
        if self.kind.startswith("HHExp"):
            return known["rate"] * math.exp(x)
        raise ValueError(f"{self.kind} is not known.")


def _variable(item: Element, known: Mapping[str, float]) -> float:
    for case in item.findall("Case"):
        condition = case.get("condition")
        if condition is None or evaluate(condition, known):
            return evaluate(case.get("value", ""), known)
    return evaluate(item.get("value", ""), known)


def evaluate(text: str, known: Mapping[str, float]) -> float:
    """Return the value of an expression; nothing of it is executed."""
    for word, sign in _WORDS.items():
        text = text.replace(word, sign)
    return float(_of(ast.parse(text.strip(), mode="eval").body, known))


def _of(node: ast.expr, known: Mapping[str, float]) -> float | bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_of(node.left, known), _of(node.right, known))
    if isinstance(node, ast.UnaryOp):
        return _OPERATIONS[type(node.op)](_of(node.operand, known))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        right = _of(node.comparators[0], known)
        return _OPERATIONS[type(node.ops[0])](_of(node.left, known), right)
    if isinstance(node, ast.BoolOp):
        parts = [bool(_of(x, known)) for x in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*(_of(x, known) for x in node.args))
    raise ValueError(f"{ast.dump(node)[:80]} is not known.")
