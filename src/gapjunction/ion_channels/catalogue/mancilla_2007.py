"""Fast-spiking interneuron of neocortex: Mancilla et al. 2007."""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Mancilla JG, Lewis TJ, Pinto DJ, Rinzel J, Connors BW (2007) Synchronization of "
        "electrically coupled pairs of inhibitory interneurons in neocortex. J Neurosci "
        "27:2058-2073."
    ),
    doi="10.1523/JNEUROSCI.2715-06.2007",
    species="rodent",
    preparation="model of fast-spiking interneurons of neocortex",
    temperature=37.0,
    check=(
        "rates written out in NumPy, -120 to 60 mV; gates and voltages of NEST 3.10's "
        "hh_psc_alpha_gap, which NEST takes from this paper"
    ),
    note=(
        "The rates have no temperature factor, and no temperature was found with them: 37 degC "
        "stands for it, and nothing depends on it. NEST has the conductances of a whole cell of "
        "40 pF; here they are divided by the area of 4000 um2 that it has at 1 uF/cm2."
    ),
)
_DENSITY = u.mS / u.cm**2


class Na_Ma2007(Channel):  # noqa: N801
    """Transient sodium current, m^3 h."""

    ion = "Na"
    g_max = 112.5 * _DENSITY
    E = 74 * u.mV
    m = Gate(
        3,
        alpha=linoid(40 * 13.5 / u.ms, 75.5 * u.mV, 13.5 * u.mV),
        beta=exponential(1.2262 / u.ms, 0 * u.mV, -42.248 * u.mV),
    )
    h = Gate(
        1,
        alpha=exponential(0.0035 / u.ms, 0 * u.mV, -24.186 * u.mV),
        beta=linoid(0.017 * 5.2 / u.ms, -51.25 * u.mV, 5.2 * u.mV),
    )
    source = _SOURCE


class Kv1_Ma2007(Channel):  # noqa: N801
    """Low-threshold potassium current, n^4."""

    ion = "K"
    g_max = 0.225 * _DENSITY
    E = -90 * u.mV
    n = Gate(
        4,
        alpha=linoid(0.014 * 2.3 / u.ms, -44 * u.mV, 2.3 * u.mV),
        beta=exponential(0.0043 / u.ms, -44 * u.mV, -34 * u.mV),
    )
    source = _SOURCE


class Kv3_Ma2007(Channel):  # noqa: N801
    """High-threshold potassium current, p^2."""

    ion = "K"
    g_max = 225 * _DENSITY
    E = -90 * u.mV
    p = Gate(
        2,
        alpha=linoid(11.8 / u.ms, 95 * u.mV, 11.8 * u.mV),
        beta=exponential(0.025 / u.ms, 0 * u.mV, -22.222 * u.mV),
    )
    source = _SOURCE


class Leak_Ma2007(Channel):  # noqa: N801
    """Leak."""

    g_max = 0.25 * _DENSITY
    E = -70 * u.mV
    source = _SOURCE
