"""Minimal cortical and thalamic cells (RS, FS, IB, LTS): Pospischil et al. 2008.

Conductances, V_T and tau_max differ from cell to cell; the defaults are those of the
regular-spiking cell of figure 2B, and of the bursting cells for the calcium currents. Some values
are not arguments of a class, and are changed like this:

- V_T, which shifts the curves of the spike currents:
  ``Na_Po2008(size, V_shift=V_T - Na_Po2008.V_T)``.
- tau_max of the M current: declare its gate again,
  ``class M(M_Po2008): p = slow_activation(1000 * u.ms)``.
- V_x of the T current: ``T_Po2008(size, V_shift=T_Po2008.V_x - V_x)``.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._channel import Channel
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._rates import exponential, linoid, sigmoid
from gapjunction.ion_channels._source import Source
from gapjunction.ion_channels.catalogue.traub_miles_1991 import potassium_n, sodium_h, sodium_m

_SOURCE = Source(
    citation=(
        "Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Frégnac Y, Markram H, "
        "Destexhe A (2008) Minimal Hodgkin-Huxley type models for different classes of cortical "
        "and thalamic neurons. Biol Cybern 99:427-441."
    ),
    doi="10.1007/s00422-008-0263-8",
    species="ferret, guinea pig, cat, rat",
    preparation="models of cortical cells, fitted to intracellular recordings",
    temperature=36.0,
    check=(
        "equations of the authors' ModelDB entry 123623 in NumPy, -120 to 60 mV; M and L also by "
        "clamp currents of NEURON 9"
    ),
    note="ModelDB 123623 has E_K = -100 mV where the paper has -90 mV.",
)
_DENSITY = u.mS / u.cm**2
_V_T = -56.2 * u.mV
_V_X = 2 * u.mV


def _noted(note: str, **changes: Any) -> Source:
    return dataclasses.replace(_SOURCE, note=note, **changes)


def slow_activation(tau_max: QuantityLike) -> Gate:
    """Return the gate of the M current, for a ``tau_max``.

    Parameters
    ----------
    tau_max : Quantity
        Scale of the time constant, which is ``tau_max / 4.3`` at -35 mV and at most
        ``tau_max / 3.63``.

    Returns
    -------
    Gate
        Of power 1.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels.catalogue.pospischil_2008 import M_Po2008, slow_activation
    >>> class M(M_Po2008):
    ...     p = slow_activation(4000 * u.ms)
    >>> tau = M(1).time_constant([-35.] * u.mV)['p']
    >>> round(float(tau[0] / u.second), 2)
    0.93
    """
    rising = exponential(3.3, -35 * u.mV, 20 * u.mV)
    falling = exponential(1.0, -35 * u.mV, -20 * u.mV)
    return Gate(
        1,
        steady_state=sigmoid(1.0, -35 * u.mV, 10 * u.mV),
        time_constant=lambda V: tau_max / (rising(V) + falling(V)),
        q10=2.3,
    )


class Na_Po2008(Channel):  # noqa: N801
    """Transient sodium current, m^3 h, at V_T = -56.2 mV."""

    ion = "Na"
    g_max = 56 * _DENSITY
    E = 50 * u.mV
    V_T: ClassVar[QuantityLike] = _V_T
    m = sodium_m(_V_T)
    h = sodium_h(_V_T)
    source = _SOURCE


class Kd_Po2008(Channel):  # noqa: N801
    """Delayed rectifier, n^4, at V_T = -56.2 mV."""

    ion = "K"
    g_max = 6 * _DENSITY
    E = -90 * u.mV
    V_T: ClassVar[QuantityLike] = _V_T
    n = potassium_n(_V_T)
    source = _SOURCE


class M_Po2008(Channel):  # noqa: N801
    """Slow potassium current of spike-frequency adaptation, p, with tau_max = 608 ms."""

    ion = "K"
    g_max = 0.075 * _DENSITY
    E = -90 * u.mV
    p = slow_activation(608 * u.ms)
    source = _noted(
        "ModelDB 123623 has E_K = -100 mV where the paper has -90 mV. The Q10 is that of ModelDB. "
        "tau_max is between 0.5 and 4 s, depending on the cell: see slow_activation. The paper "
        "takes the form from Yamada et al. 1989, whose time constant is another one (M_Ya1989)."
    )


class L_Po2008(Channel):  # noqa: N801
    """High-threshold calcium current of bursts, q^2 r."""

    ion = "Ca"
    g_max = 0.1 * _DENSITY
    E = 120 * u.mV
    q = Gate(
        2,
        alpha=linoid(0.055 * 3.8 / u.ms, -27 * u.mV, 3.8 * u.mV),
        beta=exponential(0.94 / u.ms, -75 * u.mV, -17 * u.mV),
    )
    r = Gate(
        1,
        alpha=exponential(0.000457 / u.ms, -13 * u.mV, -50 * u.mV),
        beta=sigmoid(0.0065 / u.ms, -15 * u.mV, 28 * u.mV),
    )
    source = _noted(
        "Kinetics of Reuveni et al. 1993 (doi 10.1523/JNEUROSCI.13-11-04609.1993), measured at "
        "room temperature and used at 36 degC unchanged. As g_max rises from 0.1 to 0.22 mS/cm2, "
        "the cell goes from regular spiking to repetitive bursts.",
        check=f"{_SOURCE.check}; braincell's CaHT_Re1993",
    )


def _u_tau(V: u.Quantity) -> u.Quantity:
    peak = 211.4 + exponential(1.0, -113.2 * u.mV - _V_X, 5 * u.mV)(V)
    return (30.8 + peak * sigmoid(1.0, -84 * u.mV - _V_X, -3.2 * u.mV)(V)) * u.ms


class T_Po2008(Channel):  # noqa: N801
    """Low-threshold calcium current, s^2 u, s following the voltage at once."""

    ion = "Ca"
    g_max = 0.4 * _DENSITY
    E = 120 * u.mV
    temperature = 36.0
    V_x: ClassVar[QuantityLike] = _V_X
    s = Gate(2, steady_state=sigmoid(1.0, -57 * u.mV - _V_X, 6.2 * u.mV))
    u = Gate(
        1,
        steady_state=sigmoid(1.0, -81 * u.mV - _V_X, -4 * u.mV),
        time_constant=_u_tau,
        q10=3,
    )
    source = _noted(
        "At V_x = 2 mV. Time constants at 24 degC, of Huguenard & McCormick 1992 as refitted by "
        "Destexhe et al. 1996. The paper divides by 3.7 where ModelDB 123623 has 3^1.2 = 3.74. "
        "The 30.8 ms are not part of the numerator, as in ModelDB; ports of the printed equation "
        "have them there, which makes u much too fast. E is that of the paper; ModelDB has the "
        "Nernst potential of a calcium pool.",
        temperature=24.0,
    )


class Leak_Po2008(Channel):  # noqa: N801
    """Leak."""

    g_max = 0.0205 * _DENSITY
    E = -70.3 * u.mV
    source = _noted("E is between -85 and -50 mV, depending on the cell.")
