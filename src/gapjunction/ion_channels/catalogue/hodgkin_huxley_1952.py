"""Squid giant axon: Hodgkin & Huxley 1952.

Voltages are absolute, with the axon's rest at -65 mV: V here is -v - 65 mV of the paper, which
counts depolarisation from rest as negative.
"""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its "
        "application to conduction and excitation in nerve. J Physiol 117:500-544."
    ),
    doi="10.1113/jphysiol.1952.sp004764",
    species="squid (Loligo)",
    preparation="giant axon, voltage clamp",
    temperature=6.3,
    check="traces of NEURON's hh mechanism and of brainpy.state.HH",
    note="Rest is put at -65 mV.",
)
_DENSITY = u.mS / u.cm**2


class Na_HH1952(Channel):  # noqa: N801
    """Transient sodium current, m^3 h."""

    ion = "Na"
    g_max = 120 * _DENSITY
    E = 50 * u.mV
    m = Gate(
        3,
        alpha=linoid(1.0 / u.ms, -40 * u.mV, 10 * u.mV),
        beta=exponential(4.0 / u.ms, -65 * u.mV, -18 * u.mV),
        q10=3,
    )
    h = Gate(
        1,
        alpha=exponential(0.07 / u.ms, -65 * u.mV, -20 * u.mV),
        beta=sigmoid(1.0 / u.ms, -35 * u.mV, 10 * u.mV),
        q10=3,
    )
    source = _SOURCE


class K_HH1952(Channel):  # noqa: N801
    """Delayed rectifier, n^4."""

    ion = "K"
    g_max = 36 * _DENSITY
    E = -77 * u.mV
    n = Gate(
        4,
        alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
        beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV),
        q10=3,
    )
    source = _SOURCE


class L_HH1952(Channel):  # noqa: N801
    """Leak."""

    g_max = 0.3 * _DENSITY
    E = -54.387 * u.mV
    source = _SOURCE
