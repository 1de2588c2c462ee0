"""Kinetic schemes of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Name, Node, Number, apply, replace
from gapjunction.neuroml._parse import parse
from gapjunction.neuroml._types import KINDS
from gapjunction.neuroml._units import DIMENSIONS

_OTHER: Final = ("notes", "annotation", "property", "q10Settings", "q10ExpTemp", "q10Fixed")
_HALF: Final = {
    "vHalf": "voltage",
    "z": "none",
    "gamma": "none",
    "tau": "time",
    "tauMin": "time",
}
# RT/F as in the definition of the type.
_KTE: Final = Number(25.3, DIMENSIONS["voltage"])
MAX_STATES: Final = 100


def transitions(
    document: Document, element: Element, gate: str, around: Mapping[str, Node]
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str | tuple[str, str], Node]]:
    """Return the states of a scheme, its conducting states, and the rates between states."""
    states: list[str] = []
    opened: list[str] = []
    rates: dict[str | tuple[str, str], Node] = {}
    what = f"gate {gate!r}"
    for child in element:
        if child.tag in ("closedState", "openState"):
            states.append(document.attribute(child, "id", f"a {child.tag} of {what}"))
            opened += states[-1:] if child.tag == "openState" else []
        elif child.tag not in _READERS and child.tag not in _OTHER:
            raise NeuromlError(f"{child.tag} of {what} is not supported.")
    if len(states) > MAX_STATES:
        raise NeuromlError(f"{what} must have at most {MAX_STATES} states, got {len(states)}.")
    for child in element:
        if child.tag not in _READERS:
            continue
        ends = tuple(
            document.attribute(child, end, f"a {child.tag} of {what}") for end in ("from", "to")
        )
        for end in ends:
            if end not in states:
                raise NeuromlError(f"{child.tag} of {what} must join its states, got {end[:60]!r}.")
        a, b = ends
        key = f"{gate}_{child.get('id') or f'{a}_{b}'}"
        forward, back = _READERS[child.tag](document, child, key, around)
        for pair, rate in (((a, b), forward), ((b, a), back)):
            if rate is not None:
                rates[pair] = apply("+", rates[pair], rate) if pair in rates else rate
    return tuple(states), tuple(opened), rates


_Pair = tuple[Node | None, Node | None]


def _forward(document: Document, child: Element, key: str, around: Mapping[str, Node]) -> _Pair:
    return _only(document, child, key, "rate", around), None


def _reverse(document: Document, child: Element, key: str, around: Mapping[str, Node]) -> _Pair:
    return None, _only(document, child, key, "rate", around)


def _only(
    document: Document, child: Element, key: str, tag: str, around: Mapping[str, Node]
) -> Node:
    parts = child.findall(tag)
    if len(parts) != 1:
        raise NeuromlError(f"transition {key!r} must have one {tag}, got {len(parts)}.")
    kind = {"rate": "rate", "timeCourse": "time", "steadyState": "variable"}[tag]
    exposure, dimension = KINDS[kind]
    return document.component(parts[0], f"{key}_{tag}", exposure, dimension, around)


def _tau_inf(document: Document, child: Element, key: str, around: Mapping[str, Node]) -> _Pair:
    tau = _only(document, child, key, "timeCourse", around)
    steady = _only(document, child, key, "steadyState", around)
    return apply("/", steady, tau), apply("/", apply("-", Number(1.0), steady), tau)


def _v_half(document: Document, child: Element, key: str, around: Mapping[str, Node]) -> _Pair:
    what = f"transition {key!r}"
    values: dict[str, Node] = {"kte": _KTE, "v": Name("v")}
    for name, kind in _HALF.items():
        text = document.attribute(child, name, what)
        number = document.number(f"{key}_{name}", text, DIMENSIONS[kind], f"{name} of {what}")
        values[name] = Number(number, DIMENSIONS[kind])
    unlimited = isinstance(values["tauMin"], Number) and values["tauMin"].value == 0
    found = []
    for exponent in ("z * gamma", "-z * (1 - gamma)"):
        rate = parse(f"exp({exponent} * (v - vHalf) / kte) / tau", what)
        slowed = parse(f"1 / (tau * exp(-({exponent}) * (v - vHalf) / kte) + tauMin)", what)
        found.append(replace(rate if unlimited else slowed, values))
    return found[0], found[1]


_READERS: Final = {
    "forwardTransition": _forward,
    "reverseTransition": _reverse,
    "vHalfTransition": _v_half,
    "tauInfTransition": _tau_inf,
}
