"""Gates of a file as gates of this library."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from gapjunction.ion_channels import Gate, Markov
from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Name, Node, Number, apply, product
from gapjunction.neuroml._rates import declare
from gapjunction.neuroml._schemes import transitions
from gapjunction.neuroml._types import KINDS
from gapjunction.neuroml._units import DIMENSIONS, ZERO_CELSIUS

PASSED_OVER: Final = ("notes", "annotation", "property")
_RATES, _TIME, _STEADY = ("forwardRate", "reverseRate"), ("timeCourse",), ("steadyState",)
# The children of each type of gate.
_CHILDREN: Final = {
    "gateHHrates": _RATES,
    "gateHHratesTau": (*_RATES, *_TIME),
    "gateHHratesInf": (*_RATES, *_STEADY),
    "gateHHratesTauInf": (*_RATES, *_TIME, *_STEADY),
    "gateHHtauInf": (*_TIME, *_STEADY),
    "gateHHInstantaneous": _STEADY,
}
_KIND_OF: Final = {
    "forwardRate": "rate",
    "reverseRate": "rate",
    "timeCourse": "time",
    "steadyState": "variable",
}


@dataclasses.dataclass(frozen=True)
class Q10:
    """A temperature factor: its value 10 K above the temperature in kelvin at which it is 1."""

    factor: float
    at: float

    def node(self) -> Node:
        """Return it as an expression."""
        kelvin = DIMENSIONS["temperature"]
        above = apply("-", Name("temperature"), Number(self.at, kelvin))
        return apply("^", Number(self.factor), apply("/", above, Number(10.0, kelvin)))


@dataclasses.dataclass(frozen=True)
class RawGate:
    """A gate as expressions.

    Parameters
    ----------
    name : str
        Its id.
    power : int
        Its instances.
    rates : dict
        ``alpha``, ``beta``, ``steady_state``, ``time_constant``, those that its type has; for a
        scheme the rates, with pairs of states as keys.
    q10 : tuple of Q10
        Its temperature factors.
    fixed : float
        Constant factor of its rates.
    open : tuple of str
        The conducting states of a scheme.
    states : tuple of str
        All states of a scheme.
    """

    name: str
    power: int
    rates: Mapping[str | tuple[str, str], Node]
    q10: tuple[Q10, ...]
    fixed: float
    open: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def declared(self, reference: float | None) -> Gate | Markov:
        """Return it as a declaration with a ``q10`` for a reference temperature in kelvin."""
        own = len(self.q10) == 1 and self.q10[0].at == reference
        q10 = self.q10[0].factor if own else 1.0
        scale = product([] if own else [x.node() for x in self.q10])
        if self.fixed != 1:
            number = Number(self.fixed)
            scale = number if scale is None else apply("*", number, scale)
        found = {}
        for key, node in self.rates.items():
            is_time = key == "time_constant"
            if scale is not None and key != "steady_state":
                node = apply("/" if is_time else "*", node, scale)
            kind = {"time_constant": "time", "steady_state": "none"}.get(str(key), "per_time")
            found[key] = declare(node, DIMENSIONS[kind])
        if self.states:
            rates = {key: rate for key, rate in found.items() if isinstance(key, tuple)}
            return Markov(self.states, rates, self.open, power=self.power, q10=q10)
        named = {key: rate for key, rate in found.items() if isinstance(key, str)}
        return Gate(self.power, **named, q10=q10)


@dataclasses.dataclass(frozen=True)
class Fraction:
    """A sum of gates with weights, to a power."""

    power: int
    parts: tuple[tuple[float, str], ...]


def read_gate(
    document: Document, element: Element, around: Mapping[str, Node]
) -> tuple[list[RawGate], Fraction | None]:
    """Return the gates that an element describes, and how they are summed if there are several."""
    name = document.attribute(element, "id", f"a {element.tag}")
    kind = (element.get("type") or "") if element.tag == "gate" else element.tag
    what = f"gate {name!r}"
    power = document.number(
        f"{name}_instances", element.get("instances", "1"), DIMENSIONS["none"], what
    )
    if not power.is_integer() or not 1 <= power <= 100:
        raise NeuromlError(
            f"instances of {what} must be a whole number from 1 to 100, got {power:g}."
        )
    q10, fixed = _q10(document, element, name)
    factors = [x.node() for x in q10] + ([] if fixed == 1 else [Number(fixed)])
    around = {**around, "rateScale": product(factors) or Number(1.0)}
    if kind == "gateKS":
        states, opened, scheme = transitions(document, element, name, around)
        gate = RawGate(name, int(power), scheme, q10, fixed, opened, states)
        if q10 or fixed != 1:
            document.notes.approximated.append(
                f"{what}: its Q10 multiplies all rates of the scheme; some simulators leave it out"
            )
        return [gate], None
    if kind == "gateFractional":
        return _fractional(document, element, name, int(power), q10, fixed, around)
    if kind not in _CHILDREN and _follows_at_once(document, kind):
        kind = "gateHHInstantaneous"
        element = _without(element, "timeCourse")
    if kind not in _CHILDREN:
        raise NeuromlError(f"{what} must be of a type that is supported, got {kind[:60]!r}.")
    rates = _two_state(document, element, name, _CHILDREN[kind], around)
    time = rates.get("time_constant")
    if isinstance(time, Number) and time.value == 0:
        document.notes.approximated.append(
            f"{what}: its time constant is 0, so it follows V at once"
        )
        rates = {"steady_state": rates["steady_state"]}
    if "time_constant" not in rates and "alpha" not in rates:
        q10, fixed = (), 1.0
    return [RawGate(name, int(power), rates, q10, fixed)], None


def _follows_at_once(document: Document, kind: str) -> bool:
    """Whether a type that the file defines sets a gate to its steady state, without a state."""
    found = [x for x in document.root.iter("ComponentType") if x.get("name") == kind]
    if len(found) != 1 or found[0].get("extends") not in _CHILDREN:
        return False
    dynamics = [item for part in found[0].findall("Dynamics") for item in part]
    facts = {x.get("name"): x.get("value", x.get("select", "")).replace(" ", "") for x in dynamics}
    at_once = facts.get("inf") == "steadyState/x" and facts.get("q") == "inf"
    opened = facts.get("fcond") in ("inf^instances", "q^instances")
    return at_once and opened and all(x.tag == "DerivedVariable" for x in dynamics)


def _without(element: Element, tag: str) -> Element:
    new = copy.copy(element)
    for child in new.findall(tag):
        new.remove(child)
    return new


def _two_state(
    document: Document,
    element: Element,
    name: str,
    expected: tuple[str, ...],
    around: Mapping[str, Node],
) -> dict[str | tuple[str, str], Node]:
    children: dict[str, Element] = {}
    for child in element:
        if child.tag in expected and child.tag not in children:
            children[child.tag] = child
        elif child.tag not in (*PASSED_OVER, "q10Settings", "q10ExpTemp", "q10Fixed"):
            raise NeuromlError(f"{child.tag} of gate {name!r} is not expected there.")
    found: dict[str | tuple[str, str], Node] = {}
    around = dict(around)
    for tag, alias in (("forwardRate", "alpha"), ("reverseRate", "beta"), *_OTHERS):
        if tag not in expected:
            continue
        if tag not in children:
            raise NeuromlError(f"gate {name!r} must have a {tag}.")
        exposure, dimension = KINDS[_KIND_OF[tag]]
        node = document.component(children[tag], f"{name}_{tag}", exposure, dimension, around)
        found[alias] = node
        if alias in ("alpha", "beta"):
            around[alias] = node
    if set(found) == {"alpha", "beta"} or "alpha" not in found:
        return found
    total = apply("+", found["alpha"], found["beta"])
    steady = found.get("steady_state") or apply("/", found["alpha"], total)
    time = found.get("time_constant") or apply("/", Number(1.0), total)
    return {"steady_state": steady, "time_constant": time}


_OTHERS: Final = (("timeCourse", "time_constant"), ("steadyState", "steady_state"))


def _fractional(
    document: Document,
    element: Element,
    name: str,
    power: int,
    q10: tuple[Q10, ...],
    fixed: float,
    around: Mapping[str, Node],
) -> tuple[list[RawGate], Fraction]:
    gates, parts = [], []
    for child in element:
        if child.tag == "subGate":
            own = f"{name}_{document.attribute(child, 'id', f'a subGate of gate {name!r}')}"
            text = document.attribute(child, "fractionalConductance", f"subGate {own!r}")
            weight = document.number(
                f"{own}_fractionalConductance", text, DIMENSIONS["none"], f"subGate {own!r}"
            )
            rates = _two_state(document, child, own, (*_TIME, *_STEADY), around)
            gates.append(RawGate(own, 1, rates, q10, fixed))
            parts.append((weight, own))
        elif child.tag not in (*PASSED_OVER, "q10Settings", "q10ExpTemp", "q10Fixed"):
            raise NeuromlError(f"{child.tag} of gate {name!r} is not expected there.")
    if not gates:
        raise NeuromlError(f"gate {name!r} must have a subGate.")
    return gates, Fraction(power, tuple(parts))


def _q10(document: Document, element: Element, name: str) -> tuple[tuple[Q10, ...], float]:
    found, fixed = [], 1.0
    tags = ("q10Settings", "q10ExpTemp", "q10Fixed")
    settings = [child for child in element if child.tag in tags]
    for number, child in enumerate(settings):
        kind = child.get("type") if child.tag == "q10Settings" else child.tag
        prefix = name if number == 0 else f"{name}_{number + 1}"
        what = f"Q10 of gate {name!r}"
        if kind == "q10ExpTemp":
            found.append(exp_temp(document, child, prefix, what))
        elif kind == "q10Fixed":
            text = document.attribute(child, "fixedQ10", what)
            fixed *= document.number(f"{prefix}_fixedQ10", text, DIMENSIONS["none"], what)
        else:
            raise NeuromlError(f"{what} must be q10ExpTemp or q10Fixed, got {kind!r}.")
    if fixed <= 0:
        raise NeuromlError(f"fixedQ10 of gate {name!r} must be positive, got {fixed:g}.")
    return tuple(found), fixed


def exp_temp(document: Document, element: Element, prefix: str, what: str) -> Q10:
    """Return an exponential temperature factor."""
    text = document.attribute(element, "q10Factor", what)
    factor = document.number(f"{prefix}_q10Factor", text, DIMENSIONS["none"], what)
    text = document.attribute(element, "experimentalTemp", what)
    at = document.number(f"{prefix}_experimentalTemp", text, DIMENSIONS["temperature"], what)
    if not 0 < factor < 1e6 or at < 0:
        raise NeuromlError(
            f"{what} must be a positive number, at a temperature above absolute zero; got "
            f"{factor:g} at {at - ZERO_CELSIUS:g} degC."
        )
    return Q10(factor, at)
