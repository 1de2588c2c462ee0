"""CA3 pyramidal cell: Traub, Wong, Miles & Michelson 1991.

The paper counts voltage from a rest of -60 mV; here it is absolute. Its calcium, chi, has arbitrary
units and is 0 at rest; here one such unit is 1 nM (``CHI``), so that calcium reaches hundreds of nM
in a burst. The currents that read it need a pool that rests at 0. In the soma of the paper,
d(chi)/dt = -0.578 I_Ca - chi / 13.33 ms, for I_Ca in uA/cm2 and t in ms::

    DecayPool(size, 'Ca', gain=0.578 * CHI / (u.ms * u.uA / u.cm**2), tau=13.33 * u.ms, ...)

(0.578 is phi = 17402 times the soma's area of 3.32e-5 cm2.)
"""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source

CHI = 1e-6 * u.mM
"""One of the paper's units of calcium."""

_SOURCE = Source(
    citation=(
        "Traub RD, Wong RKS, Miles R, Michelson H (1991) A model of a CA3 hippocampal pyramidal "
        "neuron incorporating voltage-clamp data on intrinsic conductances. J Neurophysiol "
        "66:635-650."
    ),
    doi="10.1152/jn.1991.66.2.635",
    species="guinea pig",
    preparation="model of CA3 pyramidal cells; conductances of its soma",
    temperature=36.0,
    check="equations of GENESIS's traub91chan.g in NumPy, -120 to 60 mV",
    note="The model names no temperature; 36 degC stands for it, and no rate depends on it.",
)
_DENSITY = u.mS / u.cm**2
_E_K = -75 * u.mV
_R_RATE = 0.005 / u.ms


def _noted(note: str) -> Source:
    return dataclasses.replace(_SOURCE, note=f"{_SOURCE.note} {note}")


class Na_Tr1991(Channel):  # noqa: N801
    """Transient sodium current, m^2 h."""

    ion = "Na"
    g_max = 30 * _DENSITY
    E = 55 * u.mV
    m = Gate(
        2,
        alpha=linoid(0.32 * 4 / u.ms, -46.9 * u.mV, 4 * u.mV),
        beta=linoid(0.28 * 5 / u.ms, -19.9 * u.mV, -5 * u.mV),
    )
    h = Gate(
        1,
        alpha=exponential(0.128 / u.ms, -43 * u.mV, -18 * u.mV),
        beta=sigmoid(4.0 / u.ms, -20 * u.mV, 5 * u.mV),
    )
    source = _SOURCE


class Kdr_Tr1991(Channel):  # noqa: N801
    """Delayed rectifier, n."""

    ion = "K"
    g_max = 15 * _DENSITY
    E = _E_K
    n = Gate(
        1,
        alpha=linoid(0.016 * 5 / u.ms, -24.9 * u.mV, 5 * u.mV),
        beta=exponential(0.25 / u.ms, -40 * u.mV, -40 * u.mV),
    )
    source = _SOURCE


class A_Tr1991(Channel):  # noqa: N801
    """Transient potassium current (A), a b."""

    ion = "K"
    g_max = 5 * _DENSITY
    E = _E_K
    a = Gate(
        1,
        alpha=linoid(0.02 * 10 / u.ms, -46.9 * u.mV, 10 * u.mV),
        beta=linoid(0.0175 * 10 / u.ms, -19.9 * u.mV, -10 * u.mV),
    )
    b = Gate(
        1,
        alpha=exponential(0.0016 / u.ms, -73 * u.mV, -18 * u.mV),
        beta=sigmoid(0.05 / u.ms, -49.9 * u.mV, 5 * u.mV),
    )
    source = _SOURCE


class Ca_Tr1991(Channel):  # noqa: N801
    """High-threshold calcium current, s^2 r."""

    ion = "Ca"
    g_max = 4 * _DENSITY
    E = 80 * u.mV
    s = Gate(
        2,
        alpha=sigmoid(1.6 / u.ms, 5 * u.mV, 1 / 0.072 * u.mV),
        beta=linoid(0.02 * 5 / u.ms, -8.9 * u.mV, -5 * u.mV),
    )
    # The paper's alpha is exp(-(V + 60)/20)/200 above rest and 0.005 below it; alpha + beta is
    # 0.005 at all voltages.
    r = Gate(
        1,
        steady_state=lambda V: jnp.minimum(1.0, exponential(1.0, -60 * u.mV, -20 * u.mV)(V)),
        time_constant=200 * u.ms,
    )
    source = _SOURCE


class AHP_Tr1991(Channel):  # noqa: N801
    """Slow calcium-activated potassium current of the after-hyperpolarization, q."""

    ion = "K"
    g_max = 0.8 * _DENSITY
    E = _E_K
    q = Gate(
        1,
        alpha=lambda V, Ca: jnp.minimum(2e-5 * (Ca / CHI), 0.01) / u.ms,
        beta=0.001 / u.ms,
    )
    source = _noted(
        "Some texts print the gate's equation as alpha - beta (1 - q); it is alpha (1 - q) - "
        "beta q. Traub et al. 2003 have ten times the beta."
    )


def _c_inf(V: u.Quantity) -> jax.Array:
    return jnp.minimum(1.0, exponential(1 / 37.95, -50 * u.mV, 11 * u.mV)(V))


class C_Tr1991(Channel):  # noqa: N801
    """Fast potassium current that calcium and depolarization open (C), c min(1, chi/250)."""

    ion = "K"
    g_max = 10 * _DENSITY
    E = _E_K
    # The paper's alpha has two forms that meet at -10 mV; alpha + beta has one form for all V.
    c = Gate(
        1,
        steady_state=_c_inf,
        time_constant=exponential(0.5 * u.ms, -53.5 * u.mV, 27 * u.mV),
    )
    chi = Gate(1, steady_state=lambda V, Ca: jnp.clip(Ca / (250 * CHI), 0.0, 1.0))
    source = _noted(
        "Above -10 mV the closing rate of c is 0, and its opening rate falls with depolarization."
    )
