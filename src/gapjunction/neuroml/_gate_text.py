"""Gates of this library as elements of NeuroML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from gapjunction.ion_channels import Gate, IonChannel, Markov, exponential, linoid, sigmoid
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._names import class_name
from gapjunction.neuroml._nodes import Name, Node, Number, apply, replace
from gapjunction.neuroml._text import component_type, number_text
from gapjunction.neuroml._trace import node_of, resolved, scalar
from gapjunction.neuroml._types import KINDS
from gapjunction.neuroml._units import DIMENSIONS

_STANDARD: Final = {exponential: "HHExp", sigmoid: "HHSigmoid", linoid: "HHExpLinear"}
_ROLES: Final = {
    "alpha": ("forwardRate", "rate"),
    "beta": ("reverseRate", "rate"),
    "time_constant": ("timeCourse", "time"),
    "steady_state": ("steadyState", "variable"),
}


def q10_attributes(cls: type[IonChannel], q10: float, what: str) -> dict[str, str]:
    """Return the attributes of a temperature factor."""
    at = cls.reference_temperature
    if at is None and cls.source is not None:
        at = cls.source.temperature
    if at is None:
        raise NeuromlError(f"reference_temperature of {what} must be given: it has a Q10.")
    return {"q10Factor": repr(float(q10)), "experimentalTemp": f"{float(at)!r}degC"}


class GateWriter:
    """Turns the gates of a class into elements, and collects the types that they need.

    Parameters
    ----------
    cls : type
        The channel.
    values : dict of str to Quantity or float
        Values of its parameters.
    moved : float
        The shift of its curves towards positive voltages, in mV.
    """

    def __init__(self, cls: type[IonChannel], values: Mapping[str, Any], moved: float) -> None:
        self.cls = cls
        self.values = values
        self.moved = moved
        self.types: list[Element] = []

    def elements(self) -> list[Element]:
        """Return an element for each gate; gates that are summed share one element."""
        shares = self._shares()
        found: list[Element] = []
        for name, gate in self.cls.gates.items():
            if name == next(iter(shares), None):
                found.append(self._fractional(shares))
            elif name not in shares and name not in self._unused():
                if isinstance(gate, Markov):
                    found.append(self._scheme(name, gate))
                else:
                    found.append(self._gate(name, gate))
        return found

    def _unused(self) -> set[str]:
        """Return the gates that are in no term, and so have no effect on the conductance."""
        terms = self.cls.terms
        used = {name for _, names in terms for name in names} if terms is not None else None
        return set() if used is None else set(self.cls.gates) - used

    def _what(self, name: str) -> str:
        return f"gate {name!r} of {self.cls.__name__}"

    def _check(self, name: str, gate: Gate | Markov) -> str:
        what = self._what(name)
        if gate.start is not None:
            raise NeuromlError(f"start of {what} cannot be written.")
        if not float(gate.power).is_integer():
            raise NeuromlError(f"power of {what} must be a whole number to be written.")
        return what

    def _gate(self, name: str, gate: Kinetics) -> Element:
        if not isinstance(gate, Gate):
            raise NeuromlError(f"{self._what(name)} must be a Gate or Markov to be written.")
        what = self._check(name, gate)
        tag = "gateHHrates" if gate.alpha is not None else "gateHHtauInf"
        tag = "gateHHInstantaneous" if gate.instantaneous else tag
        element = Element(tag, id=name, instances=str(int(gate.power)))
        self._q10(element, gate.q10, what)
        for role in ("alpha", "beta", "time_constant", "steady_state"):
            rate = getattr(gate, role)
            if rate is not None:
                child, kind = _ROLES[role]
                self._rate(element, child, kind, rate, f"{name}_{child}", f"{role} of {what}")
        return element

    def _q10(self, element: Element, q10: float, what: str) -> None:
        if q10 != 1:
            attributes = q10_attributes(self.cls, q10, what)
            SubElement(element, "q10Settings", {"type": "q10ExpTemp", **attributes})

    def _scheme(self, name: str, gate: Markov) -> Element:
        what = self._check(name, gate)
        element = Element("gateKS", id=name, instances=str(int(gate.power)))
        if any(weight != 1 for weight in gate.weights.values()):
            raise NeuromlError(f"open of {what} must have no shares other than 1 to be written.")
        self._q10(element, gate.q10, what)
        for state in gate.states:
            SubElement(element, "openState" if state in gate.weights else "closedState", id=state)
        for (a, b), rate in gate.rates.items():
            own = f"{a}_{b}"
            child = SubElement(element, "forwardTransition", {"id": own, "from": a, "to": b})
            self._rate(child, "rate", "rate", rate, f"{name}_{own}", f"rate {a}->{b} of {what}")
        return element

    def _rate(self, parent: Element, tag: str, kind: str, rate: Any, key: str, what: str) -> None:
        exposure, dimension = KINDS[kind]
        voltage = DIMENSIONS["voltage"]
        if type(rate) in _STANDARD and kind != "time":
            scale = scalar(resolved(rate.scale, self.values), dimension, f"scale of {what}")
            half = scalar(resolved(rate.V_half, self.values), voltage, f"V_half of {what}")
            slope = scalar(resolved(rate.slope, self.values), voltage, f"slope of {what}")
            attributes = {
                "type": f"{_STANDARD[type(rate)]}{'Rate' if kind == 'rate' else 'Variable'}",
                "rate": number_text(scale, dimension),
                "midpoint": number_text(half + self.moved, voltage),
                "scale": number_text(slope, voltage),
            }
            SubElement(parent, tag, attributes)
            return
        node = node_of(rate, dimension, self.values, what)
        if kind == "time" and isinstance(node, Number):
            SubElement(parent, tag, type="fixedTimeCourse", tau=number_text(node.value, dimension))
            return
        self._custom(parent, tag, exposure, node, key)

    def _custom(self, parent: Element, tag: str, exposure: str, node: Node, key: str) -> None:
        if self.moved:
            shifted = apply("-", Name("v"), Number(self.moved, DIMENSIONS["voltage"]))
            node = replace(node, {"v": shifted})
        name = f"{class_name(self.cls.__name__)}_{key}"
        self.types.append(component_type(node, name, exposure))
        SubElement(parent, tag, type=name)

    def _shares(self) -> dict[str, float]:
        """Return the gates of which each term contains exactly one, with their weights."""
        terms = self.cls.terms
        if terms is None or (len(terms) == 1 and terms[0][0] == 1):
            return {}
        common = set.intersection(*(set(names) for _, names in terms))
        shares: dict[str, float] = {}
        for weight, names in terms:
            own = [name for name in names if name not in common]
            if len(own) != 1 or own[0] in shares or len(names) != len(common) + 1:
                raise NeuromlError(
                    f"terms of {self.cls.__name__} must be a product with one sum of gates."
                )
            if self.cls.gates[own[0]].power != 1:
                raise NeuromlError(
                    f"power of {self._what(own[0])} must be 1 in a sum to be written."
                )
            shares[own[0]] = float(weight)
        return shares

    def _fractional(self, shares: Mapping[str, float]) -> Element:
        element = Element("gateFractional", id="sum", instances="1")
        gates: dict[str, Gate] = {}
        for name in shares:
            gate = self.cls.gates[name]
            if not isinstance(gate, Gate) or gate.instantaneous:
                what = self._what(name)
                raise NeuromlError(f"{what} must have a time constant in a sum to be written.")
            gates[name] = gate
            what = self._check(name, gate)
            if gate.q10 != next(iter(gates.values())).q10:
                raise NeuromlError(f"q10 of {what} must be that of the other gates in a sum.")
        self._q10(element, next(iter(gates.values())).q10, self._what(next(iter(gates))))
        for name, gate in gates.items():
            own = SubElement(element, "subGate", id=name, fractionalConductance=repr(shares[name]))
            for role, rate in _tau_inf(gate, self.values, self._what(name)).items():
                child, kind = _ROLES[role]
                key = f"{name}_{child}"
                if isinstance(rate, _Given):
                    self._rate(own, child, kind, rate.rate, key, f"{role} of {self._what(name)}")
                else:
                    self._custom(own, child, KINDS[kind][0], rate, key)
        return element


class _Given:
    """A rate as declared."""

    def __init__(self, rate: Any) -> None:
        self.rate = rate


def _tau_inf(gate: Gate, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return time constant and steady state of a gate."""
    if gate.alpha is None:
        return {
            "time_constant": _Given(gate.time_constant),
            "steady_state": _Given(gate.steady_state),
        }
    dimension = DIMENSIONS["per_time"]
    alpha = node_of(gate.alpha, dimension, values, f"alpha of {what}")
    total = apply("+", alpha, node_of(gate.beta, dimension, values, f"beta of {what}"))
    return {
        "time_constant": apply("/", Number(1.0), total),
        "steady_state": apply("/", alpha, total),
    }
