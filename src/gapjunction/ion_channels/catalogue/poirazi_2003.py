"""Hippocampal CA1 pyramidal cell: Poirazi, Brannon & Mel 2003.

Two A-type potassium currents, of proximal and distal dendrites, and three calcium currents.
"""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._ghk import GHKChannel
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Poirazi P, Brannon T, Mel BW (2003) Arithmetic of subthreshold synaptic summation in a "
        "model CA1 pyramidal cell. Neuron 37:977-987."
    ),
    doi="10.1016/S0896-6273(03)00148-X",
    species="rat",
    preparation="model of a CA1 pyramidal cell, after measurements of several authors",
    temperature=34.0,
    check="equations of the authors' ModelDB entry 20212, -120 to 60 mV",
    note="Equations and conductances of the authors' ModelDB entry 20212, which runs at 34 degC.",
)
_A_SOURCE = dataclasses.replace(
    _SOURCE,
    preparation=(
        "CA1 pyramidal cells (Klee, Ficker & Heinemann 1995), adapted to dendrites (Hoffman et "
        "al. 1997)"
    ),
    note=(
        f"{_SOURCE.note} The authors scale the rates of activation from 24 degC with a Q10 of 5; "
        "here they are those of 34 degC. The rate of inactivation is not scaled."
    ),
)
_DENSITY = u.mS / u.cm**2
_E_K = -80 * u.mV
_E_CA = 140 * u.mV
# RT/F at 34 degC, as in the authors' files.
_THERMAL = 8.315 * (273.16 + 34) / 96.48 * u.mV
_MORE_CHARGE = sigmoid(1.0, -40 * u.mV, -5 * u.mV)


def _a_n(half: QuantityLike, charge: float, share: float, rate: QuantityLike) -> Gate:
    """Return activation by a gating charge that grows by one below -40 mV."""

    def energy(V: u.Quantity) -> jax.Array:
        return (charge + _MORE_CHARGE(V)) * jnp.asarray((V - half) / _THERMAL)

    def tau(V: u.Quantity) -> u.Quantity:
        x = energy(V)
        free = jnp.exp(-share * x) * jax.nn.sigmoid(x) / (5 * rate)
        return u.math.maximum(free, 0.1 * u.ms)

    return Gate(1, steady_state=lambda V: jax.nn.sigmoid(energy(V)), time_constant=tau, q10=5)


def _tau_l(V: u.Quantity) -> u.Quantity:
    return u.math.maximum(0.26 * u.ms / u.mV * (V + 50 * u.mV), 2 * u.ms)


_A_L = Gate(1, steady_state=sigmoid(1.0, -56 * u.mV, _THERMAL / -3), time_constant=_tau_l)


class KAp_Po2003(Channel):  # noqa: N801
    """A-type potassium current of soma and proximal dendrites (kap), n l."""

    ion = "K"
    g_max = 7.5 * _DENSITY
    E = _E_K
    n = _a_n(11 * u.mV, 1.5, 0.55, 0.05 / u.ms)
    l = _A_L  # noqa: E741
    source = _A_SOURCE


class KAd_Po2003(Channel):  # noqa: N801
    """A-type potassium current of distal dendrites (kad), n l."""

    ion = "K"
    g_max = 7.5 * _DENSITY
    E = _E_K
    n = _a_n(-1 * u.mV, 1.8, 0.39, 0.1 / u.ms)
    l = _A_L  # noqa: E741
    source = dataclasses.replace(
        _A_SOURCE,
        note=f"{_A_SOURCE.note} g_max rises to 6.5 times this at 350 um from the soma.",
    )


class CaR_Po2003(Channel):  # noqa: N801
    """R-type calcium current of dendrites, m^3 h."""

    ion = "Ca"
    g_max = 0.03 * _DENSITY
    E = _E_CA
    m = Gate(3, steady_state=sigmoid(1.0, -48.5 * u.mV, 3 * u.mV), time_constant=50 * u.ms)
    h = Gate(1, steady_state=sigmoid(1.0, -53 * u.mV, -1 * u.mV), time_constant=5 * u.ms)
    source = dataclasses.replace(
        _SOURCE,
        note=f"{_SOURCE.note} The soma has a variant, with half points at -60 and -62 mV.",
    )


_CALCIUM_HALF = 1e-3 * u.mM


class CaL_Po2003(GHKChannel):  # noqa: N801
    """L-type calcium current of soma and proximal dendrites, m and calcium, by permeability."""

    ion = "Ca"
    P_max = 2.4e-4 * u.cm / u.second
    m = Gate(
        1,
        alpha=linoid(5 * 0.055 * 3.8 / u.ms, -27.01 * u.mV, 3.8 * u.mV),
        beta=exponential(5 * 0.94 / u.ms, -63.01 * u.mV, -17 * u.mV),
    )
    inhibition = Gate(1, steady_state=lambda V, Ca: _CALCIUM_HALF / (_CALCIUM_HALF + Ca))
    source = dataclasses.replace(
        _SOURCE,
        note=(
            f"{_SOURCE.note} Calcium inside closes it at once, by half at 1 uM. The authors write "
            "the current as a conductance times a constant-field voltage; P_max stands for the "
            "soma's 7 mS/cm2 at 2 mM outside. Their RT/F is 1 % smaller."
        ),
    )


class CaLH_Po2003(Channel):  # noqa: N801
    """L-type calcium current of high threshold, of distal dendrites (calH), m^3 h."""

    ion = "Ca"
    g_max = 0.032 * _DENSITY
    E = _E_CA
    m = Gate(3, steady_state=sigmoid(1.0, -37 * u.mV, 1 * u.mV), time_constant=3.6 * u.ms)
    h = Gate(1, steady_state=sigmoid(1.0, -41 * u.mV, -0.5 * u.mV), time_constant=29 * u.ms)
    source = dataclasses.replace(
        _SOURCE, note=f"{_SOURCE.note} g_max is 46 times as high in the tuft."
    )
