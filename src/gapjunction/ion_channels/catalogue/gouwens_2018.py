"""Mouse visual cortex, channels of the Allen Institute's models: Gouwens et al. 2018.

The models have further channels, which are those of ``hay_2011`` at shifted voltages.
"""

from __future__ import annotations

import dataclasses

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source
from gapjunction.ion_channels.catalogue._sodium_scheme import sodium_scheme

_SOURCE = Source(
    citation=(
        "Gouwens NW, Berg J, Feng D, et al. (2018) Systematic generation of biophysically "
        "detailed models for diverse cortical neuron types. Nat Commun 9:710."
    ),
    doi="10.1038/s41467-017-02718-3",
    species="mouse",
    preparation="models of neurons of primary visual cortex",
    temperature=34.0,
    check=(
        "equations of the model files in AllenSDK; states of Arbor 0.12.2's allen catalogue, "
        "-120 to 60 mV"
    ),
)
_DENSITY = u.mS / u.cm**2
# Reversals include the authors' junction potential of 14 mV. Conductances are those of AllenSDK's
# example 172096.04.02.01.
_E_NA, _E_K = 53 * u.mV, -107 * u.mV
_PER_MS = 1 / u.ms


def _measured(preparation: str, temperature: float, note: str) -> Source:
    return dataclasses.replace(_SOURCE, preparation=preparation, temperature=temperature, note=note)


class NaV_Go2018(Channel):  # noqa: N801
    """Transient sodium current, 12 states."""

    ion = "Na"
    g_max = 27.6 * _DENSITY
    E = _E_NA
    temperature = 34.0
    s = sodium_scheme(
        alpha=exponential(400 * _PER_MS, 0 * u.mV, 24 * u.mV),
        beta=exponential(12 * _PER_MS, 0 * u.mV, -24 * u.mV),
        gamma=250 * _PER_MS,
        delta=60 * _PER_MS,
        con=0.01 * _PER_MS,
        coff=40 * _PER_MS,
        oon=8 * _PER_MS,
        ooff=0.05 * _PER_MS,
        a=2.51,
        b=1 / 5.32,
        q10=2.3,
    )
    source = _measured(
        "CA1 pyramidal cells, mouse, 37 degC (Carter, Giessel, Sabatini & Bean 2012, Neuron "
        "75:1081, doi 10.1016/j.neuron.2012.08.033)",
        37.0,
        "The rates around C5, O, I6 and I5 do not balance, so that channels go round in the steady "
        "state. In the model files the equations of the initial state have a misprint at I3; their "
        "kinetics do not.",
    )


_GAIN = exponential(1380 * u.ms, 0 * u.mV, u.mV / -0.011)
_LOSS = exponential(210 * u.ms, 0 * u.mV, u.mV / -0.03)


def _kv2_tau_h1(V: u.Quantity) -> u.Quantity:
    slope = 1010 * u.ms + 23.7 * u.ms / u.mV * (V + 54 * u.mV)
    x = (V + 75 * u.mV) / (48 * u.mV)
    return 360 * u.ms + slope * u.math.exp(-(x**2))


def _kv2_tau_h2(V: u.Quantity) -> u.Quantity:
    # The published expression is negative below -119 mV, which is impossible for a time constant.
    return u.math.maximum(2350 * u.ms + _GAIN(V) - _LOSS(V), 1e-3 * u.ms)


class Kv2like_Go2018(Channel):  # noqa: N801
    """Slow delayed rectifier of Kv2 channels, m^2 (h1 + h2) / 2."""

    ion = "K"
    g_max = 54.8 * _DENSITY
    E = _E_K
    temperature = 34.0
    m = Gate(
        2,
        # The factor 0.4 comes from the published time constant, which is 2.5 / (alpha + beta).
        alpha=linoid(0.4 * 0.12 * 11 / u.ms, 43 * u.mV, 11 * u.mV),
        beta=exponential(0.4 * 0.02 / u.ms, -1.27 * u.mV, -120 * u.mV),
        q10=2.3,
    )
    h1 = Gate(
        1,
        steady_state=sigmoid(1.0, -58 * u.mV, -11 * u.mV),
        time_constant=_kv2_tau_h1,
        q10=2.3,
    )
    h2 = Gate(
        1,
        steady_state=sigmoid(1.0, -58 * u.mV, -11 * u.mV),
        time_constant=_kv2_tau_h2,
        q10=2.3,
    )
    terms = ((0.5, ("m", "h1")), (0.5, ("m", "h2")))
    source = _measured(
        "model of layer 5 pyramidal cells (Keren, Peled & Korngreen 2005, J Neurophysiol 94:3730), "
        "fitted to the guangxitoxin-sensitive current of CA1 pyramidal cells, mouse (Liu & Bean "
        "2014, J Neurosci 34:4991)",
        21.0,
        "The time constant of h2 is held at 1 us or more, as in the newer model files: the "
        "expression is negative below -119 mV. Arbor takes 1 s there.",
    )


_M_OPEN = exponential(0.007 / u.ms, -48 * u.mV, 26.12 / (6 * 0.4) * u.mV)
_M_CLOSE = exponential(0.007 / u.ms, -48 * u.mV, -26.12 / (6 * 0.6) * u.mV)


class Im_v2_Go2018(Channel):  # noqa: N801
    """Slow potassium current of Kv7 channels (M-current), m."""

    ion = "K"
    g_max = 2.28 * _DENSITY
    E = _E_K
    temperature = 34.0
    m = Gate(
        1,
        steady_state=sigmoid(1.0, -48 * u.mV, 26.12 / 6 * u.mV),
        time_constant=lambda V: 15 * u.ms + 1 / (_M_OPEN(V) + _M_CLOSE(V)),
        q10=2.3,
    )
    source = _measured(
        "CA1 pyramidal cells, rat (Vervaeke, Gu, Agdestein, Hu & Storm 2006, J Physiol 576:235)",
        30.0,
        "",
    )


class Kd_Go2018(Channel):  # noqa: N801
    """Slowly inactivating potassium current of Kv1 channels (D-current), m h."""

    ion = "K"
    g_max = 0.114 * _DENSITY
    E = _E_K
    m = Gate(1, steady_state=sigmoid(1.0, -43 * u.mV, 8 * u.mV), time_constant=1 * u.ms)
    h = Gate(1, steady_state=sigmoid(1.0, -67 * u.mV, -7.3 * u.mV), time_constant=1500 * u.ms)
    source = _measured(
        "axons of layer 5 pyramidal cells (Foust, Yu, Popovic, Zecevic & McCormick 2011, "
        "J Neurosci 31:15490, doi 10.1523/JNEUROSCI.2752-11.2011)",
        34.0,
        "The time constants do not change with temperature: the model file computes a factor "
        "from 23 degC and leaves it unused.",
    )
