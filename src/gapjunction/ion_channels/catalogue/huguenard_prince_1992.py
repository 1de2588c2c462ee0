"""Thalamic reticular cells: Huguenard & Prince 1992."""

from __future__ import annotations

from collections.abc import Callable

import saiunit as u

from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels._source import Source


def _per_sum(rise: exponential, fall: exponential) -> Callable[[u.Quantity], u.Quantity]:
    return lambda V: 1 * u.ms / (rise(V) + fall(V))


_M_BELL = _per_sum(
    exponential(1.0, -25 * u.mV, 10 * u.mV), exponential(1.0, -100 * u.mV, -15 * u.mV)
)
_H_BELL = _per_sum(
    exponential(1.0, -46 * u.mV, 4 * u.mV), exponential(1.0, -405 * u.mV, -50 * u.mV)
)


class T_HP1992(Channel):  # noqa: N801
    """Slow T-type calcium current of reticular neurons (Ts), m^2 h."""

    ion = "Ca"
    g_max = 1.75 * u.mS / u.cm**2
    E = "Nernst"
    m = Gate(
        2,
        steady_state=sigmoid(1.0, -50 * u.mV, 7.4 * u.mV),
        time_constant=lambda V: 3 * u.ms + _M_BELL(V),
        q10=5,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -78 * u.mV, -5 * u.mV),
        time_constant=lambda V: 85 * u.ms + _H_BELL(V),
        q10=3,
    )
    source = Source(
        citation=(
            "Huguenard JR, Prince DA (1992) A novel T-type current underlies prolonged "
            "Ca2+-dependent burst firing in GABAergic neurons of rat thalamic reticular nucleus. "
            "J Neurosci 12:3804-3817."
        ),
        doi="10.1523/JNEUROSCI.12-10-03804.1992",
        species="rat",
        preparation="acutely isolated neurons of the reticular nucleus, whole-cell clamp",
        temperature=24.0,
        check=(
            "equations of ModelDB 17663 (Destexhe et al. 1996) and braincell, -120 to 60 mV; the "
            "paper's text was not at hand"
        ),
        note=(
            "Time constants as fitted by J. Huguenard for Destexhe et al. 1994, J Neurophysiol "
            "72:803. The ohmic current, g_max, and the Q10 of 5 and 3 are theirs too; the same "
            "group later took 2.5 for both. For 2 mM calcium outside they move all curves by "
            "V_shift=-2 mV."
        ),
    )
