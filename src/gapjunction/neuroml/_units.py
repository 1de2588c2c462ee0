"""Quantities and dimensions as NeuroML writes them.

Numbers are kept in the units in which rates are usually written, so that they stay round: mV, ms,
mM, kelvin. With metre and mole, nA for currents makes these units consistent with each other.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final, NamedTuple

import saiunit as u

from gapjunction.neuroml._errors import NeuromlError


class Dimension(NamedTuple):
    """Powers of mass, length, time, current, temperature and amount."""

    m: Fraction | int = 0
    l: Fraction | int = 0  # noqa: E741
    t: Fraction | int = 0
    i: Fraction | int = 0
    k: Fraction | int = 0
    n: Fraction | int = 0

    def times(self, other: Dimension, power: Fraction | int = 1) -> Dimension:
        """Return the dimension of a product with a power of the other."""
        return Dimension(*(a + power * b for a, b in zip(self, other, strict=True)))

    def to(self, power: Fraction | int) -> Dimension:
        """Return the dimension of a power."""
        return Dimension(*(power * a for a in self))

    def __str__(self) -> str:
        for name, dimension in DIMENSIONS.items():
            if dimension == self:
                return name
        parts = [f"{x}^{p}" for x, p in zip(self._fields, self, strict=True) if p]
        return " ".join(parts)


NONE: Final = Dimension()
DIMENSIONS: Final = {
    "none": NONE,
    "time": Dimension(t=1),
    "per_time": Dimension(t=-1),
    "voltage": Dimension(1, 2, -3, -1),
    "per_voltage": Dimension(-1, -2, 3, 1),
    "conductance": Dimension(-1, -2, 3, 2),
    "conductanceDensity": Dimension(-1, -4, 3, 2),
    "capacitance": Dimension(-1, -2, 4, 2),
    "specificCapacitance": Dimension(-1, -4, 4, 2),
    "resistance": Dimension(1, 2, -3, -2),
    "charge": Dimension(t=1, i=1),
    "charge_per_mole": Dimension(t=1, i=1, n=-1),
    "current": Dimension(i=1),
    "currentDensity": Dimension(l=-2, i=1),
    "length": Dimension(l=1),
    "area": Dimension(l=2),
    "volume": Dimension(l=3),
    "concentration": Dimension(l=-3, n=1),
    "permeability": Dimension(l=1, t=-1),
    "temperature": Dimension(k=1),
    "idealGasConstantDims": Dimension(1, 2, -2, 0, -1, -1),
    "rho_factor": Dimension(l=-1, n=1, i=-1, t=-1),
    "per_concentration": Dimension(l=3, n=-1),
    "per_time_per_concentration": Dimension(l=3, n=-1, t=-1),
}
# For each symbol its dimension, and the power of ten of the unit in SI. Where several
# are equal, the first is written, because all programs that read NeuroML know it.
UNITS: Final = {
    "s": ("time", 0),
    "ms": ("time", -3),
    "us": ("time", -6),
    "per_s": ("per_time", 0),
    "Hz": ("per_time", 0),
    "per_ms": ("per_time", 3),
    "kHz": ("per_time", 3),
    "m": ("length", 0),
    "cm": ("length", -2),
    "mm": ("length", -3),
    "um": ("length", -6),
    "m2": ("area", 0),
    "cm2": ("area", -4),
    "um2": ("area", -12),
    "m3": ("volume", 0),
    "cm3": ("volume", -6),
    "litre": ("volume", -3),
    "um3": ("volume", -18),
    "V": ("voltage", 0),
    "mV": ("voltage", -3),
    "per_V": ("per_voltage", 0),
    "per_mV": ("per_voltage", 3),
    "ohm": ("resistance", 0),
    "kohm": ("resistance", 3),
    "Kohm": ("resistance", 3),
    "Mohm": ("resistance", 6),
    "S": ("conductance", 0),
    "mS": ("conductance", -3),
    "uS": ("conductance", -6),
    "nS": ("conductance", -9),
    "pS": ("conductance", -12),
    "S_per_m2": ("conductanceDensity", 0),
    "mS_per_cm2": ("conductanceDensity", 1),
    "S_per_cm2": ("conductanceDensity", 4),
    "F": ("capacitance", 0),
    "uF": ("capacitance", -6),
    "nF": ("capacitance", -9),
    "pF": ("capacitance", -12),
    "F_per_m2": ("specificCapacitance", 0),
    "uF_per_cm2": ("specificCapacitance", -2),
    "C": ("charge", 0),
    "C_per_mol": ("charge_per_mole", 0),
    "nA_ms_per_amol": ("charge_per_mole", 6),
    "A": ("current", 0),
    "uA": ("current", -6),
    "nA": ("current", -9),
    "pA": ("current", -12),
    "A_per_m2": ("currentDensity", 0),
    "uA_per_cm2": ("currentDensity", -2),
    "mA_per_cm2": ("currentDensity", 1),
    "mol_per_m3": ("concentration", 0),
    "mol_per_cm3": ("concentration", 6),
    "M": ("concentration", 3),
    "mM": ("concentration", 0),
    "m_per_s": ("permeability", 0),
    "cm_per_s": ("permeability", -2),
    "um_per_ms": ("permeability", -3),
    "cm_per_ms": ("permeability", 1),
    "K": ("temperature", 0),
    "J_per_K_per_mol": ("idealGasConstantDims", 0),
    "fJ_per_K_per_umol": ("idealGasConstantDims", -9),
    "mol_per_m_per_A_per_s": ("rho_factor", 0),
    "mol_per_cm_per_uA_per_ms": ("rho_factor", 11),
    "umol_per_cm_per_nA_per_ms": ("rho_factor", 8),
    "per_mM": ("per_concentration", 0),
    "per_M": ("per_concentration", -3),
}
ZERO_CELSIUS: Final = 273.15
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*([A-Za-z_][\w]*)?\s*")
_POWERS = Dimension(m=-21, t=-3, i=-9)


def quantity(
    text: str, what: str, units: dict[str, tuple[Dimension, int]]
) -> tuple[float, Dimension]:
    """Return a number in the units of this module, and its dimension.

    Parameters
    ----------
    text : str
        Such as ``-55mV`` or ``0.1 per_ms``.
    what : str
        What the quantity is, for messages.
    units : dict
        Further units, which the file defines.
    """
    match = _QUANTITY.fullmatch(text[:200])
    if match is None:
        raise NeuromlError(
            f"{what} must be a number with a unit, such as '-55mV'; got {text[:80]!r}."
        )
    number, symbol = float(match[1]), match[2]
    if symbol is None:
        return _finite(number, what), NONE
    if symbol == "degC":
        return _finite(number + ZERO_CELSIUS, what), DIMENSIONS["temperature"]
    if symbol in units:
        dimension, power = units[symbol]
    elif symbol in UNITS:
        name, power = UNITS[symbol]
        dimension = DIMENSIONS[name]
    else:
        raise NeuromlError(f"{what} must have a unit that NeuroML knows, got {text[:80]!r}.")
    return _finite(scaled(number, power - own_power(dimension)), what), dimension


def own_power(dimension: Dimension) -> int:
    """Return the power of ten of this module's unit of a dimension in SI."""
    return int(sum(a * b for a, b in zip(dimension, _POWERS, strict=True)))


def scaled(number: float, power: int) -> float:
    """Return a number times a power of ten; powers of ten up to 22 are exact."""
    if not -300 < power < 300:
        raise NeuromlError(f"a unit must not be scaled by 10^{power}.")
    return number * 10.0**power if power >= 0 else number / 10.0**-power


def _finite(number: float, what: str) -> float:
    if not math.isfinite(number):
        raise NeuromlError(f"{what} must be a finite number.")
    return number


_HOST: Final = {
    "none": u.UNITLESS,
    "time": u.ms,
    "per_time": u.get_unit(1 / u.ms),
    "voltage": u.mV,
    "concentration": u.mM,
    "conductance": u.uS,
    "conductanceDensity": u.get_unit(u.uS / u.meter2),
    "permeability": u.get_unit(u.meter / u.ms),
    "length": u.meter,
    "area": u.meter2,
}


def host_unit(dimension: Dimension) -> u.Unit:
    """Return this module's unit of a dimension, as a unit of saiunit."""
    for name, unit in _HOST.items():
        if DIMENSIONS[name] == dimension:
            return unit
    raise NeuromlError(f"a value of dimension {dimension} has no unit here.")
