"""Thalamic relay cells: McCormick & Huguenard 1992, the high-threshold calcium current."""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._ghk import GHKChannel
from gapjunction.ion_channels._rates import linoid, sigmoid
from gapjunction.ion_channels._source import Source

_OPENING = sigmoid(1.6 / u.ms, 5 * u.mV, 1 / 0.072 * u.mV)
_CLOSING = linoid(0.02 * 5.36 / u.ms, 1.31 * u.mV, -5.36 * u.mV)


def _tau_m(V: u.Quantity) -> u.Quantity:
    return 1 / (_OPENING(V) + _CLOSING(V))


class CaL_MH1992(GHKChannel):  # noqa: N801
    """High-threshold calcium current, m^2, driven by the constant-field equation."""

    ion = "Ca"
    P_max = 2.76e-4 * u.cm / u.second
    m = Gate(
        2,
        steady_state=sigmoid(1.0, -10 * u.mV, 10 * u.mV),
        time_constant=_tau_m,
        q10=3,
    )
    source = Source(
        citation=(
            "McCormick DA, Huguenard JR (1992) A model of the electrophysiological properties of "
            "thalamocortical relay neurons. J Neurophysiol 68:1384-1400."
        ),
        doi="10.1152/jn.1992.68.4.1384",
        species="guinea pig",
        preparation="isolated hippocampal CA1 pyramidal cells (Kay & Wong 1987, J Physiol 392:603)",
        temperature=23.5,
        check="equations of ModelDB 3808, -120 to 60 mV; the paper's text was not at hand",
        note=(
            "The steady state is not alpha / (alpha + beta): it is that of the paper's erratum, as "
            "in ModelDB 3808 and in Amarillo et al. 2014. P_max is that of ModelDB 3808."
        ),
    )
