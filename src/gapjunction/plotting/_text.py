"""Quantities, and facts about channels, as text for figures."""

from __future__ import annotations

import re
import textwrap

import numpy as np
import saiunit as u

from gapjunction._params import value_of
from gapjunction._typing import Numbers
from gapjunction.ion_channels import Channel, GHKChannel, IonChannel

_SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
_AMOUNTS = {
    "mS/cm2": u.mS / u.cm**2,
    "nS": u.nS,
    "cm/s": u.cm / u.second,
    "cm3/s": u.cm**3 / u.second,
}
_CONCENTRATIONS = {"mM": 1.0, "uM": 1e-3, "nM": 1e-6}


def number(value: Numbers, unit: u.Unit) -> str:
    """Return the number of a quantity in a unit, or the range of its numbers if they differ.

    Examples
    --------
    >>> import saiunit as u
    >>> number(-77.0 * u.mV, u.mV), number([1.0, 2.5] * u.nS, u.nS)
    ('-77', '1 to 2.5')
    """
    values = np.asarray(u.Quantity(value).to_decimal(unit))
    low, high = f"{float(values.min()):.4g}", f"{float(values.max()):.4g}"
    return low if low == high else f"{low} to {high}"


def symbol(unit: u.Unit) -> str:
    """Return the name of a unit; empty for a plain number.

    Examples
    --------
    >>> import saiunit as u
    >>> symbol(u.mV), symbol(u.UNITLESS)
    ('mV', '')
    """
    return "" if unit.is_unitless else str(unit)


def amount(channel: type[IonChannel] | IonChannel) -> tuple[str, str] | None:
    """Return the name and the value of a channel's maximal conductance or permeability, or None.

    Examples
    --------
    >>> from gapjunction.ion_channels import Na_HH1952
    >>> amount(Na_HH1952)
    ('g_max', '120 mS/cm2')
    """
    name = "P_max" if _is(channel, GHKChannel) else "g_max"
    value = getattr(channel, name, None)
    if value is None or not _is(channel, (Channel, GHKChannel)):
        return None
    value = value_of(value)
    for text, unit in _AMOUNTS.items():
        if u.get_unit(value).dim == unit.dim:
            return name, f"{number(value, unit)} {text}"
    return None


def reversal(channel: type[IonChannel] | IonChannel) -> str | None:
    """Return the reversal potential, or how it is found; None if the channel has none.

    Examples
    --------
    >>> from gapjunction.ion_channels import Na_HH1952, Ca_HVA_Ha2011
    >>> reversal(Na_HH1952), reversal(Ca_HVA_Ha2011)
    ('50 mV', 'that of the pool of Ca (Nernst)')
    """
    if _is(channel, GHKChannel):
        return None
    E = getattr(channel, "E", None) if _is(channel, Channel) else None
    if E is None or isinstance(E, str):
        return None if E is None else f"that of the pool of {channel.ion} (Nernst)"
    return f"{number(value_of(E), u.mV)} mV"


def concentration(value: Numbers) -> str:
    """Return a concentration as text, in mM, uM or nM.

    Examples
    --------
    >>> import saiunit as u
    >>> concentration(2 * u.mM), concentration(0.00043 * u.mM)
    ('2 mM', '430 nM')
    """
    mM = float(u.Quantity(value).to_decimal(u.mM))
    unit = next((key for key, size in _CONCENTRATIONS.items() if mM >= 0.999 * size), "nM")
    return f"{mM / _CONCENTRATIONS[unit]:.3g} {unit}"


def typeset(text: str) -> str:
    """Return text with superscripts, minus signs and unit symbols as they are printed.

    Examples
    --------
    >>> typeset('m^3 h, 120 mS/cm2 at 6.3 degC')
    'm³ h, 120 mS/cm² at 6.3 °C'
    """
    text = re.sub(r"\^(\d+)", lambda found: found[1].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"\bcm([23])\b", lambda found: "cm" + found[1].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"(?<!\w)-(?=\d)", "−", text)
    return re.sub(r"\bu(M|A)\b", r"µ\1", text).replace("degC", "°C")


def summary(channel: type) -> str:
    """Return the first paragraph of a class's docstring as one line; empty if it has none.

    Examples
    --------
    >>> from gapjunction.ion_channels import Na_HH1952
    >>> summary(Na_HH1952)
    'Transient sodium current, m^3 h.'
    """
    first, _, _ = textwrap.dedent(channel.__doc__ or "").strip().partition("\n\n")
    return " ".join(first.split())


def _is(channel: object, kind: type | tuple[type, ...]) -> bool:
    return issubclass(channel, kind) if isinstance(channel, type) else isinstance(channel, kind)
