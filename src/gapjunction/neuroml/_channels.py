"""Channels of a file as classes."""

from __future__ import annotations

import itertools
import types
from typing import Any, Final
from xml.etree.ElementTree import Element

import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike
from gapjunction.ion_channels import Channel, Gate, GHKChannel, IonChannel, Markov
from gapjunction.neuroml._densities import find_density, ion_of, read_density
from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._gates import PASSED_OVER, Fraction, RawGate, exp_temp, read_gate
from gapjunction.neuroml._names import class_name, part_name
from gapjunction.neuroml._rates import LemsRate
from gapjunction.neuroml._units import DIMENSIONS, ZERO_CELSIUS

CHANNELS: Final = (
    "ionChannel",
    "ionChannelHH",
    "ionChannelKS",
    "ionChannelPassive",
    "ionChannelVShift",
)
MAX_GATES: Final = 50
MAX_TERMS: Final = 64


def build_channel(
    root: Element, element: Element, name: str | None, given: dict[str, ArrayLike]
) -> tuple[type[IonChannel], Document]:
    """Return the class of a channel element, and the notes for the report."""
    document = Document(root, given)
    channel = document.attribute(element, "id", f"a {element.tag}")
    density = read_density(document, find_density(root, channel, name), element)
    raw, fractions, scaling = _parts(document, element, channel, density.around)
    references = [x.at for x in scaling] + [x.at for gate in raw for x in gate.q10]
    reference = references[0] if references else None
    if len(scaling) > 1:
        raise NeuromlError(f"channel {channel!r} must have one scaling of its conductance at most.")
    names: dict[str, str] = {}
    for gate in raw:
        if gate.name in names:
            raise NeuromlError(f"gate {gate.name!r} of channel {channel!r} must not appear twice.")
        names[gate.name] = part_name(gate.name, names.values())
        if names[gate.name] != gate.name:
            document.notes.imported.append(f"gate {gate.name!r} is called {names[gate.name]!r}")
    body: dict[str, Any] = {"__doc__": _text(element, channel), "__module__": __name__}
    body |= density.attributes
    nernst = isinstance(body.get("E"), str)
    body["ion"] = ion_of(document, [density.ion, element.get("species")], density.ghk, nernst)
    if reference is not None:
        body["reference_temperature"] = round(reference - ZERO_CELSIUS, 9)
    if scaling:
        body["q10_conductance"] = scaling[0].factor
    if density.ghk and reference is not None:
        body["temperature"] = body["reference_temperature"]
    for gate in raw:
        body[names[gate.name]] = _declared(gate, reference)
        document.notes.imported.append(_described(names[gate.name], body[names[gate.name]]))
    terms = _terms(fractions, raw, names)
    if terms is not None:
        body["terms"] = terms
    if not density.ghk and "g_max" not in body:
        document.notes.left_out.append(
            "g_max and E: the file has no density of the channel, so give them when you make it"
        )
    if element.get("conductance") is not None and "conductance" not in document.notes.numbers:
        document.notes.left_out.append(
            f"conductance={element.get('conductance', '')[:40]!r} of a single channel"
        )
    document.check_all_used()
    kind: type[Channel | GHKChannel] = GHKChannel if density.ghk else Channel
    try:
        cls = types.new_class(
            class_name(channel), (kind,), exec_body=lambda space: space.update(body)
        )
    except (ValueError, TypeError) as error:
        raise NeuromlError(f"channel {channel!r} cannot be declared: {error}") from error
    return cls, document


