"""Thalamic relay neuron, the calcium-regulated h current: Destexhe et al. 1996.

Voltage opens and closes the channel. Calcium binds to a regulating protein, which then locks open
channels in a state that conducts twice as much. This makes spindles wax and wane.
"""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Destexhe A, Bal T, McCormick DA, Sejnowski TJ (1996) Ionic mechanisms underlying "
        "synchronized oscillations and propagating waves in a model of ferret thalamic slices. "
        "J Neurophysiol 76:2049-2070."
    ),
    doi="10.1152/jn.1996.76.3.2049",
    species="ferret, guinea pig",
    preparation="model of thalamic relay neurons",
    temperature=36.0,
    check="equations of the authors' ModelDB entry 3343 in NumPy, -120 to 60 mV, 0.1 to 10 uM",
    note=(
        "The voltage dependence is that of Huguenard & McCormick 1992, at 36 degC; ports that "
        "multiply its rates by 3^1.2, as if they were of 24 degC, make it 3.7 times too fast. "
        "ModelDB 3343 has a Q10 of 3 for these rates alone; here there is no temperature factor."
    ),
)
_INF = sigmoid(1.0, -75 * u.mV, -5.5 * u.mV)
_FAST = exponential(1.0, -71.5 * u.mV, 14.2 * u.mV)
_SLOW = exponential(1.0, -89 * u.mV, -11.6 * u.mV)
_CA_HALF = 0.002 * u.mM
_P_HALF = 0.01
_K2 = 0.0004 / u.ms
_K4 = 0.001 / u.ms


def _tau(V: u.Quantity) -> u.Quantity:
    return (20 + 1000 / (_FAST(V) + _SLOW(V))) * u.ms


class h_De1996(Channel):  # noqa: N801
    """Hyperpolarization-activated cation current, O + 2 L: open and locked fractions.

    Gate ``p`` is the fraction of the regulating protein that has bound calcium, which calcium alone
    sets; ``s`` holds the channel's states: C (closed), O (open), L (open and locked). The current
    is :math:`g_{max} (O + 2 L) (V - E)`.
    """

    g_max = 0.02 * u.mS / u.cm**2
    E = -40 * u.mV
    p = Gate(1, alpha=lambda V, Ca: _K2 * (Ca / _CA_HALF) ** 4, beta=_K2)
    s = Markov(
        states=("C", "O", "L"),
        rates={
            ("C", "O"): lambda V: _INF(V) / _tau(V),
            ("O", "C"): lambda V: (1 - _INF(V)) / _tau(V),
            ("O", "L"): lambda V, p: _K4 * (p / _P_HALF),
            ("L", "O"): _K4,
        },
        open={"O": 1.0, "L": 2.0},
    )
    # The open fraction of the channel is that of s; p enters only through a rate of s.
    terms = ((1.0, ("s",)),)
    source = _SOURCE
