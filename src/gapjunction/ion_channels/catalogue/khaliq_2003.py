"""Cerebellar Purkinje cell, resurgent sodium current: Khaliq, Gouwens & Raman 2003."""

from __future__ import annotations

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._rates import exponential
from gapjunction.ion_channels._source import Source
from gapjunction.ion_channels.catalogue._sodium_scheme import sodium_scheme

_SOURCE = Source(
    citation=(
        "Khaliq ZM, Gouwens NW, Raman IM (2003) The contribution of resurgent sodium current to "
        "high-frequency firing in Purkinje neurons: an experimental and modeling study. "
        "J Neurosci 23:4899-4912."
    ),
    doi="10.1523/JNEUROSCI.23-12-04899.2003",
    species="mouse",
    preparation="dissociated Purkinje cells, room temperature, taken as 22 degC",
    temperature=22.0,
    check=(
        "rates of the authors' ModelDB entry 48332: occupancies from the null space of the rate "
        "matrix, steps from its exponential (SciPy), -120 to 60 mV"
    ),
    note=(
        "The scheme is that of Raman & Bean 2001 (Biophys J 80:729, doi "
        "10.1016/S0006-3495(01)76052-3). The paper has no temperature factor. In the ModelDB file "
        "the equations of the initial state have a misprinted sign at B and a misprinted rate at "
        "I3; its kinetics do not."
    ),
)
_PER_MS = 1 / u.ms
_CON, _COFF, _OON, _OOFF = 0.005, 0.5, 0.75, 0.005


class Nar_Kh2003(Channel):  # noqa: N801
    """Transient and resurgent sodium current, 13 states: open channels are blocked and freed."""

    ion = "Na"
    g_max = 15 * u.mS / u.cm**2
    E = 60 * u.mV
    s = sodium_scheme(
        alpha=exponential(150 * _PER_MS, 0 * u.mV, 20 * u.mV),
        beta=exponential(3 * _PER_MS, 0 * u.mV, -20 * u.mV),
        gamma=150 * _PER_MS,
        delta=40 * _PER_MS,
        con=_CON * _PER_MS,
        coff=_COFF * _PER_MS,
        oon=_OON * _PER_MS,
        ooff=_OOFF * _PER_MS,
        # With these factors the rates balance in every cycle (microscopic reversibility).
        a=(_OON / _CON) ** 0.25,
        b=(_OOFF / _COFF) ** 0.25,
        block=(1.75 * _PER_MS, exponential(0.03 * _PER_MS, 0 * u.mV, -25 * u.mV)),
    )
    source = _SOURCE
