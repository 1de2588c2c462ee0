"""The temperature of a channel, and the factors of rates and conductance that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapjunction._checks import check_real, warn

if TYPE_CHECKING:
    from gapjunction.ion_channels._ion_channel import IonChannel


def reference_of(cls: type[IonChannel]) -> float | None:
    """Return the temperature at which the declared rates hold, if it is known."""
    if cls.reference_temperature is not None or cls.source is None:
        return cls.reference_temperature
    return cls.source.temperature


def check_reference(cls: type[IonChannel]) -> None:
    """Raise an error for a Q10 without a temperature at which the rates hold."""
    if reference_of(cls) is None and has_q10(cls):
        raise ValueError(
            f"temperature needs a reference: give {cls.__name__} a reference_temperature, or "
            "a source, which has one."
        )


def has_q10(cls: type[IonChannel]) -> bool:
    """Return whether any gate, or the conductance, has a temperature factor."""
    return any(q10 != 1 for q10 in (cls.q10_conductance, *(g.q10 for g in cls.gates.values())))


def temperature_of(channel: IonChannel, given: float | None) -> float | None:
    """Return the temperature of a new channel, in degrees Celsius, from what the user gave."""
    cls = type(channel)
    reference = reference_of(cls)
    if given is None:
        given = reference if cls.temperature is None else cls.temperature
    else:
        check_reference(cls)
        given = check_real("temperature", given, low=-273.15)
        # Leaks do not warn: they are given the temperature of their neuron like its other channels.
        if (
            cls.gates
            and not channel.depends_on_temperature
            and reference is not None
            and given != reference
        ):
            warn(
                f"temperature has no effect on {cls.__name__}: its rates are those "
                f"of {reference:g} degC, and it has no Q10."
            )
    if given is None and channel.reads_temperature:
        raise ValueError(
            f"temperature must be given: the rates of {cls.__name__} read it, and it has neither a "
            "default nor a source."
        )
    return given


def factor(channel: IonChannel, q10: float) -> float:
    """Return by how much a rate with this Q10 is faster than at the reference temperature."""
    reference = reference_of(type(channel))
    if reference is None or channel.temperature is None or q10 == 1:
        return 1.0
    return q10 ** ((channel.temperature - reference) / 10)