def _parts(
    document: Document, element: Element, channel: str, around: Any
) -> tuple[list[RawGate], list[Fraction], list[Any]]:
    raw: list[RawGate] = []
    fractions: list[Fraction] = []
    scaling = []
    what = f"channel {channel!r}"
    for child in element:
        if child.tag.startswith("gate"):
            gates, fraction = read_gate(document, child, around)
            raw += gates
            fractions += [] if fraction is None else [fraction]
        elif child.tag in ("q10ConductanceScaling", "conductanceScaling"):
            kind = child.get("type", "q10ConductanceScaling")
            if kind != "q10ConductanceScaling":
                raise NeuromlError(f"{kind} of {what} is not supported.")
            scaling.append(
                exp_temp(document, child, "conductance", f"q10ConductanceScaling of {what}")
            )
        elif child.tag == "baseConductanceScalingCaDependent":
            raw.append(_scaled_by_calcium(document, child, around))
        elif child.tag not in PASSED_OVER:
            raise NeuromlError(f"{child.tag} of {what} is not supported.")
    if len(raw) > MAX_GATES:
        raise NeuromlError(f"{what} must have at most {MAX_GATES} gates, got {len(raw)}.")
    if element.tag == "ionChannelPassive" or element.get("type") == "ionChannelPassive":
        if raw:
            raise NeuromlError(f"{what} is passive and must have no gates.")
    elif element.get("type") not in (None, *CHANNELS):
        raise NeuromlError(f"type of {what} must be one of {', '.join(CHANNELS)}.")
    return raw, fractions, scaling


def _declared(gate: RawGate, reference: float | None) -> Gate | Markov:
    """Return a gate whose rates are usable at some voltage at least."""
    try:
        found = gate.declared(reference)
        broken = [key for key, (rate, _) in found.declared().items() if not _is_usable(key, rate)]
    except (ValueError, ArithmeticError) as error:
        raise NeuromlError(f"gate {gate.name!r} cannot be declared: {error}") from error
    if broken:
        must = "finite" if broken[0] == "steady_state" else "finite and 0 or more"
        raise NeuromlError(f"{broken[0]} of gate {gate.name!r} is not {must} at any voltage.")
    return found


_SOME = np.linspace(-91.7, 43.1, 9) * u.mV


def _is_usable(key: object, rate: object) -> bool:
    if not callable(rate):
        return True
    readings = {"Ca": 1e-4 * u.mM, "temperature": 20.0}
    names = rate.names if isinstance(rate, LemsRate) else ()
    values = np.asarray(u.get_mantissa(rate(_SOME, **{name: readings[name] for name in names})))
    usable = np.isfinite(values)
    # A factor of the conductance is declared by its steady state, and may have any sign.
    return bool((usable & (values >= 0) if key != "steady_state" else usable).any())


def _scaled_by_calcium(document: Document, element: Element, around: Any) -> RawGate:
    """Return a factor of the conductance, a gate that follows calcium without delay."""
    name = element.get("id", "scaling")
    node = document.component(element, name, "factor", DIMENSIONS["none"], around)
    return RawGate(name, 1, {"steady_state": node}, (), 1.0)


def _terms(
    fractions: list[Fraction], raw: list[RawGate], names: dict[str, str]
) -> tuple[tuple[float, tuple[str, ...]], ...] | None:
    """Return products of sums, multiplied out to a sum of products."""
    if not fractions:
        return None
    summed = {part for fraction in fractions for _, part in fraction.parts}
    others = tuple(names[gate.name] for gate in raw if gate.name not in summed)
    choices = [fraction.parts for fraction in fractions for _ in range(fraction.power)]
    number = 1
    for choice in choices:
        number *= len(choice)
        if number > MAX_TERMS:
            raise NeuromlError(
                f"fractional gates must have at most {MAX_TERMS} products of subgates."
            )
    found: dict[tuple[str, ...], float] = {}
    for chosen in itertools.product(*choices):
        weight = 1.0
        for share, _ in chosen:
            weight *= share
        key = (*others, *sorted(names[part] for _, part in chosen))
        found[key] = found.get(key, 0.0) + weight
    return tuple((weight, key) for key, weight in found.items())


def _described(name: str, gate: Gate | Markov) -> str:
    if isinstance(gate, Markov):
        return f"gate {name}: scheme of {len(gate.states)} states, {len(gate.rates)} rates"
    parts = ", ".join(f"{key} {_kind(rate)}" for key, (rate, _) in gate.declared().items())
    return f"gate {name}^{gate.power:g}: {parts}"


def _kind(rate: object) -> str:
    if not callable(rate):
        return "constant"
    name = type(rate).__name__
    return "expression" if name == "LemsRate" else name


def _text(element: Element, channel: str) -> str:
    notes = " ".join((element.findtext("notes") or "").split())
    return notes[:500] or f"Channel {channel[:100]}, read from NeuroML."
