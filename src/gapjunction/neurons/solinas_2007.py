"""The Golgi cell of Solinas et al. 2007, in one compartment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, final

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._params import value_of
from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels import DecayPool, IonChannel
from gapjunction.ion_channels._heun import Heun
from gapjunction.ion_channels._parameter import check_positive
from gapjunction.ion_channels.catalogue.solinas_2007 import (
    SOLINAS,
    CaHVA_So2007,
    CaLVA_So2007,
    HCN1_So2007,
    HCN2_So2007,
    Leak_So2007,
    NaP_So2007,
    NaR_So2007,
    NaT_So2007,
)
from gapjunction.ion_channels.catalogue.solinas_2007_potassium import (
    BK_So2007,
    KA_So2007,
    Kslow_So2007,
    KV_So2007,
    SK_So2007,
)
from gapjunction.neurons._published import PublishedNeuron, area_of
from gapjunction.neurons._solvers import StepFunction

_DENSITY = u.mS / u.cm**2
# The area of a sphere with a diameter of 27 um, or of a cylinder of this length and diameter.
_SOMA = 2290.2 * u.um**2
# The soma with three dendrites of 113 um by 3 um and an axon of 1200 um by 2.4 um: 145 pF.
_MEMBRANE = 14533 * u.um**2


class LocalLVA(CaLVA_So2007):
    """The low-threshold calcium current, whose calcium stays out of the other channels' shell."""

    ion = "nonspecific"


class QuickSK(SK_So2007):
    """The SK current, which steps by Heun's method.

    Its rates stay below 2 / ms, so that it needs no shorter steps than the sodium currents do.
    """

    s = Heun.of(SK_So2007.s)


_SOMATIC = {
    "NaT": NaT_So2007,
    "NaR": NaR_So2007,
    "NaP": NaP_So2007,
    "KV": KV_So2007,
    "KA": KA_So2007,
    "Kslow": Kslow_So2007,
    "BK": BK_So2007,
    "SK": QuickSK,
    "CaHVA": CaHVA_So2007,
    "CaLVA": LocalLVA,
}
_WITHOUT_Q10 = {"HCN1": HCN1_So2007, "HCN2": HCN2_So2007}


@final
class Solinas2007(PublishedNeuron):
    r"""Golgi cell of the cerebellum, which paces itself, in one compartment.

    Three sodium currents, five potassium currents, two calcium currents, two HCN currents and
    leak, with calcium in a shell of 0.2 um below the soma; 1 uF/cm\ :sup:`2`. The paper's cell has
    them in the soma, with a leak in dendrites and axon, too. Here soma, dendrites and axon are one
    membrane, in which the conductances of the soma are diluted.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    membrane : Quantity, default 14533 um\ :sup:`2`
        Area of the whole cell, into which the 2290 um\ :sup:`2` of the soma are diluted. The
        default is that of the paper (145 pF); the reconstructed cell of Vervaeke et al. (2010)
        Neuron 67:435-451 has 10916.3 um\ :sup:`2`.
    further_leak : Quantity, default 0 mS/cm\ :sup:`2`
        Further leak of the soma: one value, or one for each cell, which makes a network of these
        cells heterogeneous.
    temperature : float, default 23.0
        In degrees Celsius. The HCN currents have no temperature factor.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`.
    V_th : Quantity, default -20 mV
        A spike is a crossing of this from below.
    spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, None or 'published', default 'published'
        Input is absolute (nA), into ``membrane`` or another area; with None it is per area.
    V_initializer : Quantity or callable, default -60 mV
        Voltage to start from.

    Raises
    ------
    ValueError
        If ``area`` is another string, ``membrane`` is smaller than the soma, or ``further_leak`` is
        negative.
    saiunit.UnitMismatchError
        If ``membrane`` or ``further_leak`` has the wrong unit.

    References
    ----------
    Solinas S, Forti L, Cesana E, Mapelli J, De Schutter E, D'Angelo E (2007) Front Cell Neurosci
    1:2, https://doi.org/10.3389/neuro.03.002.2007; numbers of ModelDB 112685.

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = gj.neurons.Solinas2007(2, further_leak=[0.0, 0.2] * u.mS / u.cm**2)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', ([0], [1]), 1 * u.nS)
    >>> _ = cells.init_state()
    >>> with brainstate.environ.context(dt=0.05 * u.ms, t=0 * u.ms):
    ...     _ = gap(), cells()
    >>> sorted(cells.concentrations())
    ['Ca', 'Ca_out', 'E_Ca']
    """

    source = dataclasses.replace(
        SOLINAS,
        check="interval between spikes, beside those of the cell with its morphology",
        note=(
            "One compartment in place of soma, dendrites and axon. The reversal potential of the "
            "low-threshold calcium current is fixed at 130 mV, for a calcium pool of its own."
        ),
    )

    def __init__(
        self,
        in_size: Size,
        *,
        membrane: u.Quantity = _MEMBRANE,
        further_leak: QuantityLike = 0 * _DENSITY,
        temperature: float = 23.0,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | str | None = "published",
        V_initializer: QuantityLike | Callable[..., Any] = -60 * u.mV,
        V_th: QuantityLike = -20 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        share = _share(membrane)
        check_unit("further_leak", further_leak, _DENSITY, "a conductance per area")
        check_positive("further_leak", further_leak, zero=True)
        leak = 0.021 + share * u.Quantity(further_leak).to_decimal(_DENSITY)
        channels: dict[str, IonChannel] = {
            key: cls(in_size, g_max=share * value_of(cls.g_max), temperature=temperature)
            for key, cls in _SOMATIC.items()
        }
        channels |= {
            key: cls(in_size, g_max=share * value_of(cls.g_max))
            for key, cls in _WITHOUT_Q10.items()
        }
        channels["leak"] = Leak_So2007(in_size, g_max=leak * _DENSITY)
        calcium = DecayPool(
            in_size,
            "Ca",
            # The shell is below the soma, whose membrane all of the calcium current crosses.
            gain=1 / (2 * 96485 * u.coulomb / u.mole * 0.2 * u.um) / share,
            tau=1 / 1.3 * u.ms,
            rest=5e-5 * u.mM,
            outside=2 * u.mM,
            temperature=temperature,
        )
        super().__init__(
            in_size,
            1 * u.uF / u.cm**2,
            channels,
            pools=[calcium],
            solver=solver,
            area=area_of(area, membrane),
            V_initializer=V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )


def _share(membrane: u.Quantity) -> float:
    """Return the fraction of the membrane that is soma."""
    check_unit("membrane", membrane, u.um**2, "an area")
    if u.math.size(membrane) != 1:
        raise ValueError(f"membrane must be one area for all cells, got {describe(membrane)}.")
    # NumPy is used because an operation of JAX would be traced within a transformed function.
    area = np.squeeze(np.asarray(membrane.to_decimal(u.um**2)))
    share = float(_SOMA.to_decimal(u.um**2) / area)
    if not 0 < share <= 1:
        raise ValueError(f"membrane must be at least the soma's {_SOMA}, got {membrane}.")
    return share
