"""The equilibrium potential of an ion, by Nernst's equation."""

from __future__ import annotations

import saiunit as u

from gapjunction._checks import check_choice, check_real, check_unit
from gapjunction._typing import QuantityLike

VALENCE = {"Na": 1, "K": 1, "Ca": 2, "Cl": -1, "Mg": 2, "H": 1}


def check_ion(name: str, ion: object) -> str:
    """Return ``ion`` if its valence is known."""
    return check_choice(name, ion, VALENCE)


def thermal_voltage(temperature: float) -> u.Quantity:
    r"""Return :math:`RT/F` at a temperature in degrees Celsius.

    Examples
    --------
    >>> import saiunit as u
    >>> round(float(thermal_voltage(20.0) / u.mV), 2)
    25.26
    """
    kelvin = (check_real("temperature", temperature, low=-273.15) + 273.15) * u.kelvin
    return (u.gas_constant * kelvin / u.faraday_constant).in_unit(u.mV)


def nernst(ion: str, inside: QuantityLike, outside: QuantityLike, temperature: float) -> u.Quantity:
    r"""Return the Nernst potential, :math:`\frac{RT}{zF} \ln \frac{c_{out}}{c_{in}}`.

    Parameters
    ----------
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'}
        Gives the valence.
    inside, outside : Quantity
        Concentrations.
    temperature : float
        In degrees Celsius.

    Returns
    -------
    Quantity
        A voltage.

    Raises
    ------
    ValueError
        If the ion is unknown, or the temperature below absolute zero.
    saiunit.UnitMismatchError
        If ``inside`` or ``outside`` is not a concentration.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import nernst
    >>> round(float(nernst('K', 140 * u.mM, 5 * u.mM, 37.0) / u.mV), 1)
    -89.1
    """
    z = VALENCE[check_ion("ion", ion)]
    check_unit("inside", inside, u.mM, "a concentration")
    check_unit("outside", outside, u.mM, "a concentration")
    return thermal_voltage(temperature) / z * u.math.log(outside / inside)
