"""Bullfrog sympathetic ganglion cell, two potassium currents: Yamada, Koch & Adams 1989."""

from __future__ import annotations

import dataclasses

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Yamada WM, Koch C, Adams PR (1989) Multiple channels and calcium dynamics. In: Koch C, "
        "Segev I (eds) Methods in neuronal modeling: from synapses to networks, MIT Press, "
        "pp 97-133. ISBN 0-262-11133-0. Measured by: Adams PR, Brown DA, Constanti A (1982) "
        "M-currents and other potassium currents in bullfrog sympathetic neurones. J Physiol "
        "330:537-572."
    ),
    # The chapter has no DOI; this is that of the paper with the measurements.
    doi="10.1113/jphysiol.1982.sp014357",
    species="bullfrog (Rana catesbeiana)",
    preparation="B cells of lumbar sympathetic ganglia, voltage clamp",
    temperature=22.0,
    check="equations of public ports in NumPy, -120 to 60 mV",
)
_DENSITY = u.mS / u.cm**2
_RISING = exponential(1.0, -35 * u.mV, 40 * u.mV)
_FALLING = exponential(1.0, -35 * u.mV, -20 * u.mV)
_BINDING = exponential(250 / u.ms, 0 * u.mV, 24 * u.mV)


def _w_tau(V: u.Quantity) -> u.Quantity:
    return 1000 * u.ms / (3.3 * (_RISING(V) + _FALLING(V)))


class M_Ya1989(Channel):  # noqa: N801
    """Slow, muscarinic potassium current (M), w."""

    ion = "K"
    g_max = 0.31 * _DENSITY
    E = -70 * u.mV
    w = Gate(1, steady_state=sigmoid(1.0, -35 * u.mV, 10 * u.mV), time_constant=_w_tau, q10=3)
    source = dataclasses.replace(
        _SOURCE,
        note=(
            "The chapter was not at hand. The time constant, 1 s / (3.3 (e^(x/40) + e^(-x/20))) "
            "with x = V + 35 mV, is that of Wheeler's port of the cell and of later papers. The "
            "GENESIS port (yamadachan.g) lacks the inner bracket, and ModelDB 3808 has 20 mV in "
            "both exponents; M_Po2008 and brainpy's IKNI_Ya1989 differ in both ways. E is that of "
            "the GENESIS port; g_max is that of ModelDB 3808, a mammalian cell. Ports assume a Q10 "
            "of 3, from 22 or 23.5 degC."
        ),
    )


class C_Ya1989(Channel):  # noqa: N801
    """Fast potassium current that calcium and depolarization open (C), c."""

    ion = "K"
    g_max = 3.45 * _DENSITY
    E = -70 * u.mV
    c = Gate(
        1,
        alpha=lambda V, Ca: _BINDING(V) * (Ca / u.mM),
        beta=exponential(0.1 / u.ms, 0 * u.mV, -24 * u.mV),
        q10=3,
    )
    source = dataclasses.replace(
        _SOURCE,
        note=(
            "The chapter was not at hand: rates as in two ports, by Houweling (ModelDB 3808) and "
            "by Destexhe; E, g_max and Q10 as for M_Ya1989. Some texts print the gate's equation "
            "as alpha - beta (1 - c); it is alpha (1 - c) - beta c."
        ),
    )
