"""Hippocampal pyramidal cells, the spike currents: Traub & Miles 1991.

The book counts voltage from rest. Here, as in the models of Destexhe and colleagues that made this
form common, V is absolute, and the book's voltage is ``V - V_T``. The voltage ``V_T`` adjusts the
spike threshold; for another one, pass ``V_shift=V_T - Na_TM1991.V_T``.
"""

from __future__ import annotations

from typing import ClassVar

import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Traub RD, Miles R (1991) Neuronal networks of the hippocampus. Cambridge University Press."
    ),
    doi="10.1017/CBO9780511895401",
    species="guinea pig",
    preparation="model of hippocampal pyramidal cells",
    temperature=36.0,
    check="braincell's Na_TM1991 and K_TM1991, and the equations in NumPy, -120 to 60 mV",
    note=(
        "Rates and Q10 as in Destexhe's mechanism hh2 (ModelDB 3670 and 123623), which has 13 and "
        "40 mV where Traub et al. 1991 have 13.1 and 40.1. Conductances as in ModelDB 3670, E and "
        "V_T as in ModelDB 123623. Destexhe assumed a Q10 of 3 from 36 degC. His models have V_T "
        "between -25 mV (relay cells, ModelDB 3343) and -63 mV."
    ),
)
_DENSITY = u.mS / u.cm**2
_V_T = -63 * u.mV


def sodium_m(V_T: QuantityLike) -> Gate:
    """Return the activation of the sodium current, shifted by ``V_T``."""
    return Gate(
        3,
        alpha=linoid(0.32 * 4 / u.ms, V_T + 13 * u.mV, 4 * u.mV),
        beta=linoid(0.28 * 5 / u.ms, V_T + 40 * u.mV, -5 * u.mV),
        q10=3,
    )


def sodium_h(V_T: QuantityLike) -> Gate:
    """Return the inactivation of the sodium current, shifted by ``V_T``."""
    return Gate(
        1,
        alpha=exponential(0.128 / u.ms, V_T + 17 * u.mV, -18 * u.mV),
        beta=sigmoid(4.0 / u.ms, V_T + 40 * u.mV, 5 * u.mV),
        q10=3,
    )


def potassium_n(V_T: QuantityLike) -> Gate:
    """Return the activation of the delayed rectifier, shifted by ``V_T``."""
    return Gate(
        4,
        alpha=linoid(0.032 * 5 / u.ms, V_T + 15 * u.mV, 5 * u.mV),
        beta=exponential(0.5 / u.ms, V_T + 10 * u.mV, -40 * u.mV),
        q10=3,
    )


class Na_TM1991(Channel):  # noqa: N801
    """Transient sodium current, m^3 h, at V_T = -63 mV."""

    ion = "Na"
    g_max = 100 * _DENSITY
    E = 50 * u.mV
    V_T: ClassVar[QuantityLike] = _V_T
    m = sodium_m(_V_T)
    h = sodium_h(_V_T)
    source = _SOURCE


class K_TM1991(Channel):  # noqa: N801
    """Delayed rectifier, n^4, at V_T = -63 mV."""

    ion = "K"
    g_max = 10 * _DENSITY
    E = -90 * u.mV
    V_T: ClassVar[QuantityLike] = _V_T
    n = potassium_n(_V_T)
    source = _SOURCE
