"""Expressions as ComponentTypes of LEMS."""

from __future__ import annotations

from collections import Counter
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from gapjunction.neuroml._check import dimension_of
from gapjunction.neuroml._document import READ
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, in_order, names_in
from gapjunction.neuroml._parse import COMPARISONS
from gapjunction.neuroml._units import DIMENSIONS, NONE, UNITS, Dimension, own_power, scaled

_BASES: Final = {"r": "Rate", "t": "Time", "x": "Variable"}
# Longer expressions are split into variables.
_LONGEST: Final = 300
_NESTED: Final = 12
_LOGICAL: Final = (".and.", ".or.", ".not.", *COMPARISONS)


def number_text(value: float, dimension: Dimension) -> str:
    """Return a number with its unit, exactly."""
    if dimension == NONE:
        return repr(value)
    for symbol, (name, power) in UNITS.items():
        if DIMENSIONS[name] == dimension and power == own_power(dimension):
            return f"{value!r}{symbol}" if symbol[0].islower() else f"{value!r} {symbol}"
    for symbol, (name, power) in UNITS.items():
        if DIMENSIONS[name] == dimension:
            return f"{scaled(value, own_power(dimension) - power)!r} {symbol}"
    raise ValueError(dimension)


def component_type(root: Node, name: str, exposure: str) -> Element:
    """Return the type whose exposure is an expression."""
    return _Writer(root, name, exposure).element


class _Writer:
    def __init__(self, root: Node, name: str, exposure: str) -> None:
        reads = names_in(root)
        base = f"base{'VoltageConc' if 'caConc' in reads else 'Voltage'}Dep{_BASES[exposure]}"
        self.element = Element("ComponentType", name=name, extends=base)
        self.known = {key: DIMENSIONS[kind] for key, kind in READ.items()}
        self.what = name
        self.texts: dict[int, tuple[str, int]] = {}
        self.constants: dict[tuple[float, Dimension], str] = {}
        if "temperature" in reads:
            SubElement(self.element, "Requirement", name="temperature", dimension="temperature")
        uses = Counter(
            id(part) for node in in_order(root) if isinstance(node, Apply) for part in node.parts
        )
        self.dynamics = Element("Dynamics")
        self.number = 0
        for node in in_order(root):
            self._write(node, uses[id(node)] > 1, exposure if node is root else "")
        self.element.append(self.dynamics)

    def _write(self, node: Node, shared: bool, exposure: str) -> None:
        if isinstance(node, Name):
            text, depth = node.name, 0
        elif isinstance(node, Number):
            text, depth = self._constant(node), 0
        elif node.op == "where":
            text, depth = self._choice(node, exposure), 0
            exposure = exposure and "done"
        else:
            text, depth = self._applied(node)
            long = len(text) > _LONGEST or depth > _NESTED
            if (shared or long) and not exposure and node.op not in _LOGICAL:
                text, depth = self._variable(node, text, ""), 0
        if exposure and exposure != "done":
            self._variable(node, text, exposure)
        self.texts[id(node)] = (text, depth)

    def _constant(self, node: Number) -> str:
        if node.dimension == NONE:
            return f"({node.value!r})" if node.value < 0 else repr(node.value)
        key = (node.value, node.dimension)
        if key not in self.constants:
            self.constants[key] = f"c{len(self.constants) + 1}"
            SubElement(
                self.element,
                "Constant",
                name=self.constants[key],
                dimension=str(node.dimension),
                value=number_text(node.value, node.dimension),
            )
        return self.constants[key]

    def _applied(self, node: Apply) -> tuple[str, int]:
        texts = [self.texts[id(part)][0] for part in node.parts]
        depth = 1 + max(self.texts[id(part)][1] for part in node.parts)
        if node.op == "neg":
            return f"(-{texts[0]})", depth
        if node.op == ".not.":
            return f"(.not. {texts[0]})", depth
        if len(texts) == 2:
            return f"({texts[0]} {node.op} {texts[1]})", depth
        return f"{node.op}({texts[0]})", depth

    def _choice(self, node: Apply, exposure: str) -> str:
        test, yes, no = (self.texts[id(part)][0] for part in node.parts)
        attributes = self._attributes(node, exposure)
        choice = SubElement(self.dynamics, "ConditionalDerivedVariable", attributes)
        SubElement(choice, "Case", condition=test, value=yes)
        SubElement(choice, "Case", value=no)
        return attributes["name"]

    def _variable(self, node: Node, text: str, exposure: str) -> str:
        attributes = self._attributes(node, exposure)
        SubElement(self.dynamics, "DerivedVariable", {**attributes, "value": text})
        return attributes["name"]

    def _attributes(self, node: Node, exposure: str) -> dict[str, str]:
        dimension = str(dimension_of(node, self.known, self.what))
        if exposure:
            return {"name": exposure, "exposure": exposure, "dimension": dimension}
        self.number += 1
        return {"name": f"y{self.number}", "dimension": dimension}
