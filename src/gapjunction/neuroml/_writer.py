"""Channels of this library as NeuroML 2."""

from __future__ import annotations

import os
from typing import Any, Final, cast
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._files import write_whole
from gapjunction._params import value_of
from gapjunction.ion_channels import Channel, GHKChannel, IonChannel, Markov
from gapjunction.neuroml._densities import IONS
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._gate_text import GateWriter, q10_attributes
from gapjunction.neuroml._names import class_name
from gapjunction.neuroml._text import number_text
from gapjunction.neuroml._trace import scalar
from gapjunction.neuroml._units import DIMENSIONS

_NAMESPACE: Final = "http://www.neuroml.org/schema/neuroml2"
_NAMES: Final = {ion: text for text, ion in IONS.items()} | {"nonspecific": "non_specific"}


def to_neuroml(channel: type[IonChannel] | IonChannel) -> str:
    """Return a channel as the text of a NeuroML 2 file.

    Rate forms become standard rates, and functions are traced and written as expressions of LEMS.
    :func:`read` gives the same numbers back. A channel with conductance and reversal potential is
    accompanied by a density or, if its conductance is absolute, by a population of one channel.

    Parameters
    ----------
    channel : type or IonChannel
        A subclass of :class:`~gapjunction.ion_channels.Channel` or
        :class:`~gapjunction.ion_channels.GHKChannel`, or a channel, whose parameters must then be
        single numbers. The temperature of a channel is not part of the file.

    Returns
    -------
    str
        The text, XML.

    Raises
    ------
    NeuromlError
        If NeuroML has no words for a part of the channel; the message names it.

    Examples
    --------
    >>> import gapjunction as gj
    >>> text = gj.neuroml.to_neuroml(gj.ion_channels.K_HH1952)
    >>> print(text.splitlines()[7].strip())
    <forwardRate type="HHExpLinearRate" rate="0.1per_ms" midpoint="-55.0mV" scale="10.0mV" />
    """
    if isinstance(channel, type):
        return _text(_document(_form(channel), None))
    return _text(_document(_form(type(channel)), cast("IonChannel", channel)))


def _form(cls: object) -> type[IonChannel]:
    if isinstance(cls, type) and issubclass(cls, (Channel, GHKChannel)):
        return cls
    raise NeuromlError(
        f"channel must be a Channel or a GHKChannel to be written, got {describe(cls)}."
    )


def write(channel: type[IonChannel] | IonChannel, path: str | os.PathLike[str]) -> None:
    """Write a channel to a NeuroML 2 file, whole or not at all.

    Parameters
    ----------
    channel : type or IonChannel
        As for :func:`to_neuroml`.
    path : str or path
        The file; one that exists is replaced once the new one is complete.

    Raises
    ------
    NeuromlError
        As :func:`to_neuroml`.
    OSError
        If the file cannot be written.
    """
    write_whole(path, to_neuroml(channel))


def _document(cls: type[IonChannel], channel: IonChannel | None) -> Element:
    what = f"channel {cls.__name__}"
    values: dict[str, Any] = {}
    for name, parameter in cls.parameters.items():
        values[name] = parameter.default if channel is None else value_of(getattr(channel, name))
        values[name] = _one(values[name], f"{name} of {what}")
    if cls.variables:
        raise NeuromlError(
            f"{what} has the variable {next(iter(cls.variables))!r}, which is not a gate."
        )
    if cls.ion not in _NAMES:
        raise NeuromlError(f"ion of {what} must be one of {', '.join(_NAMES)} to be written.")
    if (cls if channel is None else channel).noise is not None:
        raise NeuromlError(f"noise of {what} cannot be written.")
    shift = None if channel is None else channel.V_shift
    moved = (
        0.0
        if shift is None
        else scalar(value_of(shift), DIMENSIONS["voltage"], f"V_shift of {what}")
    )
    root = Element("neuroml", xmlns=_NAMESPACE, id=f"{class_name(cls.__name__)}_file")
    kind = "ionChannelKS" if _is_scheme(cls) else "ionChannelHH"
    element = SubElement(root, kind, id=class_name(cls.__name__))
    if cls.source is not None:
        SubElement(element, "notes").text = f"{cls.__doc__ or ''}\n{cls.source.cite()}"
    if cls.q10_conductance != 1:
        if kind == "ionChannelKS":
            raise NeuromlError(f"q10_conductance of {what} cannot be written for a scheme.")
        attributes = q10_attributes(cls, cls.q10_conductance, what)
        SubElement(element, "q10ConductanceScaling", attributes)
    writer = GateWriter(cls, values, moved)
    for part in writer.elements():
        element.append(part)
    absolute = _density(root, cls, channel, what)
    element.set("conductance", absolute or "10pS")
    element.set("species", _NAMES[cls.ion])
    root.extend(writer.types)
    return root


