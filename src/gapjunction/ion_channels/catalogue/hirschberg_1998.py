"""Small-conductance calcium-activated potassium channel rSK2: Hirschberg et al. 1998."""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Hirschberg B, Maylie J, Adelman JP, Marrion NV (1998) Gating of recombinant "
        "small-conductance Ca-activated K+ channels by calcium. J Gen Physiol 111:565-581."
    ),
    doi="10.1085/jgp.111.4.565",
    species="rat",
    preparation="rSK2 channels in Xenopus oocytes, excised patches, room temperature",
    temperature=23.0,
    check=(
        "rates of ModelDB entry 112685 (Solinas et al. 2007): occupancies in closed form, 1 nM to "
        "0.1 mM; traces of NEURON 9"
    ),
    note=(
        "Calcium is the concentration at the channel. Q10, g_max and E are those of Solinas et al. "
        "2007 (Front Cell Neurosci 1:2, doi 10.3389/neuro.03.002.2007), in whose Golgi cell only a "
        "third of the calcium of the shell reaches the channel: SK_So2007."
    ),
)
_PER_MS = 1 / u.ms


def _first(V: u.Quantity, Ca: u.Quantity) -> u.Quantity:
    return 200 * _PER_MS / u.mM * Ca


def _second(V: u.Quantity, Ca: u.Quantity) -> u.Quantity:
    return 160 * _PER_MS / u.mM * Ca


def _third(V: u.Quantity, Ca: u.Quantity) -> u.Quantity:
    return 80 * _PER_MS / u.mM * Ca


class SK_Hi1998(Channel):  # noqa: N801
    """Calcium-activated potassium current, 6 states: three bindings, short and long openings."""

    ion = "K"
    g_max = 38 * u.mS / u.cm**2
    E = -84.69 * u.mV
    s = Markov(
        states=("C1", "C2", "C3", "C4", "O1", "O2"),
        rates={
            ("C1", "C2"): _first,
            ("C2", "C1"): 0.08 * _PER_MS,
            ("C2", "C3"): _second,
            ("C3", "C2"): 0.08 * _PER_MS,
            ("C3", "C4"): _third,
            ("C4", "C3"): 0.2 * _PER_MS,
            ("C3", "O1"): 0.16 * _PER_MS,
            ("O1", "C3"): 1 * _PER_MS,
            ("C4", "O2"): 1.2 * _PER_MS,
            ("O2", "C4"): 0.1 * _PER_MS,
        },
        open=("O1", "O2"),
        q10=3.0,
    )
    source = _SOURCE
