"""Ventral cochlear nucleus: Rothman & Manis 2003.

Conductances are those of a whole cell of 12 pF. They are of the type II cell, except that of the A
current, which only the type I-t cell has.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source

_SOURCE = Source(
    citation=(
        "Rothman JS, Manis PB (2003) The roles potassium currents play in regulating the "
        "electrical activity of ventral cochlear nucleus neurons. J Neurophysiol 89:3097-3113."
    ),
    doi="10.1152/jn.00127.2002",
    species="guinea pig",
    preparation="acutely isolated neurons of the ventral cochlear nucleus",
    temperature=22.0,
    check=(
        "equations and resting potentials of the first author's own program (NeuroMatic) and "
        "equations of the authors' ModelDB entry 37857, -120 to 60 mV"
    ),
    note=(
        "Q10 of 3 for the rates and 2 for the conductances, as in the first author's program; "
        "ModelDB 37857 does not scale conductances."
    ),
)
_BORROWED = dataclasses.replace(
    _SOURCE,
    preparation="average of published measurements in other cells",
    note=f"{_SOURCE.note} E is 55 mV in the program, 50 mV in ModelDB 37857.",
)
_E_K = -70 * u.mV


def _bell(
    base: float, scale: float, rise: tuple[float, float], fall: tuple[float, float]
) -> Callable[[u.Quantity], u.Quantity]:
    up = exponential(rise[0], -60 * u.mV, rise[1] * u.mV)
    down = exponential(fall[0], -60 * u.mV, -fall[1] * u.mV)
    return lambda V: base * u.ms + scale * u.ms / (up(V) + down(V))


def _root(
    half: QuantityLike, slope: QuantityLike, power: float
) -> Callable[[u.Quantity], jax.Array]:
    # The root is computed from the logarithm: where the sigmoid underflows to 0, the derivative of
    # its square root is not finite.
    def steady_state(V: u.Quantity) -> jax.Array:
        return jnp.exp(power * jax.nn.log_sigmoid(jnp.asarray((V - half) / slope)))

    return steady_state


class Na_RM2003(Channel):  # noqa: N801
    """Fast sodium current, m^3 h."""

    ion = "Na"
    g_max = 1000 * u.nS
    E = 55 * u.mV
    q10_conductance = 2.0
    m = Gate(
        3,
        steady_state=sigmoid(1.0, -38 * u.mV, 7 * u.mV),
        time_constant=_bell(0.04, 10, (5, 18), (36, 25)),
        q10=3,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -65 * u.mV, -6 * u.mV),
        time_constant=_bell(0.6, 100, (7, 11), (10, 25)),
        q10=3,
    )
    source = _BORROWED


class HT_RM2003(Channel):  # noqa: N801
    """High-threshold potassium current, 0.85 n^2 + 0.15 p."""

    ion = "K"
    g_max = 150 * u.nS
    E = _E_K
    q10_conductance = 2.0
    terms = ((0.85, ("n",)), (0.15, ("p",)))
    n = Gate(
        2,
        steady_state=_root(-15 * u.mV, 5 * u.mV, 0.5),
        time_constant=_bell(0.7, 100, (11, 24), (21, 23)),
        q10=3,
    )
    p = Gate(
        1,
        steady_state=sigmoid(1.0, -23 * u.mV, 6 * u.mV),
        time_constant=_bell(5, 100, (4, 32), (5, 22)),
        q10=3,
    )
    source = _SOURCE


_LT_INACTIVATION = sigmoid(0.5, -71 * u.mV, -10 * u.mV)


class LT_RM2003(Channel):  # noqa: N801
    """Low-threshold potassium current, w^4 z, inactivating by half."""

    ion = "K"
    g_max = 200 * u.nS
    E = _E_K
    q10_conductance = 2.0
    w = Gate(
        4,
        steady_state=_root(-48 * u.mV, 6 * u.mV, 0.25),
        time_constant=_bell(1.5, 100, (6, 6), (16, 45)),
        q10=3,
    )
    z = Gate(
        1,
        steady_state=lambda V: 0.5 + _LT_INACTIVATION(V),
        time_constant=_bell(50, 1000, (1, 20), (1, 8)),
        q10=3,
    )
    source = _SOURCE


_C_SLOWING = sigmoid(90 * u.ms, -66 * u.mV, 17 * u.mV)


class A_RM2003(Channel):  # noqa: N801
    """Fast transient potassium current, a^4 b c."""

    ion = "K"
    g_max = 65 * u.nS
    E = _E_K
    q10_conductance = 2.0
    a = Gate(
        4,
        steady_state=_root(-31 * u.mV, 6 * u.mV, 0.25),
        time_constant=_bell(0.1, 100, (7, 14), (29, 24)),
        q10=3,
    )
    b = Gate(
        1,
        steady_state=_root(-66 * u.mV, -7 * u.mV, 0.5),
        time_constant=_bell(1, 1000, (14, 27), (29, 24)),
        q10=3,
    )
    c = Gate(
        1,
        steady_state=_root(-66 * u.mV, -7 * u.mV, 0.5),
        time_constant=lambda V: 10 * u.ms + _C_SLOWING(V),
        q10=3,
    )
    source = _SOURCE


class h_RM2003(Channel):  # noqa: N801
    """Hyperpolarisation-activated cation current, r."""

    g_max = 20 * u.nS
    E = -43 * u.mV
    q10_conductance = 2.0
    r = Gate(
        1,
        steady_state=sigmoid(1.0, -76 * u.mV, -7 * u.mV),
        time_constant=_bell(25, 100_000, (237, 12), (17, 14)),
        q10=3,
    )
    source = dataclasses.replace(_BORROWED, note=_SOURCE.note)


class Leak_RM2003(Channel):  # noqa: N801
    """Leak."""

    g_max = 2 * u.nS
    E = -65 * u.mV
    q10_conductance = 2.0
    source = _SOURCE