def _one(value: Any, what: str) -> Any:
    """Return the value of a parameter as a plain number with its unit."""
    if isinstance(u.get_mantissa(value), jax.core.Tracer):
        raise NeuromlError(f"{what} must be a number that is known, not one that JAX traces.")
    numbers = np.unique(np.asarray(u.get_mantissa(value), dtype=float))
    if numbers.shape != (1,):
        raise NeuromlError(f"{what} must be one number to be written.")
    unit = u.get_unit(value)
    return float(numbers[0]) if unit.is_unitless else u.Quantity(float(numbers[0]), unit=unit)


def _is_scheme(cls: type[IonChannel]) -> bool:
    return any(isinstance(gate, Markov) for gate in cls.gates.values())


def _density(
    root: Element, cls: type[IonChannel], channel: IonChannel | None, what: str
) -> str | None:
    """Add the element that states the amount of the channel; return an absolute conductance."""
    owner: Any = cls if channel is None else channel
    name = class_name(cls.__name__)
    attributes = {"id": f"{name}_all", "ionChannel": name, "ion": _NAMES[cls.ion]}
    absolute = None
    if issubclass(cls, GHKChannel):
        if cls.RT_F is not None:
            raise NeuromlError(
                f"RT_F of {what} cannot be written: NeuroML takes it from temperature."
            )
        if cls.ion != "Ca":
            raise NeuromlError(f"ion of {what} must be Ca, for which NeuroML has such currents.")
        if owner.P_max is None:
            raise NeuromlError(f"P_max of {what} must be given: it is part of the current.")
        value = value_of(owner.P_max)
        if u.get_unit(value).dim != (u.cm / u.second).dim:
            raise NeuromlError(f"P_max of {what} must be per area to be written.")
        number = scalar(value, DIMENSIONS["permeability"], f"P_max of {what}")
        tag = "channelDensityGHK"
        attributes["permeability"] = number_text(number, DIMENSIONS["permeability"])
    else:
        if owner.g_max is None or owner.E is None:
            return None
        value = value_of(owner.g_max)
        if u.get_unit(value).dim == u.siemens.dim:
            number = scalar(value, DIMENSIONS["conductance"], f"g_max of {what}")
            absolute = number_text(number, DIMENSIONS["conductance"])
            tag, attributes["number"] = "channelPopulation", "1"
        else:
            kind = DIMENSIONS["conductanceDensity"]
            number = scalar(value, kind, f"g_max of {what}")
            tag, attributes["condDensity"] = "channelDensity", number_text(number, kind)
        if isinstance(owner.E, str):
            tag = f"{tag}Nernst"
        else:
            reversal = scalar(value_of(owner.E), DIMENSIONS["voltage"], f"E of {what}")
            attributes["erev"] = number_text(reversal, DIMENSIONS["voltage"])
    properties = SubElement(root, "biophysicalProperties", id=f"{name}_properties")
    SubElement(SubElement(properties, "membraneProperties"), tag, attributes)
    return absolute


def _text(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'
