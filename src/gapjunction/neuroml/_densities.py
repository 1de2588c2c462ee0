"""How much of a channel a cell has: conductance, reversal potential and ion."""

from __future__ import annotations

import dataclasses
from typing import Any, Final
from xml.etree.ElementTree import Element

import saiunit as u

from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Node, Number
from gapjunction.neuroml._units import DIMENSIONS

# The ions, by the names that files use for them.
IONS: Final = {"na": "Na", "k": "K", "ca": "Ca", "cl": "Cl", "mg": "Mg"}
NONSPECIFIC: Final = ("non_specific", "nonspecific", "ns", "", "none")
SUPPORTED: Final = (
    "channelDensity",
    "channelDensityVShift",
    "channelDensityNernst",
    "channelDensityGHK",
    "channelPopulation",
    "channelPopulationNernst",
)
OTHERS: Final = (
    "channelDensityNonUniform",
    "channelDensityNonUniformNernst",
    "channelDensityNonUniformGHK",
    "channelDensityGHK2",
    "channelDensityNernstCa2",
    "variableParameter",
)
_DENSITY = u.mS / u.cm**2


@dataclasses.dataclass(frozen=True)
class Density:
    """The facts that a density states about a channel.

    Parameters
    ----------
    attributes : dict
        Attributes of the class: ``g_max`` and ``E``, or ``P_max``.
    ion : str
        Text of the ion; None if it states none.
    ghk : bool
        Whether the current follows the constant-field equation.
    around : dict of str to Node
        Values of the density that rates may require.
    """

    attributes: dict[str, Any]
    ion: str | None
    ghk: bool
    around: dict[str, Node]


def find_density(root: Element, channel: str, name: str | None) -> Element | None:
    """Return the element that states the amount of a channel, if there is one."""
    tags = (*SUPPORTED, *OTHERS)
    found = [x for x in root.iter() if x.tag in tags and x.get("ionChannel") == channel]
    named = [x for x in found if x.get("id") == name]
    if named and name != channel:
        found = named
    if len({_facts(x) for x in found}) > 1:
        listed = ", ".join(repr(x.get("id", "")) for x in found[:20])
        raise NeuromlError(
            f"name must say which density of channel {channel!r} is meant, because the file has "
            f"several: {listed}."
        )
    return found[0] if found else None


def _facts(element: Element) -> tuple[Any, ...]:
    facts = {k: v for k, v in element.attrib.items() if k not in ("id", "segmentGroup", "segment")}
    return element.tag, tuple(sorted(facts.items())), len(element)


def read_density(document: Document, element: Element | None, channel: Element) -> Density:
    """Return the facts of a density; without one, those of the channel alone."""
    around: dict[str, Node] = {}
    voltage, shift = DIMENSIONS["voltage"], channel.get("vShift")
    if element is None:
        if shift is not None:
            around["vShift"] = Number(document.number("vShift", shift, voltage, "vShift"), voltage)
        return Density(_given(document), None, False, around)
    what = f"{element.tag} {element.get('id', '')!r}"
    if element.tag not in SUPPORTED or len(element.findall("variableParameter")):
        raise NeuromlError(
            f"{what} is not supported: its current does not have a uniform, known form."
        )
    shift = element.get("vShift", shift)
    if shift is not None:
        around["vShift"] = Number(
            document.number("vShift", shift, voltage, f"vShift of {what}"), voltage
        )
    attributes: dict[str, Any] = {}
    ghk = element.tag == "channelDensityGHK"
    if ghk:
        text = document.attribute(element, "permeability", what)
        value = document.number(
            "P_max", text, DIMENSIONS["permeability"], f"permeability of {what}"
        )
        attributes["P_max"] = u.Quantity(value * 1e5, unit=u.get_unit(u.cm / u.second))
    elif element.tag.startswith("channelPopulation"):
        number = document.attribute(element, "number", what)
        count = document.number("number", number, DIMENSIONS["none"], f"number of {what}")
        text = document.attribute(channel, "conductance", "a channel that is counted")
        each = document.number("conductance", text, DIMENSIONS["conductance"], "conductance")
        attributes["g_max"] = u.Quantity(count * each * 1e3, unit=u.nS)
    else:
        text = document.attribute(element, "condDensity", what)
        value = document.number(
            "g_max", text, DIMENSIONS["conductanceDensity"], f"condDensity of {what}"
        )
        # From uS/m2.
        attributes["g_max"] = u.Quantity(value / 1e7, unit=_DENSITY)
    if element.tag.endswith("Nernst"):
        attributes["E"] = "Nernst"
    elif not ghk:
        text = document.attribute(element, "erev", what)
        attributes["E"] = document.number("E", text, voltage, f"erev of {what}") * u.mV
    if ghk or ("E" in attributes and isinstance(attributes["E"], str)):
        document.notes.approximated.append(
            f"{what}: the constants R and F are today's; those of NeuroML differ in the 7th digit"
        )
    for key in ("P_max", "g_max"):
        if key in attributes and u.get_mantissa(attributes[key]) < 0:
            raise NeuromlError(f"{key} of {what} must not be negative, got {attributes[key]}.")
    group = element.get("segmentGroup", "all")
    if group != "all":
        document.notes.left_out.append(f"{what}: it is for the segment group {group!r}")
    return Density(attributes, element.get("ion"), ghk, around)


def _given(document: Document) -> dict[str, Any]:
    """Return conductance and reversal potential that the caller gives instead of the file."""
    found: dict[str, Any] = {}
    for name, dimension in (("g_max", "conductanceDensity"), ("E", "voltage")):
        value = document.given(name, float("nan"), DIMENSIONS[dimension])
        document.notes.numbers.setdefault(name, "not in the file")
        if value == value:
            found[name] = value / 1e7 * _DENSITY if name == "g_max" else value * u.mV
    return found


def ion_of(document: Document, texts: list[str | None], ghk: bool, nernst: bool) -> str:
    """Return the ion that a density or a channel names."""
    named = [text.strip() for text in texts if text is not None and text.strip() != ""]
    text = named[0] if named else ""
    if text.lower() in IONS:
        return IONS[text.lower()]
    if ghk or nernst:
        raise NeuromlError(
            f"ion must be one of {', '.join(IONS)} for such a current, got {text[:40]!r}."
        )
    if text.lower() not in NONSPECIFIC:
        document.notes.approximated.append(
            f"the ion {text[:40]!r} is not a common one: its current changes no concentration"
        )
    return "nonspecific"
