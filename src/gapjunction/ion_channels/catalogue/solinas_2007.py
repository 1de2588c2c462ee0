"""Golgi cell of the cerebellum, inward currents: Solinas et al. 2007.

Potassium currents are in ``solinas_2007_potassium``. The defaults are those of the soma at 23 degC.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import RateForm, exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

SOLINAS = Source(
    citation=(
        "Solinas S, Forti L, Cesana E, Mapelli J, De Schutter E, D'Angelo E (2007) Computational "
        "reconstruction of pacemaking and intrinsic electroresponsiveness in cerebellar Golgi "
        "cells. Front Cell Neurosci 1:2."
    ),
    doi="10.3389/neuro.03.002.2007",
    species="rat",
    preparation="model of a Golgi cell, fitted to recordings in slices at room temperature",
    temperature=23.0,
    check=(
        "rates of the authors' mechanisms (ModelDB 112685, as in Open Source Brain's "
        "VervaekeEtAl-GolgiCellNetwork) written out in NumPy, -100 to 30 mV"
    ),
)
DENSITY = u.mS / u.cm**2
CELSIUS = 23.0
_E_NA = 87.39 * u.mV
_E_H = -20 * u.mV


def rates_of(celsius: float, note: str = "") -> Source:
    """Return the source of a channel whose rates are published for a temperature."""
    return dataclasses.replace(SOLINAS, temperature=celsius, note=note)


def rate(form: type[RateForm], scale: float, half: float, slope: float) -> Any:
    """Return a rate in 1/ms, of voltages in mV."""
    return form(scale / u.ms, half * u.mV, slope * u.mV)


def curve(half: float, slope: float) -> Any:
    """Return a steady state, of voltages in mV."""
    return sigmoid(1.0, half * u.mV, slope * u.mV)


def one_over(*rates: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the time constant that is one over the sum of rates."""
    return lambda V: 1 / sum(each(V) for each in rates)


class NaT_So2007(Channel):  # noqa: N801
    """Transient sodium current, m^3 h."""

    ion = "Na"
    g_max = 48 * DENSITY
    E = _E_NA
    temperature = CELSIUS
    m = Gate(3, alpha=rate(linoid, 3, -25, 10), beta=rate(exponential, 12, -50, -18.182), q10=3)
    h = Gate(1, alpha=rate(exponential, 0.21, -50, -3.333), beta=rate(sigmoid, 3, -17, 5), q10=3)
    source = rates_of(20.0)


_SLOW_UP = rate(linoid, 0.0336167, 4.48754, 6.81881)
_SLOW_DOWN = rate(linoid, 0.00168544, -43.97494, -0.10818)


class NaR_So2007(Channel):  # noqa: N801
    """Resurgent sodium current, s f."""

    ion = "Na"
    g_max = 1.7 * DENSITY
    E = _E_NA
    temperature = CELSIUS
    s = Gate(
        1,
        alpha=lambda V: 0.00008 / u.ms + _SLOW_UP(V),
        beta=lambda V: 0.04752 / u.ms + _SLOW_DOWN(V),
        q10=3,
    )
    f = Gate(
        1,
        alpha=rate(exponential, 0.31836, -80, -62.52621),
        beta=rate(exponential, 0.01014, -83.3332, 16.05379),
        q10=3,
    )
    source = rates_of(20.0)


class NaP_So2007(Channel):  # noqa: N801
    """Persistent sodium current, m."""

    ion = "Na"
    g_max = 0.19 * DENSITY
    E = _E_NA
    temperature = CELSIUS
    m = Gate(
        1,
        steady_state=curve(-43, 5),
        time_constant=one_over(rate(linoid, 0.91, -40, 5), rate(linoid, 0.62, -40, -5)),
        q10=3,
    )
    source = rates_of(30.0, "The time constant is 5 / (alpha + beta) in the authors' mechanism.")


