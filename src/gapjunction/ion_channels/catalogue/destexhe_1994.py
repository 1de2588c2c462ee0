"""Thalamic reticular neuron, the calcium-activated currents: Destexhe et al. 1994.

Each of their two gates opens by binding two calcium ions, at any voltage: 2 Ca + closed <-> open.
"""

from __future__ import annotations

import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Destexhe A, Contreras D, Sejnowski TJ, Steriade M (1994) A model of spindle rhythmicity "
        "in the isolated thalamic reticular nucleus. J Neurophysiol 72:803-818."
    ),
    doi="10.1152/jn.1994.72.2.803",
    species="cat, rat",
    preparation="model of thalamic reticular neurons",
    temperature=22.0,
    check=(
        "equations of the authors' ModelDB entry 3670 in NumPy, 0.1 to 100 uM; AHP also by traces "
        "of NEURON 9"
    ),
    note=(
        "22 degC and a Q10 of 3 are assumptions of ModelDB 3670. It also keeps the time constants "
        "above 0.1 ms, which is not done here."
    ),
)
_DENSITY = u.mS / u.cm**2


def _binding(beta: QuantityLike, half: QuantityLike) -> Gate:
    """Return the gate of a channel that binds two calcium ions, half of them at ``half``."""

    def alpha(V: u.Quantity, Ca: u.Quantity) -> u.Quantity:
        return beta * (Ca / half) ** 2

    return Gate(2, alpha=alpha, beta=beta, q10=3)


class AHP_De1994(Channel):  # noqa: N801
    """Calcium-activated potassium current of the slow after-hyperpolarization, m^2."""

    ion = "K"
    g_max = 10 * _DENSITY
    E = -95 * u.mV
    temperature = 36.0
    # The paper's alpha is beta / half^2, 48 / (ms mM^2).
    m = _binding(0.03 / u.ms, 0.025 * u.mM)
    source = _SOURCE


class CAN_De1994(Channel):  # noqa: N801
    """Calcium-activated nonspecific cation current, m^2."""

    g_max = 0.25 * _DENSITY
    E = -20 * u.mV
    temperature = 36.0
    m = _binding(0.002 / u.ms, 0.01 * u.mM)
    source = _SOURCE
