"""Types of components: the standard rates, and those that a file defines in LEMS."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from gapjunction._checks import check_choice
from gapjunction.neuroml._check import dimension_of
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Apply, Name, Node, Number, names_in, replace
from gapjunction.neuroml._parse import parse
from gapjunction.neuroml._units import DIMENSIONS, Dimension, quantity

Units = dict[str, tuple[Dimension, int]]
# For each kind of child of a gate, the variable that it exposes and that variable's dimension.
KINDS: Final = {
    "rate": ("r", DIMENSIONS["per_time"]),
    "time": ("t", DIMENSIONS["time"]),
    "variable": ("x", DIMENSIONS["none"]),
}
_HALF = {"midpoint": "voltage", "scale": "voltage"}
_BASES: Final[dict[str, dict[str, str]]] = {
    "baseVoltageDepRate": {},
    "baseVoltageConcDepRate": {},
    "baseHHRate": {"rate": "per_time", **_HALF},
    "baseVoltageDepTime": {},
    "baseVoltageConcDepTime": {},
    "baseVoltageDepVariable": {},
    "baseVoltageConcDepVariable": {},
    "baseConductanceScalingCaDependent": {},
    "baseHHVariable": {"rate": "none", **_HALF},
}
_X = "((v - midpoint) / scale)"
_FORMULAS: Final = {
    "HHExp": f"rate * exp({_X})",
    "HHSigmoid": f"rate / (1 + exp(-{_X}))",
    "HHExpLinear": f"rate * {_X} / (1 - exp(-{_X}))",
}
_READS: Final = {
    "v": "voltage",
    "caConc": "concentration",
    "temperature": "temperature",
    "rateScale": "none",
    "alpha": "per_time",
    "beta": "per_time",
    "vShift": "voltage",
}


@dataclasses.dataclass(frozen=True)
class ComponentType:
    """The declarations of a type, including those that it inherits.

    Parameters
    ----------
    name : str
        Its name.
    parameters : dict of str to Dimension
        The parameters that a component states.
    constants : dict of str to Number
        The constants that the type states.
    values : dict of str to Node
        The expressions of its variables, by exposure or name.
    reads : dict of str to Dimension
        The values that it requires from its surroundings.
    """

    name: str
    parameters: Mapping[str, Dimension]
    constants: Mapping[str, Number]
    values: Mapping[str, Node]
    reads: Mapping[str, Dimension]


def standard_types() -> dict[str, ComponentType]:
    """Return the types that every file can use."""
    found = {}
    for form, formula in _FORMULAS.items():
        for kind, base in (("Rate", "baseHHRate"), ("Variable", "baseHHVariable")):
            given = {key: DIMENSIONS[text] for key, text in _BASES[base].items()}
            name = f"{form}{kind}"
            value = {"r" if kind == "Rate" else "x": parse(formula, name)}
            found[name] = ComponentType(name, given, {}, value, {"v": DIMENSIONS["voltage"]})
    time = {"tau": DIMENSIONS["time"]}
    found["fixedTimeCourse"] = ComponentType("fixedTimeCourse", time, {}, {"t": Name("tau")}, {})
    return found


class TypeReader:
    """Reads the types that a file defines, each once, and its dimensions and units."""

    def __init__(self, root: Element) -> None:
        self.units: Units = {}
        self._dimensions = dict(DIMENSIONS)
        self._read_units(root)
        self._known = standard_types()
        self._elements: dict[str, Element] = {}
        self._repeated: set[str] = set(self._known) & {
            x.get("name", "") for x in root.iter("ComponentType")
        }
        for element in root.iter("ComponentType"):
            name = element.get("name", "")
            if name in self._elements:
                self._repeated.add(name)
            self._elements[name] = element
        self._open: list[str] = []

    def find(self, name: str, what: str) -> ComponentType:
        """Return the type of this name."""
        if name in self._repeated:
            raise NeuromlError(
                f"ComponentType {name!r} must be defined once: the file has it twice, or it is a "
                "standard type."
            )
        if name not in self._known:
            if name not in self._elements:
                known = [*self._known, *self._elements]
                try:
                    check_choice(f"type of {what}", name, known)
                except ValueError as error:
                    raise NeuromlError(str(error)) from error
            if name in self._open or len(self._open) > 20:
                raise NeuromlError(f"ComponentType {name!r} must not extend itself.")
            self._open.append(name)
            self._known[name] = self._read(self._elements[name])
            self._open.pop()
        return self._known[name]

    def dimension(self, element: Element, what: str) -> Dimension:
        """Return the dimension that an element names."""
        name = element.get("dimension", "none")
        if name not in self._dimensions:
            raise NeuromlError(f"dimension of {what} must be a known one, got {name!r}.")
        return self._dimensions[name]

    def _read_units(self, root: Element) -> None:
        for element in root.iter("Dimension"):
            name = element.get("name", "")
            powers = [_whole(element, key) for key in Dimension._fields]
            self._dimensions.setdefault(name, Dimension(*powers))
        for element in root.iter("Unit"):
            symbol = element.get("symbol", "")
            dimension = self.dimension(element, f"unit {symbol!r}")
            if element.get("scale") is None and element.get("offset") is None:
                self.units[symbol] = (dimension, _whole(element, "power"))

    def _read(self, element: Element) -> ComponentType:
        name = element.get("name", "")
        what = f"ComponentType {name!r}"
        base = element.get("extends", "")
        parameters: dict[str, Dimension] = {}
        constants: dict[str, Number] = {}
        reads = {"v": DIMENSIONS["voltage"]} if "Voltage" in base or "HH" in base else {}
        if "Conc" in base or "CaDependent" in base:
            reads["caConc"] = DIMENSIONS["concentration"]
        values: dict[str, Node] = {}
        if base in _BASES:
            parameters = {key: DIMENSIONS[text] for key, text in _BASES[base].items()}
        elif base:
            parent = self.find(base, what)
            parameters, constants = dict(parent.parameters), dict(parent.constants)
            values, reads = dict(parent.values), dict(parent.reads)
        dynamics = []
        for item in element:
            label = f"{item.tag} {item.get('name', '')!r} of {what}"
            if item.tag == "Parameter":
                parameters[item.get("name", "")] = self.dimension(item, label)
            elif item.tag in ("Constant", "Fixed"):
                key = item.get("name") or item.get("parameter") or ""
                number, dimension = quantity(item.get("value", ""), label, self.units)
                constants[key] = Number(number, dimension)
                parameters.pop(key, None)
            elif item.tag == "Requirement":
                reads[item.get("name", "")] = self.dimension(item, label)
            elif item.tag == "Dynamics":
                dynamics += list(item)
            elif item.tag not in ("Exposure", "Text", "notes", "annotation", "property"):
                raise NeuromlError(f"{label} is not supported.")
        for key, dimension in reads.items():
            if key not in _READS or DIMENSIONS[_READS[key]] != dimension:
                raise NeuromlError(
                    f"{what} must require only {', '.join(_READS)}, each of its own dimension; got "
                    f"{key!r} ({dimension})."
                )
        known = {**parameters, **reads}
        known |= {key: number.dimension for key, number in constants.items()}
        values |= self._dynamics(dynamics, known, values, what)
        return ComponentType(name, parameters, constants, values, reads)

    def _dynamics(
        self, items: list[Element], known: dict[str, Dimension], base: dict[str, Node], what: str
    ) -> dict[str, Node]:
        """Return the expression of each variable, with other variables replaced by theirs."""
        raw: dict[str, tuple[Node, Dimension, str]] = {}
        exposed: dict[str, str] = {}
        for item in items:
            name = item.get("name", "")
            label = f"{item.tag} {name!r} of {what}"
            if item.tag == "DerivedVariable":
                if item.get("value") is None:
                    raise NeuromlError(f"{label} must have a value; select is not supported.")
                node = parse(item.get("value", ""), label)
            elif item.tag == "ConditionalDerivedVariable":
                node = _cases(item, label)
            else:
                raise NeuromlError(f"{label} is not supported in a rate.")
            if name in raw or name in known:
                raise NeuromlError(f"{label} must have a name of its own.")
            raw[name] = (node, self.dimension(item, label), label)
            exposed[item.get("exposure", name)] = name
        dimensions = {**known, **{name: dimension for name, (_, dimension, _) in raw.items()}}
        solved: dict[str, Node] = {}
        # Variables may come in any order. Each round solves those that need no unsolved ones.
        while len(solved) < len(raw):
            ready = [
                name
                for name, (node, _, _) in raw.items()
                if name not in solved and not (names_in(node) & set(raw)) - set(solved)
            ]
            if not ready:
                left = next(name for name in raw if name not in solved)
                raise NeuromlError(f"{raw[left][2]} must not depend on itself.")
            for name in ready:
                node, dimension, label = raw[name]
                found = dimension_of(node, dimensions, label)
                if found != dimension and not _is_zero(node):
                    raise NeuromlError(
                        f"{label} must be a {dimension}, and its value is a {found}."
                    )
                solved[name] = replace(node, solved)
        return {**base, **solved, **{key: solved[name] for key, name in exposed.items()}}


def _is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def _whole(element: Element, key: str) -> int:
    try:
        number = int(element.get(key, "0"))
    except ValueError as error:
        raise NeuromlError(f"{key} of {element.tag} must be a whole number: {error}.") from error
    if abs(number) > 100:
        raise NeuromlError(f"{key} of {element.tag} must be at most 100, got {number}.")
    return number


def _cases(element: Element, what: str) -> Node:
    """Return a choice between values; the first case whose condition holds is taken."""
    cases = element.findall("Case")
    plain = [case for case in cases if case.get("condition") is None]
    tested = [case for case in cases if case.get("condition") is not None]
    values = [parse(case.get("value", ""), f"value of a case of {what}") for case in tested]
    tests = [parse(case.get("condition", ""), f"condition of a case of {what}") for case in tested]
    if len(plain) > 1 or not cases:
        raise NeuromlError(f"{what} must have cases, of which one at most has no condition.")
    if plain:
        node = parse(plain[0].get("value", ""), f"value of a case of {what}")
    elif len(tests) > 1 and _covers_rest(tests[-2], tests[-1]):
        node = values.pop()
        tests.pop()
    else:
        raise NeuromlError(
            f"{what} must have a case without a condition, or two last ones that are opposites: "
            "else it has no value where no condition holds."
        )
    for test, value in zip(reversed(tests), reversed(values), strict=True):
        node = Apply("where", (test, value, node))
    return node


_OPPOSITE: Final = {
    ".eq.": (".neq.",),
    ".neq.": (".eq.",),
    ".lt.": (".geq.",),
    ".geq.": (".lt.",),
    ".gt.": (".leq.",),
    ".leq.": (".gt.",),
}


def _covers_rest(first: Node, last: Node) -> bool:
    """Whether, whatever the values, one of two comparisons holds."""
    if not isinstance(first, Apply) or not isinstance(last, Apply):
        return False
    opposite = last.op in _OPPOSITE.get(first.op, ())
    return opposite and all(map(_same, first.parts, last.parts))


def _same(a: Node, b: Node) -> bool:
    """Whether two expressions are written in the same way."""
    if isinstance(a, Apply) and isinstance(b, Apply):
        return a.op == b.op and len(a.parts) == len(b.parts) and all(map(_same, a.parts, b.parts))
    if isinstance(a, Name) and isinstance(b, Name):
        return a.name == b.name
    return isinstance(a, Number) and isinstance(b, Number) and a.value == b.value