class CaHVA_So2007(Channel):  # noqa: N801
    """High-threshold calcium current, s^2 u."""

    ion = "Ca"
    g_max = 0.46 * DENSITY
    E = "Nernst"
    temperature = CELSIUS
    s = Gate(
        2,
        alpha=rate(exponential, 0.04944, -29.06, 15.873),
        beta=rate(exponential, 0.08298, -18.66, -25.641),
        q10=3,
    )
    u = Gate(
        1,
        alpha=rate(exponential, 0.0013, -48, -18.183),
        beta=rate(exponential, 0.0013, -48, 83.33),
        q10=3,
    )
    source = rates_of(20.0)


_OPENING = one_over(rate(exponential, 1, -27, 10), rate(exponential, 1, -102, -15))
_CLOSING = one_over(rate(exponential, 1, -48, 4), rate(exponential, 1, -407, -50))


class CaLVA_So2007(Channel):  # noqa: N801
    """Low-threshold calcium current, m^2 h."""

    ion = "Ca"
    g_max = 0.25 * DENSITY
    E = 130 * u.mV
    temperature = CELSIUS
    m = Gate(
        2,
        steady_state=curve(-52, 7.4),
        time_constant=lambda V: 3 * u.ms + _OPENING(V),
        q10=5,
    )
    h = Gate(
        1,
        steady_state=curve(-80, -5),
        time_constant=lambda V: 85 * u.ms + _CLOSING(V),
        q10=3,
    )
    source = rates_of(
        24.0,
        "In the paper's cell the calcium of this current has a pool of its own, which no other "
        "channel reads; E is the Nernst potential of that pool near rest.",
    )


def _component(share: Callable[[Any], Any], whole: Any, slope: float, offset: float) -> Gate:
    """Return the gate of a component of an HCN channel.

    Its steady state is the ``share`` of this component in that of the ``whole`` channel. Its time
    constant is 10 to the power ``slope * V + offset``, for V in mV, in ms.
    """
    return Gate(
        1,
        steady_state=lambda V: share(V) * whole(V),
        time_constant=lambda V: 10 ** (slope * (V / u.mV) + offset) * u.ms,
    )


def _fast_1(V: Any) -> Any:
    # The published line exceeds 1 above 11.5 mV, where the channel is closed; a share cannot.
    return jnp.clip(0.002096 * (V / u.mV) + 0.97596, 0.0, 1.0)


def _fast_2(V: Any) -> Any:
    return jnp.clip(-0.0227 * (V / u.mV) - 1.4694, 0.0, 1.0)


_WHOLE_1, _WHOLE_2 = curve(-72.49, -1 / 0.11305), curve(-81.95, -1 / 0.1661)
_NO_Q10 = (
    "The components' steady states add up to that of the channel. The authors' mechanism has a "
    "temperature factor that it does not use."
)


class HCN1_So2007(Channel):  # noqa: N801
    """Hyperpolarisation-activated cation current of HCN1, fast + slow component."""

    g_max = 0.05 * DENSITY
    E = _E_H
    fast = _component(_fast_1, _WHOLE_1, 0.01371, 3.368)
    slow = _component(lambda V: 1 - _fast_1(V), _WHOLE_1, 0.01451, 4.056)
    terms = ((1.0, ("fast",)), (1.0, ("slow",)))
    source = rates_of(CELSIUS, _NO_Q10)


class HCN2_So2007(Channel):  # noqa: N801
    """Hyperpolarisation-activated cation current of HCN2, fast + slow component."""

    g_max = 0.08 * DENSITY
    E = _E_H
    fast = _component(_fast_2, _WHOLE_2, 0.0269, 5.6111)
    slow = _component(lambda V: 1 - _fast_2(V), _WHOLE_2, 0.0152, 5.2944)
    terms = ((1.0, ("fast",)), (1.0, ("slow",)))
    source = rates_of(CELSIUS, _NO_Q10)


class Leak_So2007(Channel):  # noqa: N801
    """Leak, of soma, dendrites and axon."""

    g_max = 0.021 * DENSITY
    E = -55 * u.mV
    source = SOLINAS
