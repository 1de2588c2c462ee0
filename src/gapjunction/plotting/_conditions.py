"""Concentrations and reversal potentials for a channel that is drawn by itself, without a cell."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction.ion_channels import IonChannel, nernst

TYPICAL = {
    ion: (u.Quantity(inside, unit=u.mM), u.Quantity(outside, unit=u.mM))
    for ion, inside, outside in (
        ("Na", 12, 145),
        ("K", 155, 4),
        ("Ca", 1e-4, 2),
        ("Cl", 4.2, 123),
    )
}
"""Concentrations inside and outside of a mammalian cell, from Hille (2001, Ion channels of
excitable membranes, table 1.3), except that calcium outside is that of common bath solutions."""

BODY_TEMPERATURE = 37.0
"""Temperature in degrees Celsius for Nernst's equation if a channel has none of its own."""


def single(channel: object) -> IonChannel:
    """Return a new channel of one cell: an instance of a class, or a copy of a channel."""
    if isinstance(channel, type) and issubclass(channel, IonChannel):
        return channel(1)
    if not isinstance(channel, IonChannel):
        raise TypeError(f"channel must be a channel or a class of them, got {describe(channel)}.")
    if np.prod(channel.in_size) != 1:
        raise ValueError(f"channel must be of one cell, got in_size {channel.in_size}.")
    # Drawing changes a channel's states, so a copy is drawn in place of the user's channel.
    return copy.deepcopy(channel)


def surroundings(
    channel: IonChannel, given: Mapping[str, Any] | None = None
) -> dict[str, u.Quantity]:
    """Return values of everything that a channel reads, such as concentrations.

    Parameters
    ----------
    channel : IonChannel
        The channel; its :meth:`reads` says what is needed.
    given : dict of str to Quantity, optional
        Values to use in place of typical ones, by names such as ``Ca``, ``Ca_out`` or ``E_Ca``.

    Returns
    -------
    dict of str to Quantity
        Concentrations, and reversal potentials that follow from them by Nernst's equation.

    Raises
    ------
    ValueError
        If the channel does not read a given name, if a name has more values than can be shown, or
        if the channel reads a name for which no typical value is known.
    saiunit.UnitMismatchError
        If a value does not have the unit of a concentration or, for names such as ``E_Ca``, of a
        voltage.

    Examples
    --------
    >>> from gapjunction.ion_channels import Ca_LVA_Ha2011
    >>> values = surroundings(Ca_LVA_Ha2011(1))
    >>> round(float(values['E_Ca'] / u.mV), 1), sorted(values)
    (131.1, ['Ca', 'Ca_out', 'E_Ca'])
    """
    given = {} if given is None else dict(given)
    kind, needed = type(channel).__name__, channel.reads()
    ions = [name.removeprefix("E_") for name in needed if name.startswith("E_")]
    useful = dict.fromkeys((*needed, *(f"{ion}{side}" for ion in ions for side in ("", "_out"))))
    for name, value in given.items():
        if name not in useful:
            raise ValueError(
                f"concentrations must hold only what {kind} reads "
                f"({', '.join(useful) or 'nothing'}), got {name!r}."
            )
        unit, what = (u.mV, "a voltage") if name.startswith("E_") else (u.mM, "a concentration")
        check_unit(f"concentrations[{name!r}]", value, unit, what)
        several = name == read_by_gates(channel)
        if value.ndim > several:
            raise ValueError(
                f"concentrations[{name!r}] must be one value{' or a list of them' * several}, "
                f"got {describe(value)}."
            )
    # If no reversal potential is given, all of them follow from concentrations, which are then
    # returned, too.
    names = useful if not any(f"E_{ion}" in given for ion in ions) else needed
    return {name: _value(name, given, channel) for name in names}


def typical(name: str) -> u.Quantity | None:
    """Return the typical concentration inside (``Ca``) or outside (``Ca_out``), or None."""
    both = TYPICAL.get(name.removesuffix("_out"))
    return None if both is None else both[name.endswith("_out")]


def rest_of(name: str, family: u.Quantity) -> u.Quantity:
    """Return the concentration to step from: the typical one if it is below all of ``family``.

    Otherwise it is a tenth of the lowest of them.

    Examples
    --------
    >>> rests = rest_of('Ca', [1.0, 2.0] * u.uM), rest_of('Ca', [50.0, 70.0] * u.nM)
    >>> [round(float(rest / u.nM), 1) for rest in rests]
    [100.0, 5.0]
    """
    usual, least = typical(name), family.min()
    return least / 10 if usual is None or usual > least else usual


def _value(name: str, given: Mapping[str, Any], channel: IonChannel) -> u.Quantity:
    if name in given:
        return given[name]
    if name.startswith("E_"):
        ion = name.removeprefix("E_")
        temperature = BODY_TEMPERATURE if channel.temperature is None else channel.temperature
        inside, outside = (_value(f"{ion}{side}", given, channel) for side in ("", "_out"))
        return nernst(ion, inside, outside, temperature)
    value = typical(name)
    if value is None:
        raise ValueError(
            f"concentrations must hold {name}, which {type(channel).__name__} reads and for which "
            "no typical value is known."
        )
    return value


def read_by_gates(channel: IonChannel) -> str | None:
    """Return the first concentration that the gates of a channel depend on, or None."""
    given = [name for name in channel.reads() if not name.startswith("E_")]
    names = [name for gate in channel.gates.values() for name in gate.reads]
    return next((name for name in names if name in given), None)
