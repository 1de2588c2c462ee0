"""Equilibrium potentials and constant-field currents of ions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_real, check_unit
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._ion import check_ion, valence_of


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


def nernst(
    ion: str,
    inside: QuantityLike,
    outside: QuantityLike,
    temperature: float | None = None,
    *,
    RT_F: QuantityLike | None = None,
) -> u.Quantity:
    r"""Return the Nernst potential, :math:`\frac{RT}{zF} \ln \frac{c_{out}}{c_{in}}`.

    Parameters
    ----------
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'} or Ion
        Gives the valence.
    inside, outside : Quantity
        Concentrations.
    temperature : float, optional
        In degrees Celsius.
    RT_F : Quantity, optional
        The voltage :math:`RT/F`. It replaces ``temperature``, to reproduce models that round it.

    Returns
    -------
    Quantity
        A voltage.

    Raises
    ------
    ValueError
        If the ion is unknown or has no charge, if the temperature is below absolute zero, or if
        neither ``temperature`` nor ``RT_F`` is given.
    saiunit.UnitMismatchError
        If ``inside`` or ``outside`` is not a concentration.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import nernst
    >>> round(float(nernst('K', 140 * u.mM, 5 * u.mM, 37.0) / u.mV), 1)
    -89.1
    """
    z = _charges(ion)
    check_unit("inside", inside, u.mM, "a concentration")
    check_unit("outside", outside, u.mM, "a concentration")
    return _scale(temperature, RT_F) / z * u.math.log(outside / inside)


def ghk(
    ion: str,
    V: QuantityLike,
    inside: QuantityLike,
    outside: QuantityLike,
    temperature: float | None = None,
    *,
    RT_F: QuantityLike | None = None,
) -> u.Quantity:
    r"""Return the current of an ion by the constant-field equation, per permeability.

    .. math:: z F \xi \frac{c_{in} - c_{out} e^{-\xi}}{1 - e^{-\xi}}, \qquad \xi = \frac{z F V}{RT}

    It is positive outward, and finite at 0 mV. Times a permeability (cm/s) it is a current per
    area.

    Parameters
    ----------
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'} or Ion
        Gives the valence.
    V : Quantity
        Voltage.
    inside, outside, temperature, RT_F
        As for :func:`nernst`.

    Returns
    -------
    Quantity
        A charge per volume.

    Raises
    ------
    ValueError, saiunit.UnitMismatchError
        As :func:`nernst`.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import ghk
    >>> I = 1e-4 * u.cm / u.second * ghk('Ca', 0 * u.mV, 1e-4 * u.mM, 2 * u.mM, 24.0)
    >>> round(float(I / (u.uA / u.cm**2)), 1)
    -38.6
    """
    z = _charges(ion)
    check_unit("V", V, u.mV, "a voltage")
    check_unit("inside", inside, u.mM, "a concentration")
    check_unit("outside", outside, u.mM, "a concentration")
    value, _ = constant_field(z, V, inside, outside, _scale(temperature, RT_F))
    return value


def constant_field(
    z: int, V: QuantityLike, inside: QuantityLike, outside: QuantityLike, scale: QuantityLike
) -> tuple[u.Quantity, u.Quantity]:
    """Return the constant-field current per permeability, and its slope over V.

    ``scale`` is :math:`RT/F`.
    """
    xi = jnp.asarray(V * z / scale)
    one = jnp.ones_like(xi)
    # Efflux is xi / (1 - e^-xi); influx, of ions from outside, is xi e^-xi / (1 - e^-xi).
    efflux, efflux_slope = jax.jvp(_stable.linoid, (xi,), (one,))
    influx, influx_slope = jax.jvp(lambda x: _stable.linoid(-x), (xi,), (one,))
    charge = z * u.faraday_constant
    value = charge * (inside * efflux - outside * influx)
    slope = charge * z / scale * (inside * efflux_slope - outside * influx_slope)
    return value, slope


def _charges(ion: str) -> int:
    z = valence_of(check_ion("ion", ion))
    if z == 0:
        raise ValueError(f"ion must have a charge, got {ion!r} of valence 0.")
    return z


def _scale(temperature: float | None, RT_F: QuantityLike | None) -> QuantityLike:
    if RT_F is not None:
        return check_unit("RT_F", RT_F, u.mV, "a voltage")
    if temperature is None:
        raise ValueError("temperature must be given, or RT_F; got neither.")
    return thermal_voltage(temperature)
