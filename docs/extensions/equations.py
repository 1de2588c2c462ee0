"""Equations of channels in TeX, from their declarations.

Rates that are functions are traced, as where a channel is written to a file, so that what is shown
is what is computed: voltages are in mV, times in ms, concentrations in mM, temperatures in degrees
Celsius.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import saiunit as u

from gapjunction.ion_channels import (
    Channel,
    Gate,
    GHKChannel,
    IonChannel,
    Markov,
    exponential,
    linoid,
    sigmoid,
)
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, apply
from gapjunction.neuroml._trace import node_of
from gapjunction.neuroml._units import DIMENSIONS

_DIMENSIONS: Final = {
    "alpha": DIMENSIONS["per_time"],
    "beta": DIMENSIONS["per_time"],
    "time_constant": DIMENSIONS["time"],
    "steady_state": DIMENSIONS["none"],
}
_SYMBOLS: Final = {
    "alpha": r"\alpha_{%s}",
    "beta": r"\beta_{%s}",
    "time_constant": r"\tau_{%s}",
    "steady_state": r"%s_\infty",
}
_NAMES: Final = {"v": "V", "caConc": "[Ca]"}
_RELATIONS: Final = {
    ".lt.": "<",
    ".gt.": ">",
    ".leq.": r"\le",
    ".geq.": r"\ge",
    ".eq.": "=",
    ".neq.": r"\ne",
}
_FUNCTIONS: Final = {"log": r"\ln", "max": r"\max", "min": r"\min"}
# How tightly parts hold together: sums and signs, quotients on one line, products, powers and
# fractions, and what needs no brackets.
_SUM, _QUOTIENT, _PRODUCT, _POWER, _WHOLE = range(5)
# Longer formulas than this, in operations, are not read by people.
_LONGEST: Final = 50


def current(channel: type[IonChannel]) -> str | None:
    """Return the equation of a channel's current, or None where it has none of its own form."""
    if not issubclass(channel, (Channel, GHKChannel)):
        return None
    share = _open(channel)
    if issubclass(channel, GHKChannel):
        ion = channel.ion
        driven = (
            rf"z^2 \frac{{F^2 V}}{{R T}}\, \frac{{[{ion}]_i - [{ion}]_o e^{{-z F V / R T}}}}"
            r"{1 - e^{-z F V / R T}}"
        )
        return rf"I = P_{{max}}\, {share}{driven}"
    reversal = f"E_{{{channel.ion}}}" if isinstance(channel.E, str) else "E"
    return rf"I = g_{{max}}\, {share}(V - {reversal})"


def _open(channel: type[IonChannel]) -> str:
    def factor(name: str) -> str:
        gate = channel.gates[name]
        return _variable(name) + (f"^{{{gate.power:g}}}" if gate.power != 1 else "")

    if channel.terms is None:
        return "".join(rf"{factor(name)}\, " for name in channel.gates)
    terms = []
    for weight, names in channel.terms:
        product = r"\, ".join(factor(name) for name in names)
        terms.append(product if weight == 1 else rf"{_number(weight)}\, {product}")
    together = " + ".join(terms)
    return rf"({together})\, " if len(terms) > 1 else rf"{together}\, "


def _variable(name: str) -> str:
    return name if len(name) == 1 else rf"\mathrm{{{name}}}"


def gate_equations(channel: type[IonChannel]) -> Iterator[str]:
    """Yield the equations of the gates of a channel, each of one rate, in TeX."""
    values = {name: item.default for name, item in channel.parameters.items()}
    for name, gate in channel.gates.items():
        if isinstance(gate, Markov):
            for (start, end), rate in gate.rates.items():
                # Many are constants; the scheme itself is in the figure.
                left = rf"{start} \to {end}"
                yield f"{left}: {_rate(rate, 'alpha', values, name)}"
        elif isinstance(gate, Gate):
            for part, rate in gate.declared().items():
                if part != "start":
                    left = _SYMBOLS[part] % _variable(name)
                    yield f"{left} = {_rate(rate[0], part, values, name)}"


def _rate(rate: Any, part: str, values: dict[str, Any], gate: str) -> str:
    if isinstance(rate, (exponential, linoid, sigmoid)) and not rate.reads:
        return _form(rate, part)
    try:
        text, _ = tex(node_of(rate, _DIMENSIONS[part], values, gate))
    except NeuromlError:
        return r"\text{a function, see the source}"
    return text


def _form(rate: Any, part: str) -> str:
    unit = {"alpha": 1 / u.ms, "beta": 1 / u.ms, "time_constant": u.ms}.get(part)
    scale = float(u.Quantity(rate.scale).to_decimal(u.get_unit(unit))) if unit is not None else None
    scale = float(u.get_mantissa(rate.scale)) if scale is None else scale
    half, slope = (float(u.Quantity(x).to_decimal(u.mV)) for x in (rate.V_half, rate.slope))
    shifted = f"V {'-' if half > 0 else '+'} {_number(abs(half))}" if half else "V"
    over = f"({shifted}) / {_number(abs(slope))}" if half else f"V / {_number(abs(slope))}"
    sign, other = ("", "-") if slope > 0 else ("-", "")
    if isinstance(rate, exponential):
        power = f"e^{{{sign}{over}}}"
        return power if scale == 1 else rf"{_number(scale)}\, {power}"
    if isinstance(rate, sigmoid):
        return rf"\frac{{{_number(scale)}}}{{1 + e^{{{other}{over}}}}}"
    factor = scale / slope
    front = f"({shifted})" if half else "V"
    return rf"\frac{{{_number(factor)}\, {front}}}{{1 - e^{{{other}{over}}}}}"


