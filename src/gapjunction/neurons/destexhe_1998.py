"""The thalamic relay cell of Destexhe, Neubig, Ulrich & Huguenard 1998."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from math import pi
from typing import Any, final

import saiunit as u

from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels import CaDynamics_E2, Channel, Source
from gapjunction.ion_channels.catalogue.huguenard_mccormick_1992 import T_HM1992
from gapjunction.ion_channels.catalogue.traub_miles_1991 import K_TM1991, Na_TM1991
from gapjunction.neurons._published import PublishedNeuron, area_of
from gapjunction.neurons._solvers import StepFunction

_SOURCE = Source(
    citation=(
        "Destexhe A, Neubig M, Ulrich D, Huguenard J (1998) Dendritic low-threshold calcium "
        "currents in thalamic relay cells. J Neurosci 18:3574-3588."
    ),
    doi="10.1523/JNEUROSCI.18-10-03574.1998",
    species="rat",
    preparation="model of relay cells of the ventrobasal thalamus, fitted to recordings in slices",
    temperature=34.0,
    check=(
        "rebound burst of the same equations written in C, without the library: rest to 0.02 mV, "
        "spikes to 0.5 ms"
    ),
    note=(
        "The single-compartment cell, with the numbers of the authors' ModelDB entry 279 "
        "(tc1_cc.oc). It has no h current."
    ),
)
_DENSITY = u.mS / u.cm**2
_V_T = -52 * u.mV
_SPIKING = 10 * _DENSITY


class T_De1998(T_HM1992):  # noqa: N801
    """Low-threshold calcium current with the temperature factors of this paper."""

    P_max = 8e-5 * u.cm / u.second
    temperature = 34.0
    m = dataclasses.replace(T_HM1992.m, q10=2.5)
    h = dataclasses.replace(T_HM1992.h, q10=2.5)
    source = dataclasses.replace(
        _SOURCE,
        temperature=24.0,
        note="Curves of Huguenard & McCormick 1992; Q10 of 2.5 from 24 degC for both gates.",
    )


@final
class Destexhe1998(PublishedNeuron):
    r"""Thalamic relay cell that fires a burst on rebound from hyperpolarisation.

    Sodium, delayed rectifier, leak, and the low-threshold calcium current by the constant-field
    equation with calcium in a shell of 0.1 um; 0.88 uF/cm\ :sup:`2`. Rests at -74.3 mV. Held at
    -62 mV by 0.1 nA, it fires five spikes at the end of 500 ms in which -0.2 nA are added.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, default 34.0
        In degrees Celsius.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. With ``'exp_euler'``, of first order, the
        burst has a spike too many at dt = 0.05 ms; with ``'staggered'`` it is right at 0.1 ms.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, None or 'published', default 'published'
        Membrane area that the input, an absolute current (nA), flows into; that of the published
        cell is 24058 um\ :sup:`2`. With None, input is per area.
    V_initializer : Quantity or callable, default -74 mV
        Voltage to start from; the default is near rest.

    Raises
    ------
    ValueError
        If ``area`` is a string other than ``'published'``.

    References
    ----------
    Destexhe A, Neubig M, Ulrich D, Huguenard J (1998) J Neurosci 18:3574-3588,
    https://doi.org/10.1523/JNEUROSCI.18-10-03574.1998; numbers of ModelDB 279.

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cell = gj.neurons.Destexhe1998(1)
    >>> _ = cell.init_state()
    >>> with brainstate.environ.context(dt=0.02 * u.ms):
    ...     spikes = cell(0.1 * u.nA)
    >>> sorted(cell.concentrations())
    ['Ca', 'Ca_out', 'E_Ca']
    """

    source = _SOURCE

    def __init__(
        self,
        in_size: Size,
        *,
        temperature: float = 34.0,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | str | None = "published",
        V_initializer: QuantityLike | Callable[..., Any] = -74 * u.mV,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        spiking = {"temperature": temperature, "V_shift": _V_T - Na_TM1991.V_T}
        channels = {
            "na": Na_TM1991(in_size, _SPIKING, **spiking),
            "k": K_TM1991(in_size, _SPIKING, -100 * u.mV, **spiking),
            # The paper writes this shift by surface charge as -1 mV, counting shifts to the left as
            # positive.
            "t": T_De1998(in_size, temperature=temperature, V_shift=1 * u.mV),
            "leak": Channel(in_size, 0.0379 * _DENSITY, -76.5 * u.mV),
        }
        pool = CaDynamics_E2(
            in_size,
            gamma=1.0,
            depth=0.1 * u.um,
            tau=5 * u.ms,
            rest=2.4e-4 * u.mM,
            outside=2 * u.mM,
            temperature=temperature,
        )
        super().__init__(
            in_size,
            0.88 * u.uF / u.cm**2,
            channels,
            pools=[pool],
            solver=solver,
            area=area_of(area, pi * 76.58 * 100 * u.um**2),
            V_initializer=V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )
