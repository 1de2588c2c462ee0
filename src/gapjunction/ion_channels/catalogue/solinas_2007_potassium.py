"""Golgi cell of the cerebellum, potassium currents: Solinas et al. 2007.

Inward currents are in ``solinas_2007``.
"""

from __future__ import annotations

from typing import Any

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels.catalogue import hirschberg_1998
from gapjunction.ion_channels.catalogue.solinas_2007 import (
    CELSIUS,
    DENSITY,
    curve,
    one_over,
    rate,
    rates_of,
)

_E_K = -84.69 * u.mV


class KV_So2007(Channel):  # noqa: N801
    """Delayed rectifier, n^4."""

    ion = "K"
    g_max = 32 * DENSITY
    E = _E_K
    temperature = CELSIUS
    n = Gate(4, alpha=rate(linoid, 0.1, -26, 10), beta=rate(exponential, 0.125, -36, -80), q10=3)
    source = rates_of(6.3)


class KA_So2007(Channel):  # noqa: N801
    """Transient potassium current (A), a^3 b."""

    ion = "K"
    g_max = 8 * DENSITY
    E = _E_K
    temperature = CELSIUS
    a = Gate(
        3,
        steady_state=curve(-38, 17),
        time_constant=one_over(
            rate(sigmoid, 0.8147, -9.17203, 23.32708),
            rate(exponential, 0.1655, -18.27914, -19.47175),
        ),
        q10=3,
    )
    b = Gate(
        1,
        steady_state=curve(-78.8, -8.4),
        time_constant=one_over(
            rate(sigmoid, 0.0368, -111.33209, -12.8433), rate(sigmoid, 0.0345, -49.9537, 8.90123)
        ),
        q10=3,
    )
    source = rates_of(
        25.5, "Open Source Brain's NeuroML has -49.953 mV where the mechanism has -49.9537 mV."
    )


class Kslow_So2007(Channel):  # noqa: N801
    """Slow potassium current (M-like), n."""

    ion = "K"
    g_max = 1 * DENSITY
    E = _E_K
    temperature = CELSIUS
    n = Gate(
        1,
        steady_state=curve(-35, 6),
        time_constant=one_over(
            rate(exponential, 0.0033, -30, 40), rate(exponential, 0.0033, -30, -20)
        ),
        q10=3,
    )
    source = rates_of(22.0)


_FALL = exponential(1.0, 0 * u.mV, -11.765 * u.mV)


class BK_So2007(Channel):  # noqa: N801
    """Fast potassium current that calcium and depolarisation open (BK), c."""

    ion = "K"
    g_max = 3 * DENSITY
    E = _E_K
    temperature = CELSIUS
    c = Gate(
        1,
        alpha=lambda V, Ca: 7 / u.ms / (1 + 1.5e-3 * u.mM * _FALL(V) / Ca),
        beta=lambda V, Ca: 1 / u.ms / (1 + Ca / (0.15e-3 * u.mM * _FALL(V))),
        q10=3,
    )
    source = rates_of(
        30.0,
        "The authors' mechanism tabulates its rates over the voltage alone, at one concentration "
        "of calcium. Here the rates follow the present concentration, as in the corrected "
        "mechanism of VervaekeEtAl-GolgiCellNetwork.",
    )


def _at_a_third(binding: Any) -> Any:
    """Return a rate for a third of the calcium; constant rates are returned as they are."""
    return (lambda V, Ca: binding(V, Ca / 3)) if callable(binding) else binding


_SCHEME = hirschberg_1998.SK_Hi1998.s


class SK_So2007(hirschberg_1998.SK_Hi1998):  # noqa: N801
    """Calcium-activated potassium current (SK2), 6 states, at a third of the calcium."""

    s = Markov(
        _SCHEME.states,
        {key: _at_a_third(value) for key, value in _SCHEME.rates.items()},
        _SCHEME.open,
        q10=_SCHEME.q10,
    )
    source = rates_of(
        CELSIUS,
        "The scheme of Hirschberg et al. 1998 (SK_Hi1998). Calcium is that of the shell below the "
        "membrane, of which a third reaches the channel.",
    )
