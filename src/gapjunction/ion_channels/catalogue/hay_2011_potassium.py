"""Neocortical layer 5b pyramidal cell, outward currents: Hay et al. 2011.

Inward currents are in ``hay_2011``.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, sigmoid
from gapjunction.ion_channels.catalogue.hay_2011 import AT_34, DENSITY, measured

_E_K = -85 * u.mV
_KORNGREEN = (
    "layer 5 pyramidal cells, young rat (Korngreen & Sakmann 2000, J Physiol 525:621, doi "
    "10.1111/j.1469-7793.2000.00621.x)"
)
_JUNCTION = "Moved down by 10 mV for the junction potential."


def _gaussian(V: u.Quantity, centre: QuantityLike, width: QuantityLike) -> jax.Array:
    return jnp.exp(-(jnp.asarray((V - centre) / width) ** 2))


_RISE = exponential(175.03 * u.ms, -10 * u.mV, u.mV / 0.026)
_FALL = exponential(13 * u.ms, -10 * u.mV, u.mV / -0.026)


def _persistent_tau_m(V: u.Quantity) -> u.Quantity:
    # The paper has one branch below -60 mV and the other above. They meet at -60 mV, and on either
    # side the paper's branch is the smaller one.
    return 1.25 * u.ms + u.math.minimum(_RISE(V), _FALL(V))


def _persistent_tau_h(V: u.Quantity) -> u.Quantity:
    slope = 1010 * u.ms + 24 * u.ms / u.mV * (V + 65 * u.mV)
    return 360 * u.ms + slope * _gaussian(V, -85 * u.mV, 48 * u.mV)


class K_P_Ha2011(Channel):  # noqa: N801
    """Persistent, slowly inactivating potassium current K_Pst, m^2 h."""

    ion = "K"
    g_max = 2.23 * DENSITY
    E = _E_K
    temperature = 34.0
    m = Gate(
        2,
        steady_state=sigmoid(1.0, -11 * u.mV, 12 * u.mV),
        time_constant=_persistent_tau_m,
        q10=2.3,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -64 * u.mV, -11 * u.mV),
        time_constant=_persistent_tau_h,
        q10=2.3,
    )
    source = measured(_KORNGREEN, _JUNCTION)


class K_T_Ha2011(Channel):  # noqa: N801
    """Transient potassium current K_Tst, m^4 h."""

    ion = "K"
    g_max = 81.2 * DENSITY
    E = _E_K
    temperature = 34.0
    m = Gate(
        4,
        steady_state=sigmoid(1.0, -10 * u.mV, 19 * u.mV),
        time_constant=lambda V: (0.34 + 0.92 * _gaussian(V, -81 * u.mV, 59 * u.mV)) * u.ms,
        q10=2.3,
    )
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -76 * u.mV, -10 * u.mV),
        time_constant=lambda V: (8 + 49 * _gaussian(V, -83 * u.mV, 23 * u.mV)) * u.ms,
        q10=2.3,
    )
    source = measured(_KORNGREEN, _JUNCTION)


class SKv3_1_Ha2011(Channel):  # noqa: N801
    """Fast, non-inactivating potassium current of Kv3.1 channels, m."""

    ion = "K"
    g_max = 693 * DENSITY
    E = _E_K
    m = Gate(
        1,
        steady_state=sigmoid(1.0, 18.7 * u.mV, 9.7 * u.mV),
        time_constant=sigmoid(4 * u.ms, -46.56 * u.mV, 44.14 * u.mV),
    )
    source = measured(
        "channels of rat brain in Xenopus oocytes (Rettig et al. 1992, EMBO J 11:2473, doi "
        "10.1002/j.1460-2075.1992.tb05312.x)",
        AT_34,
        temperature=34.0,
    )


def _calcium_bound(V: u.Quantity, Ca: u.Quantity) -> jax.Array:
    # Hill's equation with coefficient 4.8. The lower limit of calcium is that of the model file.
    ratio = u.math.maximum(Ca, 1e-7 * u.mM) / (0.43 * u.uM)
    return jax.nn.sigmoid(4.8 * jnp.log(jnp.asarray(ratio)))


class SK_Ha2011(Channel):  # noqa: N801
    """Small-conductance, calcium-activated potassium current SK_E2, z."""

    ion = "K"
    g_max = 44.1 * DENSITY
    E = _E_K
    z = Gate(1, steady_state=_calcium_bound, time_constant=1 * u.ms)
    source = measured(
        "channels of mammalian brain in Xenopus oocytes (Köhler et al. 1996, Science 273:1709, "
        "doi 10.1126/science.273.5282.1709)",
        "Does not depend on voltage. " + AT_34,
        temperature=34.0,
    )


class Im_Ha2011(Channel):  # noqa: N801
    """Muscarine-sensitive potassium current (M-current), m."""

    ion = "K"
    g_max = 0.0675 * DENSITY
    E = _E_K
    temperature = 34.0
    m = Gate(
        1,
        alpha=exponential(0.0033 / u.ms, -35 * u.mV, 10 * u.mV),
        beta=exponential(0.0033 / u.ms, -35 * u.mV, -10 * u.mV),
        q10=2.3,
    )
    source = measured(
        "sympathetic neurons of the bullfrog (Adams, Brown & Constanti 1982, J Physiol 330:537, "
        "doi 10.1113/jphysiol.1982.sp014357)",
        "g_max is of the apical dendrite; the model's soma has none.",
    )