def tex(node: Node) -> tuple[str, int]:
    """Return an expression in TeX, and how tightly it holds together."""
    node = _simple(node)
    if _size(node) > _LONGEST:
        return r"\text{a longer function, see the source}", _WHOLE
    return _written(node)


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.parts)) if isinstance(node, Apply) else 1


def _simple(node: Node) -> Node:
    """Return an expression without factors of 1, terms of 0 and negative divisors."""
    if not isinstance(node, Apply):
        return node
    if node.op == "-" and _is_celsius(node):
        return Name("T")
    parts = tuple(map(_simple, node.parts))
    first, last = parts[0], parts[-1]
    if node.op == "*" and _is(first, 1.0):
        return last
    if (node.op in "*/" and _is(last, 1.0)) or (node.op in "+-" and _is(last, 0.0)):
        return first
    if node.op == "+" and _is(first, 0.0):
        return last
    if node.op == "neg" and isinstance(first, Apply) and first.op == "neg":
        return first.parts[0]
    if node.op == "/" and isinstance(last, Number) and last.value < 0:
        return _simple(apply("neg", apply("/", first, Number(-last.value))))
    if node.op == "where" and isinstance(first, Apply) and first.op in (".gt.", ".lt.", ".neq."):
        sides = [_written(part) for part in first.parts]
        if first.op == ".neq." and sides[0] == sides[1]:
            return last  # a test for what is no number
        if sides == [_written(part) for part in parts[1:]]:
            return apply("max" if first.op == ".gt." else "min", *parts[1:])
    return _softplus(Apply(node.op, parts))


def _softplus(node: Apply) -> Apply:
    """Return ``log(1 + exp(x))`` for the form of it that JAX computes without overflow."""
    larger, rest = node.parts[0], node.parts[-1]
    if node.op == "+" and isinstance(larger, Apply) and larger.op == "max":
        whole = apply("log", apply("+", Number(1.0), apply("exp", larger.parts[0])))
        safe = apply("exp", apply("neg", apply("abs", larger.parts[0])))
        if _written(rest) == _written(apply("log", apply("+", Number(1.0), safe))):
            return whole
    return node


def _operation(node: Node) -> str:
    return node.op if isinstance(node, Apply) else ""


def _written(node: Node) -> tuple[str, int]:
    if isinstance(node, Number):
        # The numbers carry the units that the text above the equations names.
        text = _number(node.value)
        return text, _SUM if text.startswith("-") else (_PRODUCT if "cdot" in text else _WHOLE)
    if isinstance(node, Name):
        return _NAMES.get(node.name, _variable(node.name)), _WHOLE
    return _OPERATIONS[node.op](node) if node.op in _OPERATIONS else _called(node)


def _is(node: Node, value: float) -> bool:
    return isinstance(node, Number) and node.value == value


def _is_celsius(node: Apply) -> bool:
    first = node.parts[0]
    return isinstance(first, Apply) and getattr(first.parts[0], "name", "") == "temperature"


def _within(node: Node, least: int) -> str:
    text, strength = _written(node)
    return text if strength >= least else rf"\left({text}\right)"


def _sum(node: Apply) -> tuple[str, int]:
    first, second = node.parts
    sign = node.op
    if isinstance(second, Number) and second.value < 0:
        sign, second = ("-" if sign == "+" else "+"), Number(-second.value)
    right = _within(second, _QUOTIENT if sign == "-" else _SUM)
    if right.startswith("-"):
        sign, right = ("-" if sign == "+" else "+"), right[1:].lstrip()
    return f"{_within(first, _SUM)} {sign} {right}", _SUM


def _product(node: Apply) -> tuple[str, int]:
    parts = [_within(part, _PRODUCT) for part in node.parts]
    return r"\, ".join(parts), _PRODUCT


def _quotient(node: Apply) -> tuple[str, int]:
    above, below = node.parts
    if isinstance(below, Number) and not isinstance(above, Number):
        return f"{_within(above, _PRODUCT)} / {_within(below, _WHOLE)}", _QUOTIENT
    return rf"\frac{{{_written(above)[0]}}}{{{_written(below)[0]}}}", _POWER


def _negative(node: Apply) -> tuple[str, int]:
    return f"-{_within(node.parts[0], _QUOTIENT)}", _SUM


def _power(node: Apply) -> tuple[str, int]:
    return f"{_within(node.parts[0], _WHOLE)}^{{{_written(node.parts[1])[0]}}}", _POWER


def _exp(node: Apply) -> tuple[str, int]:
    return f"e^{{{_written(node.parts[0])[0]}}}", _POWER


def _cases(node: Apply) -> tuple[str, int]:
    test, yes, no = (_written(part)[0] for part in node.parts)
    return (
        rf"\begin{{cases}} {yes} & \text{{if }} {test} \\ {no} & \text{{otherwise}} \end{{cases}}",
        _WHOLE,
    )


def _relation(node: Apply) -> tuple[str, int]:
    first, second = (_written(part)[0] for part in node.parts)
    return f"{first} {_RELATIONS[node.op]} {second}", _SUM


def _called(node: Apply) -> tuple[str, int]:
    inside = ", ".join(_written(part)[0] for part in node.parts)
    name = _FUNCTIONS.get(node.op, rf"\mathrm{{{node.op}}}")
    return rf"{name}\left({inside}\right)", _POWER


_OPERATIONS: Final = {
    "+": _sum,
    "-": _sum,
    "*": _product,
    "/": _quotient,
    "neg": _negative,
    "^": _power,
    "exp": _exp,
    "where": _cases,
    **dict.fromkeys(_RELATIONS, _relation),
}


def _number(value: float) -> str:
    text = f"{value:.6g}"
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
