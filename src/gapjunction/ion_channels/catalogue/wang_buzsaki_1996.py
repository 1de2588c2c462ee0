"""Fast-spiking interneuron of the hippocampus: Wang & Buzsaki 1996.

The paper's factor phi = 5 of the slow gates is a Q10 of 5 over the 10 K from 27 to 37 degC, as in
ModelDB 26997. For another phi, pass ``temperature=27 + 10 * log(phi) / log(5)``.
"""

from __future__ import annotations

import jax
import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Wang X-J, Buzsáki G (1996) Gamma oscillation by synaptic inhibition in a hippocampal "
        "interneuronal network model. J Neurosci 16:6402-6413."
    ),
    doi="10.1523/JNEUROSCI.16-20-06402.1996",
    species="rat",
    preparation="model of fast-spiking hippocampal interneurons",
    temperature=27.0,
    check=(
        "equations in NumPy, -120 to 60 mV; firing rates of the paper's figure 1A; clamp currents "
        "and traces of NEURON 9 with a mechanism of the same equations"
    ),
    note="The paper names no temperature: 27 degC stands for phi = 1, and 37 degC for its phi = 5.",
)
_DENSITY = u.mS / u.cm**2
_PHI = 5
_ALPHA_M = linoid(1.0 / u.ms, -35 * u.mV, 10 * u.mV)
_BETA_M = exponential(4.0 / u.ms, -60 * u.mV, -18 * u.mV)


def _m_inf(V: u.Quantity) -> jax.Array:
    alpha = _ALPHA_M(V)
    return alpha / (alpha + _BETA_M(V))


class Na_WB1996(Channel):  # noqa: N801
    """Transient sodium current, m^3 h, m following the voltage at once."""

    ion = "Na"
    g_max = 35 * _DENSITY
    E = 55 * u.mV
    temperature = 37.0
    m = Gate(3, steady_state=_m_inf)
    h = Gate(
        1,
        alpha=exponential(0.07 / u.ms, -58 * u.mV, -20 * u.mV),
        beta=sigmoid(1.0 / u.ms, -28 * u.mV, 10 * u.mV),
        q10=_PHI,
    )
    source = _SOURCE


class K_WB1996(Channel):  # noqa: N801
    """Delayed rectifier, n^4."""

    ion = "K"
    g_max = 9 * _DENSITY
    E = -90 * u.mV
    temperature = 37.0
    n = Gate(
        4,
        alpha=linoid(0.1 / u.ms, -34 * u.mV, 10 * u.mV),
        beta=exponential(0.125 / u.ms, -44 * u.mV, -80 * u.mV),
        q10=_PHI,
    )
    source = _SOURCE


class Leak_WB1996(Channel):  # noqa: N801
    """Leak."""

    g_max = 0.1 * _DENSITY
    E = -65 * u.mV
    temperature = 37.0
    source = _SOURCE
