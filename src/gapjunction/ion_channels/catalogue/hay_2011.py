"""Neocortical layer 5b pyramidal cell, inward currents: Hay et al. 2011.

Outward currents are in ``hay_2011_potassium``. The kinetics were collected from measurements in
several cells; each class names its own.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

HAY = Source(
    citation=(
        "Hay E, Hill S, Schürmann F, Markram H, Segev I (2011) Models of neocortical layer 5b "
        "pyramidal cells capturing a wide range of dendritic and perisomatic active properties. "
        "PLoS Comput Biol 7:e1002107."
    ),
    doi="10.1371/journal.pcbi.1002107",
    species="rat",
    preparation="model of a layer 5b pyramidal cell of somatosensory cortex",
    temperature=21.0,
    check=(
        "equations of the authors' ModelDB entry 139653; states of Arbor 0.12.2's bbp catalogue, "
        "-120 to 60 mV"
    ),
)
DENSITY = u.mS / u.cm**2
# Conductances are those of the soma of the model in figure 4, unless a note names others.
E_NA = 50 * u.mV
AT_34 = "The rates are used at 34 degC as they are, without a temperature factor."


def measured(preparation: str, note: str, **changes: Any) -> Source:
    """Return the source of an entry, with where its kinetics were measured and a note."""
    return dataclasses.replace(HAY, preparation=preparation, note=note, **changes)


def _transient_m(half: QuantityLike) -> Gate:
    return Gate(
        3,
        alpha=linoid(0.182 * 6 / u.ms, half, 6 * u.mV),
        beta=linoid(0.124 * 6 / u.ms, half, -6 * u.mV),
        q10=2.3,
    )


def _transient_h(half: QuantityLike) -> Gate:
    return Gate(
        1,
        alpha=linoid(0.015 * 6 / u.ms, half, -6 * u.mV),
        beta=linoid(0.015 * 6 / u.ms, half, 6 * u.mV),
        q10=2.3,
    )


class NaTa_Ha2011(Channel):  # noqa: N801
    """Transient sodium current NaTa_t, m^3 h."""

    ion = "Na"
    g_max = 2040 * DENSITY
    E = E_NA
    temperature = 34.0
    m = _transient_m(-38 * u.mV)
    h = _transient_h(-66 * u.mV)
    source = measured(
        "axon initial segment of layer 5 pyramidal cells, rat (Colbert & Pan 2002, Nat Neurosci "
        "5:533, doi 10.1038/nn0602-857)",
        "The model's authors put it into the soma too.",
    )


class NaTs2_Ha2011(Channel):  # noqa: N801
    """Transient sodium current NaTs2_t of soma and dendrites, m^3 h: NaTa moved up by 6 mV."""

    ion = "Na"
    g_max = 999 * DENSITY
    E = E_NA
    temperature = 34.0
    m = _transient_m(-32 * u.mV)
    h = _transient_h(-60 * u.mV)
    source = measured(
        "layer 5 pyramidal cells, rat (after Colbert & Pan 2002, Nat Neurosci 5:533, doi "
        "10.1038/nn0602-857)",
        "Used where spikes are to start in the axon; g_max is of the soma in figure S5.",
    )


def _six_of_nata(V: u.Quantity) -> u.Quantity:
    return 6 * NaTa_Ha2011.m.time_constant_at(V, {}, 1.0)


_RECOVERY = linoid(2.88e-6 * 4.63 / u.ms, -17 * u.mV, -4.63 * u.mV)
_LOSS = linoid(6.94e-6 * 2.63 / u.ms, -64.4 * u.mV, 2.63 * u.mV)


class Nap_Ha2011(Channel):  # noqa: N801
    """Persistent sodium current Nap_Et2, m^3 h, inactivating over seconds."""

    ion = "Na"
    g_max = 1.72 * DENSITY
    E = E_NA
    temperature = 34.0
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -52.6 * u.mV, 4.6 * u.mV),
        time_constant=_six_of_nata,
        q10=2.3,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -48.8 * u.mV, -10 * u.mV),
        time_constant=lambda V: 1 / (_RECOVERY(V) + _LOSS(V)),
        q10=2.3,
    )
    source = measured(
        "layer II principal neurons of entorhinal cortex, rat (Magistretti & Alonso 1999, "
        "J Gen Physiol 114:491, doi 10.1085/jgp.114.4.491)",
        "The model's authors gave m six times the time constant of m in NaTa.",
    )


class Ca_HVA_Ha2011(Channel):  # noqa: N801
    """High-voltage activated calcium current, m^2 h."""

    ion = "Ca"
    g_max = 0.992 * DENSITY
    E = "Nernst"
    m = Gate(
        2,
        alpha=linoid(0.055 * 3.8 / u.ms, -27 * u.mV, 3.8 * u.mV),
        beta=exponential(0.94 / u.ms, -75 * u.mV, -17 * u.mV),
    )
    h = Gate(
        1,
        alpha=exponential(0.000457 / u.ms, -13 * u.mV, -50 * u.mV),
        beta=sigmoid(0.0065 / u.ms, -15 * u.mV, 28 * u.mV),
    )
    source = measured(
        "neocortical pyramidal cells, rat (Reuveni et al. 1993, J Neurosci 13:4609, doi "
        "10.1523/JNEUROSCI.13-11-04609.1993)",
        AT_34,
        temperature=34.0,
    )


_FALL_M = sigmoid(20 * u.ms, -35 * u.mV, -5 * u.mV)
_FALL_H = sigmoid(50 * u.ms, -50 * u.mV, -7 * u.mV)


class Ca_LVA_Ha2011(Channel):  # noqa: N801
    """Low-voltage activated calcium current Ca_LVAst, m^2 h."""

    ion = "Ca"
    g_max = 3.43 * DENSITY
    E = "Nernst"
    temperature = 34.0
    m = Gate(
        2,
        steady_state=sigmoid(1.0, -40 * u.mV, 6 * u.mV),
        time_constant=lambda V: 5 * u.ms + _FALL_M(V),
        q10=2.3,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -90 * u.mV, -6.4 * u.mV),
        time_constant=lambda V: 20 * u.ms + _FALL_H(V),
        q10=2.3,
    )
    source = measured(
        "CA3 pyramidal cells (Avery & Johnston 1996, J Neurosci 16:5567, doi "
        "10.1523/JNEUROSCI.16-18-05567.1996); time constants after Randall & Tsien 1997, "
        "Neuropharmacology 36:879",
        "Moved down by 10 mV for the junction potential; time constants were read off plots.",
    )


class Ih_Ha2011(Channel):  # noqa: N801
    """Hyperpolarisation-activated cation current, m."""

    g_max = 0.2 * DENSITY
    E = -45 * u.mV
    m = Gate(
        1,
        alpha=linoid(0.00643 * 11.9 / u.ms, -154.9 * u.mV, -11.9 * u.mV),
        beta=exponential(0.193 / u.ms, 0 * u.mV, 33.1 * u.mV),
    )
    source = measured(
        "layer 5 pyramidal cells, rat (Kole, Hallermann & Stuart 2006, J Neurosci 26:1677, doi "
        "10.1523/JNEUROSCI.3664-05.2006)",
        AT_34 + " Its density rises exponentially along the apical dendrite.",
        temperature=34.0,
    )
