"""Thalamic relay cells: Huguenard & McCormick 1992.

The four currents of rhythmic oscillations. The high-threshold calcium current of the companion
paper is in ``mccormick_huguenard_1992``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._ghk import GHKChannel
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Huguenard JR, McCormick DA (1992) Simulation of the currents involved in rhythmic "
        "oscillations in thalamic relay neurons. J Neurophysiol 68:1373-1383."
    ),
    doi="10.1152/jn.1992.68.4.1373",
    species="rat",
    preparation="acutely isolated relay neurons of the ventrobasal complex, whole-cell clamp",
    temperature=23.5,
    check=(
        "public ports of the paper's equations (ModelDB 279 and 3808, Amarillo et al. 2014) and "
        "braincell, -120 to 60 mV; T also by clamp currents of NEURON 9; the paper's text was not "
        "at hand"
    ),
)
_DENSITY = u.mS / u.cm**2
_E_K = -105 * u.mV
_POTASSIUM_NOTE = (
    "g_max: 1 uS on 29000 um2 (ModelDB 3808), in shares of 0.6 (A1) and 0.4 (A2). E as in the "
    "authors' relay cell (McCormick & Huguenard 1992)."
)


def _per_sum(rise: exponential, fall: exponential) -> Callable[[u.Quantity], u.Quantity]:
    return lambda V: 1 * u.ms / (rise(V) + fall(V))


_T_BELL = _per_sum(
    exponential(1.0, -16.8 * u.mV, 18.2 * u.mV), exponential(1.0, -132 * u.mV, -16.7 * u.mV)
)
_T_RECOVERY = exponential(1 * u.ms, -467 * u.mV, 66.6 * u.mV)
_T_INACTIVATION = exponential(1 * u.ms, -22 * u.mV, -10.5 * u.mV)


def _tau_h_T(V: u.Quantity) -> u.Quantity:  # noqa: N802
    return u.math.where(-80 * u.mV > V, _T_RECOVERY(V), 28 * u.ms + _T_INACTIVATION(V))


class T_HM1992(GHKChannel):  # noqa: N801
    """Low-threshold calcium current, m^2 h, driven by the constant-field equation."""

    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    m = Gate(
        2,
        steady_state=sigmoid(1.0, -57 * u.mV, 6.2 * u.mV),
        time_constant=lambda V: 0.612 * u.ms + _T_BELL(V),
        q10=3.55,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -81 * u.mV, -4 * u.mV),
        time_constant=_tau_h_T,
        q10=2.8,
    )
    source = dataclasses.replace(
        _SOURCE,
        note=(
            "The voltages of half-activation and half-inactivation are those of the voltage-clamp "
            "simulations; models of the whole cell have -60.5 and -84 mV, for which V_shift=-3 mV "
            "nearly stands. tau_h jumps from 334 to 278 ms at -80 mV. Q10 of 3.55 and 2.8, and "
            "P_max, as in ModelDB 3808; others take 5 and 3 (ModelDB 279). All go back to Coulter, "
            "Huguenard & Prince 1989."
        ),
    )


_A_BELL = _per_sum(
    exponential(1.0, -35.8 * u.mV, 19.7 * u.mV), exponential(1.0, -79.7 * u.mV, -12.7 * u.mV)
)
_A_RECOVERY = _per_sum(
    exponential(1.0, -46 * u.mV, 5 * u.mV), exponential(1.0, -238 * u.mV, -37.5 * u.mV)
)


def _a_m(half: QuantityLike, slope: QuantityLike) -> Gate:
    return Gate(
        4,
        steady_state=sigmoid(1.0, half, slope),
        time_constant=lambda V: 0.37 * u.ms + _A_BELL(V),
        q10=2.8,
    )


def _a_h(above: QuantityLike, tau: QuantityLike) -> Gate:
    return Gate(
        1,
        steady_state=sigmoid(1.0, -78 * u.mV, -6 * u.mV),
        time_constant=lambda V: u.math.where(above > V, _A_RECOVERY(V), tau),
        q10=2.8,
    )


class A1_HM1992(Channel):  # noqa: N801
    """Transient potassium current, m^4 h, its part that inactivates in 19 ms."""

    ion = "K"
    g_max = 2.07 * _DENSITY
    E = _E_K
    m = _a_m(-60 * u.mV, 8.5 * u.mV)
    h = _a_h(-63 * u.mV, 19 * u.ms)
    source = dataclasses.replace(
        _SOURCE,
        note=(
            f"{_POTASSIUM_NOTE} Q10 of 2.8 from Huguenard, Coulter & Prince 1991; ModelDB 3808 "
            "takes 3, and puts the 0.37 into the denominator of tau_m."
        ),
    )


class A2_HM1992(Channel):  # noqa: N801
    """Transient potassium current, m^4 h, its part that inactivates in 60 ms."""

    ion = "K"
    g_max = 1.38 * _DENSITY
    E = _E_K
    m = _a_m(-36 * u.mV, 20 * u.mV)
    h = _a_h(-73 * u.mV, 60 * u.ms)
    source = dataclasses.replace(
        _SOURCE,
        note=(
            f"{_POTASSIUM_NOTE} braincell has the inactivation of A1 here too, although the paper "
            "tells the two parts apart by their inactivation."
        ),
    )


_K2_ACTIVATION = sigmoid(1.0, -43 * u.mV, 17 * u.mV)
_K2_BELL = _per_sum(
    exponential(1.0, 81 * u.mV, 25.6 * u.mV), exponential(1.0, -132 * u.mV, -18 * u.mV)
)
_K2_SLOW_BELL = _per_sum(
    exponential(1.0, 1329 * u.mV, 200 * u.mV), exponential(1.0, -130 * u.mV, -7.1 * u.mV)
)
_K2_M = Gate(
    1,
    steady_state=lambda V: _K2_ACTIVATION(V) ** 4,
    time_constant=lambda V: 9.9 * u.ms + _K2_BELL(V),
    q10=3,
)


def _tau_fast_K2(V: u.Quantity) -> u.Quantity:  # noqa: N802
    return 120 * u.ms + _K2_SLOW_BELL(V)


def _tau_slow_K2(V: u.Quantity) -> u.Quantity:  # noqa: N802
    return u.math.where(-70 * u.mV > V, _tau_fast_K2(V), 8900 * u.ms)


def _k2_h(tau: Callable[[u.Quantity], u.Quantity]) -> Gate:
    return Gate(1, steady_state=sigmoid(1.0, -58 * u.mV, -10.6 * u.mV), time_constant=tau, q10=3)


_K2_SOURCE = dataclasses.replace(
    _SOURCE,
    check=(
        "public ports of the paper's equations, -120 to 60 mV; braincell but for the power of the "
        "activation and the slow time constant; the paper's text was not at hand"
    ),
    note=(
        "Ports differ. The steady activation is the fourth power of a Boltzmann function in two "
        "(Ermentrout's XPP file, one for NEURON); in others, braincell among them, it is its first "
        "power, which would hold a tenth of the channels open at rest. Above -70 mV the time "
        "constant of the slow part is 8.9 s; braincell has 8.9 ms, and in the XPP file the two "
        "branches are exchanged. "
        "g_max: 2 mS/cm2 in shares of 0.4 (K2a) and 0.6 (K2b), as in the XPP file."
    ),
)


class K2a_HM1992(Channel):  # noqa: N801
    """Slowly inactivating potassium current, m h, its faster part."""

    ion = "K"
    g_max = 0.8 * _DENSITY
    E = _E_K
    m = _K2_M
    h = _k2_h(_tau_fast_K2)
    source = _K2_SOURCE


class K2b_HM1992(Channel):  # noqa: N801
    """Slowly inactivating potassium current, m h, its slower part."""

    ion = "K"
    g_max = 1.2 * _DENSITY
    E = _E_K
    m = _K2_M
    h = _k2_h(_tau_slow_K2)
    source = _K2_SOURCE


_H_BELL = _per_sum(
    exponential(1.0, 1.87 / 0.0701 * u.mV, 1 / 0.0701 * u.mV),
    exponential(1.0, -14.59 / 0.086 * u.mV, -1 / 0.086 * u.mV),
)


class h_HM1992(Channel):  # noqa: N801
    """Hyperpolarisation-activated cation current, m."""

    g_max = 0.04 * _DENSITY
    E = -43 * u.mV
    m = Gate(
        1,
        steady_state=sigmoid(1.0, -75 * u.mV, -5.5 * u.mV),
        time_constant=_H_BELL,
        q10=3,
    )
    source = dataclasses.replace(
        _SOURCE,
        species="guinea pig",
        preparation=(
            "relay neurons in slices of the lateral geniculate nucleus (McCormick & Pape 1990, "
            "J Physiol 431:291)"
        ),
        temperature=35.5,
        check="equations as NEST's ht_neuron and braincell have them, -120 to 60 mV",
        note="g_max as in ModelDB 3808; the Q10 of 3 is assumed, as there.",
    )
