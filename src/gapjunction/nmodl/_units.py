"""Units as NMODL writes them: ``mA/cm2``, ``/ms``, ``joule/degC``, ``k-mole``."""

from __future__ import annotations

import re
from typing import Final

import saiunit as u

from gapjunction._typing import QuantityLike

_NAMED: Final[dict[str, u.Unit]] = {
    "V": u.volt,
    "volt": u.volt,
    "A": u.amp,
    "amp": u.amp,
    "ampere": u.amp,
    "S": u.siemens,
    "siemens": u.siemens,
    "mho": u.siemens,
    "ohm": u.ohm,
    "F": u.farad,
    "farad": u.farad,
    "s": u.second,
    "sec": u.second,
    "second": u.second,
    "min": u.get_unit(u.minute),
    "minute": u.get_unit(u.minute),
    "Hz": u.hertz,
    "hertz": u.hertz,
    "m": u.meter,
    "meter": u.meter,
    "metre": u.meter,
    "micron": u.um,
    "g": u.gram,
    "gram": u.gram,
    "M": u.molar,
    "molar": u.molar,
    "mol": u.mole,
    "mole": u.mole,
    "l": u.liter,
    "liter": u.liter,
    "J": u.joule,
    "joule": u.joule,
    "coul": u.coulomb,
    "coulomb": u.coulomb,
    "C": u.coulomb,
    "K": u.kelvin,
    "kelvin": u.kelvin,
    "degK": u.kelvin,
    "degC": u.kelvin,
    "degreeC": u.kelvin,
}
_PREFIXES: Final = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "μ": 1e-6,
    "m": 1e-3,
    "c": 1e-2,
    "d": 1e-1,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "femto": 1e-15,
    "pico": 1e-12,
    "nano": 1e-9,
    "micro": 1e-6,
    "milli": 1e-3,
    "centi": 1e-2,
    "deci": 1e-1,
    "kilo": 1e3,
    "mega": 1e6,
}
# Names for a number with a unit.
_AMOUNTS: Final = {
    "faraday": u.faraday_constant * u.mole,
    "k-mole": u.gas_constant * u.mole,
    "R": u.gas_constant * u.mole,
    "k": u.boltzmann_constant,
    "pi": u.Quantity(3.141592653589793),
    "e": u.elementary_charge,
    "echarge": u.elementary_charge,
    "avogadro": u.avogadro_constant * u.mole,
    "celsius": u.Quantity(1.0),
    "dimensionless": u.Quantity(1.0),
}
_WORD: Final = re.compile(r"([^\d\W]+)\^?(-?\d+)?|(\d+\.?\d*(?:[eE][+-]?\d+)?)|([-/* ])")


def amount(text: str, aliases: dict[str, str] | None = None, depth: int = 0) -> u.Quantity | None:
    """Return the value of a unit, or of a named constant; None if it is not known.

    Examples
    --------
    >>> amount("mA/cm2")
    Quantity(1., "mA / cm^2")
    """
    text, aliases = text.strip(), aliases or {}
    if depth > 10:
        return None
    if text in aliases and aliases[text].strip() != text:
        return amount(aliases[text], aliases, depth + 1)
    if text in _AMOUNTS:
        return _AMOUNTS[text]
    found, place, below = u.Quantity(1.0), 0, False
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            return None
        place = match.end()
        word, power, number, sign = match.groups()
        below = below or sign == "/"
        if sign is not None:
            continue
        if number is not None:
            factor: QuantityLike | None = u.Quantity(float(number))
        else:
            factor = _factor(word, aliases, depth)
            # A whole text such as 'M2' may be an alias.
            if factor is not None and power is not None and abs(int(power)) <= 9:
                factor = factor ** int(power)
            elif power is not None:
                return None
        if factor is None:
            return None
        found = found / factor if below else found * factor
    return found


def unit_of(text: str, aliases: dict[str, str]) -> u.Unit | None:
    """Return a unit; UNITLESS for none or 1, and None for one that is not known."""
    found = amount(text, aliases)
    if found is None:
        return None
    scale = float(u.get_mantissa(found))
    unit = u.get_unit(found)
    if unit.is_unitless:
        return u.UNITLESS if abs(scale - 1) < 1e-12 else None
    # A unit with a factor, such as '10 mV', counts as unknown.
    return unit if abs(scale - 1) < 1e-9 else None


def _factor(word: str, aliases: dict[str, str], depth: int) -> u.Quantity | None:
    if word in aliases and aliases[word].strip() != word:
        return amount(aliases[word], aliases, depth + 1)
    plural = word[:-1] if word.endswith("s") and len(word) > 3 else word
    for name in (word, plural):
        if name in _NAMED:
            return u.Quantity(1.0, unit=_NAMED[name])
        # The longest prefix comes first, so that 'milli' is not read as 'm'.
        for prefix in sorted(_PREFIXES, key=len, reverse=True):
            rest = name.removeprefix(prefix)
            if rest != name and rest in _NAMED:
                return _scaled(_PREFIXES[prefix], _NAMED[rest])
    return _AMOUNTS.get(word)


def _scaled(factor: float, unit: u.Unit) -> u.Quantity:
    powers = {1e-15: "f", 1e-12: "p", 1e-9: "n", 1e-6: "u", 1e-3: "m", 1e-2: "c", 1e3: "k"}
    # Use saiunit's own name of the unit, if it has one, so that it prints in the usual form.
    named = getattr(u, f"{powers.get(factor, '?')}{unit.dispname}", None)
    if isinstance(named, u.Unit):
        return u.Quantity(1.0, unit=named)
    return u.Quantity(1.0, unit=u.get_unit(factor * unit)) * factor
