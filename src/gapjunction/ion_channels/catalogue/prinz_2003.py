"""Stomatogastric ganglion: Prinz, Billimoria & Marder 2003.

The currents of Liu, Golowasch, Marder & Abbott (1998, J Neurosci 18:2309), with the time constants
of the later paper. Its calcium pool has a gain of 14.96 uM/nA, a time constant of 200 ms and
0.05 uM at rest, in a cell of 0.628e-3 cm^2; outside there are 3 mM::

    DecayPool(1, 'Ca', gain=14.96 / 200 * 0.628 * u.uM / (u.uA / u.cm**2 * u.ms), tau=200 * u.ms,
              rest=0.05 * u.uM, outside=3 * u.mM, temperature=11.0)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Prinz AA, Billimoria CP, Marder E (2003) Alternative to hand-tuning conductance-based "
        "models: construction and analysis of databases of model neurons. J Neurophysiol "
        "90:3998-4015."
    ),
    doi="10.1152/jn.00641.2003",
    species="lobster",
    preparation="model of cultured stomatogastric neurons (Turrigiano et al. 1995)",
    temperature=11.0,
    check=(
        "equations of xolotl's and Open Source Brain's ports of the paper, -120 to 60 mV; the "
        "paper's text was not at hand"
    ),
    note=(
        "Time constants are twice those of Liu et al. 1998. g_max is of the cell AB/PD 2 of Prinz, "
        "Bucher & Marder 2004, doi 10.1038/nn1352. The temperature is that of xolotl's ports; "
        "Open Source Brain takes 10 degC."
    ),
)
_DENSITY = u.mS / u.cm**2
_E_K = -80 * u.mV


def _falling(
    start: float, fall: float, half: float, slope: float
) -> Callable[[u.Quantity], u.Quantity]:
    drop = sigmoid(fall * u.ms, half * u.mV, slope * u.mV)
    return lambda V: start * u.ms - drop(V)


def _bell(
    base: float, scale: float, rise: exponential, fall: exponential
) -> Callable[[u.Quantity], u.Quantity]:
    return lambda V: base * u.ms + scale * u.ms / (rise(V) + fall(V))


_NA_H_SHORT = sigmoid(1.34 * u.ms, -62.9 * u.mV, 10 * u.mV)
_NA_H_LONG = sigmoid(1.0, -34.9 * u.mV, -3.6 * u.mV)


class Na_Pr2003(Channel):  # noqa: N801
    """Fast sodium current, m^3 h."""

    ion = "Na"
    g_max = 100 * _DENSITY
    E = 50 * u.mV
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -25.5 * u.mV, 5.29 * u.mV),
        time_constant=_falling(2.64, 2.52, -120, 25),
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -48.9 * u.mV, -5.18 * u.mV),
        time_constant=lambda V: _NA_H_SHORT(V) * (1.5 + _NA_H_LONG(V)),
    )
    source = _SOURCE


class CaT_Pr2003(Channel):  # noqa: N801
    """Fast transient calcium current, m^3 h."""

    ion = "Ca"
    g_max = 2.5 * _DENSITY
    E = "Nernst"
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -27.1 * u.mV, 7.2 * u.mV),
        time_constant=_falling(43.4, 42.6, -68.1, 20.5),
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -32.1 * u.mV, -5.5 * u.mV),
        time_constant=_falling(210, 179.6, -55, 16.9),
    )
    source = _SOURCE


class CaS_Pr2003(Channel):  # noqa: N801
    """Slow transient calcium current, m^3 h."""

    ion = "Ca"
    g_max = 6 * _DENSITY
    E = "Nernst"
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -33 * u.mV, 8.1 * u.mV),
        time_constant=_bell(
            2.8,
            14,
            exponential(1.0, -27 * u.mV, 10 * u.mV),
            exponential(1.0, -70 * u.mV, -13 * u.mV),
        ),
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -60 * u.mV, -6.2 * u.mV),
        time_constant=_bell(
            120,
            300,
            exponential(1.0, -55 * u.mV, 9 * u.mV),
            exponential(1.0, -65 * u.mV, -16 * u.mV),
        ),
    )
    source = _SOURCE


class A_Pr2003(Channel):  # noqa: N801
    """Fast transient potassium current, m^3 h."""

    ion = "K"
    g_max = 50 * _DENSITY
    E = _E_K
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -27.2 * u.mV, 8.7 * u.mV),
        time_constant=_falling(23.2, 20.8, -32.9, 15.2),
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -56.9 * u.mV, -4.9 * u.mV),
        time_constant=_falling(77.2, 58.4, -38.9, 26.5),
    )
    source = _SOURCE


_KCA_BY_VOLTAGE = sigmoid(1.0, -28.3 * u.mV, 12.6 * u.mV)
_KCA_HALF = 3e-3 * u.mM


class KCa_Pr2003(Channel):  # noqa: N801
    """Calcium-dependent potassium current, m^4."""

    ion = "K"
    g_max = 5 * _DENSITY
    E = _E_K
    m = Gate(
        4,
        steady_state=lambda V, Ca: Ca / (Ca + _KCA_HALF) * _KCA_BY_VOLTAGE(V),
        time_constant=_falling(180.6, 150.2, -46, 22.7),
    )
    source = _SOURCE


class Kd_Pr2003(Channel):  # noqa: N801
    """Delayed rectifier, m^4."""

    ion = "K"
    g_max = 100 * _DENSITY
    E = _E_K
    m = Gate(
        4,
        steady_state=sigmoid(1.0, -12.3 * u.mV, 11.8 * u.mV),
        time_constant=_falling(14.4, 12.8, -28.3, 19.2),
    )
    source = _SOURCE


class H_Pr2003(Channel):  # noqa: N801
    """Hyperpolarisation-activated inward current, m."""

    g_max = 0.01 * _DENSITY
    E = -20 * u.mV
    m = Gate(
        1,
        steady_state=sigmoid(1.0, -75 * u.mV, -5.5 * u.mV),
        time_constant=_bell(
            0,
            2,
            exponential(1.0, 26.7 * u.mV, 14.3 * u.mV),
            exponential(1.0, -169.7 * u.mV, -11.6 * u.mV),
        ),
    )
    source = _SOURCE


class Leak_Pr2003(Channel):  # noqa: N801
    """Leak."""

    g_max = 0.01 * _DENSITY
    E = -50 * u.mV
    source = dataclasses.replace(
        _SOURCE,
        note=(
            "g_max is the step of the database, and the value of the cell PY 1 of Prinz, Bucher & "
            "Marder 2004; their pacemaker cells AB/PD have no leak."
        ),
    )
