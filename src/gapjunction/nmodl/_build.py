"""Makes a class of the library from formulas, in the simplest form that can express them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import saiunit as u

from gapjunction.ion_channels import (
    Channel,
    Current,
    Gate,
    GHKChannel,
    Ion,
    IonChannel,
    Mechanism,
    Parameter,
)
from gapjunction.ion_channels._declaration import _STATES
from gapjunction.ion_channels._ion import VALENCE
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._field import constant_field
from gapjunction.nmodl._functions import Function
from gapjunction.nmodl._graph import Node
from gapjunction.nmodl._model import Model
from gapjunction.nmodl._ohmic import Product, product
from gapjunction.nmodl._report import Report
from gapjunction.nmodl._states import schemes, solves_steady_state, two_states, variable
from gapjunction.nmodl._units import unit_of

_DENSITY: Final = u.get_unit(u.mA / u.cm**2)


def build(made: Model) -> type[IonChannel]:
    """Return the class, with its report."""
    return _Builder(made).build()


class _Builder:
    def __init__(self, made: Model) -> None:
        self.made = made
        self.gates, self.schemes = two_states(made), schemes(made)
        self.approximated, self.left_out = list(made.approximated), list(made.left_out)
        if not solves_steady_state(made, self.gates, self.schemes):
            self.approximated.append(
                "LINEAR: its solution is not the steady state, at which the class starts"
            )
        self.imported: list[str] = []
        self.form: type[IonChannel] = Mechanism
        self.names: dict[str, tuple[str, u.Unit]] = {}
        self.body: dict[str, Any] = {}

    def build(self) -> type[IonChannel]:
        made = self.made
        if len(made.currents) != 1 or not (self._channel() or self._field()):
            self._mechanism()
        program = made.program
        name = re.sub(r"\W", "_", program.suffix)
        if made.celsius is not None and self._is_warm():
            self.body["temperature"] = made.celsius
            if "celsius" not in made.overridden:
                self.approximated.append(
                    f"temperature: celsius is set by a simulator; the default is {made.celsius:g}"
                )
        self.body |= {"__doc__": f"{program.title or name} ({program.file}).", "__module__": _HOME}
        try:
            cls = type(name, (self.form,), self.body)
        except (ValueError, TypeError) as error:
            raise NmodlError(f"it is refused as a class: {error}", file=program.file) from error
        cls.report = Report(  # type: ignore[attr-defined]
            program.file,
            name,
            self.form.__name__,
            tuple(self.imported),
            tuple(dict.fromkeys(self.approximated)),
            tuple(dict.fromkeys(self.left_out)),
        )
        return cls

    def _channel(self) -> bool:
        """Declare an ohmic channel, if the current has that form."""
        ((name, (ion, node)),) = self.made.currents.items()
        found = product(self.made, node, self.gates, self.schemes)
        if found is None or not self._holds(found):
            return False
        E = self._reversal(found.drive, ion)
        if E is None:
            return False
        self._start_form(Channel, found, E[1])
        self.body["ion"] = self._ion(ion)
        self.body["E"] = E[0] * u.mV
        g = found.number * self._amount(found.conductance)
        self.body["g_max"] = g * 1e3 * u.mS / u.cm**2
        self._product(found)
        which = f", g_max from {found.conductance}" if found.conductance else ""
        self.imported.insert(0, f"current {name} of {ion}: g_max and E{which}")
        if E[1] in self.made.reversals:
            self._tell_reversal(E[1], "E")
        return True

    def _field(self) -> bool:
        """Declare a constant-field channel, if the current has that form."""
        ((name, (ion, node)),) = self.made.currents.items()
        found = product(self.made, node, self.gates, self.schemes, driven=False)
        if found is None or not self._holds(found):
            return False
        field = constant_field(self.made, found.drive, ion)
        if field is None:
            return False
        self._start_form(GHKChannel, found, "")
        self.body["ion"] = self._ion(ion)
        P = found.number * field.permeability * self._amount(found.conductance)
        self.body["P_max"] = P * u.cm / u.second
        if not field.is_physical:
            offset, slope = field.offset, field.slope
            constant = abs(slope) < 1e-12
            self.body["RT_F"] = (
                offset * u.mV
                if constant
                else lambda temperature: (offset + slope * temperature) * u.mV
            )
            self.imported.append(f"RT/F as in the file: {offset + slope * 20:.6g} mV at 20 degC")
        if self.made.celsius is None and "celsius" not in node.inputs:
            self.body["temperature"] = 20.0
            self.left_out.append("temperature, which has no effect in this file: 20 degC")
        self._product(found)
        self.imported.insert(0, f"current {name} of {ion}: constant field")
        return True

    def _holds(self, found: Product) -> bool:
        """Whether all states that a current depends on are gates or schemes of the product."""
        inside = {*found.gates}
        for place in found.schemes:
            inside |= set(self.schemes[place].states)
        return set(self.made.used_states) <= inside

    def _amount(self, key: str) -> float:
        return self.made.parameters[key] if key else 1.0

    def _reversal(self, drive: Node, ion: str) -> tuple[float, str] | None:
        """Return a reversal potential and the name of its parameter; None if it is a formula."""
        if drive.op == "constant":
            return drive.value, ""
        if drive.op != "input":
            return None
        known = {**self.made.parameters, **self.made.reversals}
        return (known[drive.key], drive.key) if drive.key in known else None

    def _start_form(self, form: type[IonChannel], found: Product, reversal: str) -> None:
        self.form = form
        skip = {found.conductance, reversal} - {""}
        self._name([*self.made.parameters, *self.made.reversals], skip)
        if reversal:
            self.names[reversal] = ("E", u.mV)

    def _name(self, keys: Iterable[str], skip: set[str]) -> None:
        """Name the quantities that formulas read."""
        program = self.made.program
        self.names = {"celsius": ("temperature", u.UNITLESS)}
        for key, name in self.made.concentrations.items():
            self.names[key] = (name, u.mM)
        for key in program.states:
            self.names[key] = (self._safe(key), u.UNITLESS)
        for key in keys:
            if key not in skip:
                self.names[key] = (self._safe(key), self._unit(key))

    def _safe(self, key: str) -> str:
        taken = {*dir(self.form), *_STATES, "open_fraction", "temperature", "E"}
        taken |= set(self.made.concentrations.values())
        name = key
        while name in taken or name.startswith("_"):
            name = f"{name.lstrip('_')}_" if name.startswith("_") else f"{name}_"
        return name

    def _unit(self, key: str) -> u.Unit:
        if key in self.made.reversals:
            return u.mV
        declared = self.made.program.parameters.get(key) or self.made.program.assigned.get(key)
        text = "" if declared is None else declared.unit
        if not text or "deg" in text or text.strip() == "celsius":
            return u.UNITLESS
        unit = unit_of(text, self.made.program.unit_names)
        if unit is None:
            self.approximated.append(f"{key}: its unit ({text}) is not known; read as a number")
            return u.UNITLESS
        return unit

    def _ion(self, ion: str) -> str:
        if ion in VALENCE or ion == "nonspecific":
            return ion
        return Ion(ion, self.made.valences[ion])

    def _product(self, found: Product) -> None:
        """Declare the gates and parameters of a product."""
        for key, power in found.gates.items():
            gate = self.gates[key].gate(power, self.names)
            self.body[self.names[key][0]] = gate
            started = " from INITIAL's value" if gate.start is not None else ""
            self.imported.append(f"gate {key}^{power}{started}")
        for place, (power, weights) in found.schemes.items():
            scheme = self.schemes[place]
            name = self._safe("scheme" if place == 0 else f"scheme{place + 1}")
            self.body[name] = scheme.gate(power, weights, self.names)
            self.imported.append(
                f"scheme of {len(scheme.states)} states and {len(scheme.rates)} rates"
            )
        if found.rest is not None:
            node, power = found.rest
            named = [key for key, x in self.made.named.items() if x is node and key.isidentifier()]
            name = self._safe(named[0] if named else "factor")
            while name in self.body or name in {x for x, _ in self.names.values()}:
                name += "_"
            self.body[name] = Gate(power, steady_state=Function(node, self.names))
            self.imported.append(f"instantaneous factor {name}^{power}")
        if found.warmth is not None:
            q10, reference = found.warmth
            self.body |= {"q10_conductance": q10, "reference_temperature": reference}
            self.imported.append(f"Q10 of the conductance {q10:g} from {reference:g} degC")
        self._parameters()

    def _mechanism(self) -> None:
        made = self.made
        self.form = Mechanism
        self._name([*made.parameters, *made.reversals], set())
        used = made.used_states
        for key in used:
            if key not in self.gates:
                unit = unit_of(made.program.states[key].unit, made.program.unit_names)
                self.names[key] = (self.names[key][0], u.UNITLESS if unit is None else unit)
        for key in used:
            name, unit = self.names[key]
            if key in self.gates:
                self.body[name] = self.gates[key].gate(1, self.names)
                self.imported.append(f"gate {key}")
            else:
                self.body[name] = variable(made, key, self.names, unit, self.schemes)
                self.imported.append(f"variable {key}")
        for key, (ion, node) in made.currents.items():
            function = Function(node, self.names, _DENSITY)
            self.body[self._safe(key)] = Current(self._ion(ion), function)
            self.imported.append(f"current {key} of {ion}")
        for key in made.reversals:
            if self._reads(self.names[key][0]):
                self._tell_reversal(key, self.names[key][0])
        self._parameters()

    def _reads(self, name: str) -> bool:
        return any(name in getattr(part, "reads", ()) for part in self.body.values())

    def _parameters(self) -> None:
        known = {**self.made.parameters, **self.made.reversals}
        listed = []
        for key, value in known.items():
            name, unit = self.names.get(key, ("", u.UNITLESS))
            if name and name != "E" and self._reads(name):
                self.body[name] = Parameter(value if unit.is_unitless else value * unit)
                listed.append(name if name == key else f"{name} (for {key})")
        if listed:
            self.imported.append(f"parameters {', '.join(listed)}")

    def _tell_reversal(self, key: str, name: str) -> None:
        if key in self.made.overridden:
            return
        value = self.made.reversals[key]
        self.approximated.append(f"{name}: {key} is set by a cell; the default is {value:g} mV")

    def _is_warm(self) -> bool:
        return (
            self._reads("temperature")
            or self.form is GHKChannel
            or ("q10_conductance" in self.body)
        )


_HOME: Final = "gapjunction.nmodl"
