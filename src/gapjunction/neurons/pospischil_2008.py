"""The cortical cells of Pospischil et al. 2008."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from math import pi
from typing import Any, ClassVar, NamedTuple, final

import saiunit as u

from gapjunction._checks import check_choice
from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels import CaDynamics_E2, FixedPool, IonChannel, IonPool
from gapjunction.ion_channels.catalogue.pospischil_2008 import (
    Kd_Po2008,
    L_Po2008,
    Leak_Po2008,
    M_Po2008,
    Na_Po2008,
    T_Po2008,
    slow_activation,
)
from gapjunction.neurons._published import PublishedNeuron, area_of
from gapjunction.neurons._solvers import StepFunction

_DENSITY = u.mS / u.cm**2
_V_T = -55 * u.mV
_E_K = -100 * u.mV
_CA_REST, _CA_OUT = 2.4e-4 * u.mM, 2 * u.mM


class SlowM(M_Po2008):
    """M current with tau_max = 1000 ms."""

    p = slow_activation(1000 * u.ms)


class _Cell(NamedTuple):
    """Length and diameter in um, conductances in mS/cm2, voltages in mV."""

    diameter: float
    na: float
    kd: float
    m: float
    leak: float
    E_leak: float
    start: float
    l_type: float = 0.0
    t_type: float = 0.0


_CELLS = {
    "RS": _Cell(96, 50, 5, 0.07, 0.1, -70, -70),
    "FS": _Cell(67, 50, 10, 0.0, 0.15, -70, -70),
    "IB": _Cell(96, 50, 5, 0.03, 0.01, -85, -84, l_type=0.17),
    "IBR": _Cell(96, 50, 5, 0.03, 0.01, -85, -84, l_type=0.22),
    "LTS": _Cell(96, 50, 5, 0.03, 0.01, -85, -84, t_type=0.4),
}


@final
class Pospischil2008(PublishedNeuron):
    r"""The classes of cortical cells, each with the fewest currents that it needs.

    All have sodium, delayed rectifier and leak, and 1 uF/cm\ :sup:`2`; all but FS have the M
    current.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    kind : {'RS', 'FS', 'IB', 'IBR', 'LTS'}
        Regular spiking, with adaptation; fast spiking, without; intrinsically bursting, by an
        L-type calcium current, once or (IBR) repetitively; low-threshold spiking, by a T-type
        calcium current and a calcium pool.
    temperature : float, default 36.0
        In degrees Celsius.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. At dt = 0.01 ms spikes are within 0.6 ms of those
        of the authors' programs; with ``'exp_euler'``, of first order, they are late by 4 to 16 ms
        and some are missing.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, None or 'published', default 'published'
        Membrane area that the input, an absolute current (nA), flows into; that of the published
        cell is that of a cylinder 96 um long and wide (FS: 67 um). With None, input is per area.
    V_initializer : Quantity or callable, optional
        Voltage to start from; by default that of the published runs, -70 mV for RS and FS, -84 mV
        for the others.

    Attributes
    ----------
    kinds : tuple of str
        The values that ``kind`` can have.

    Raises
    ------
    ValueError
        If ``kind`` or ``area`` is a string other than those above.

    References
    ----------
    Pospischil M et al. (2008) Biol Cybern 99:427-441, https://doi.org/10.1007/s00422-008-0263-8.
    The numbers are those of the authors' programs, ModelDB 123623; the fits to recordings that the
    paper shows differ from them, cell by cell.

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = gj.neurons.Pospischil2008(10, kind='LTS')
    >>> _ = cells.init_state()
    >>> with brainstate.environ.context(dt=0.02 * u.ms):
    ...     spikes = cells(0.15 * u.nA)
    >>> list(cells.channels)
    ['na', 'kd', 'leak', 'm', 't']
    """

    source = dataclasses.replace(
        Na_Po2008.source,
        check=(
            "spike times of the authors' demonstrations in NEURON, as Open Source Brain expects "
            "them, to 0.6 ms"
        ),
        note="V_T -55 mV, E_K -100 mV and tau_max 1 s throughout, as in ModelDB 123623.",
    )
    kinds: ClassVar[tuple[str, ...]] = tuple(_CELLS)

    def __init__(
        self,
        in_size: Size,
        kind: str = "RS",
        *,
        temperature: float = 36.0,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | str | None = "published",
        V_initializer: QuantityLike | Callable[..., Any] | None = None,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        cell = _CELLS[check_choice("kind", kind, _CELLS)]
        area = area_of(area, pi * (cell.diameter * u.um) ** 2)
        super().__init__(
            in_size,
            1 * u.uF / u.cm**2,
            _channels(cell, in_size, temperature),
            pools=_pools(cell, in_size, temperature),
            solver=solver,
            area=area,
            V_initializer=cell.start * u.mV if V_initializer is None else V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )
        self.kind = kind


def _channels(cell: _Cell, size: Size, temperature: float) -> dict[str, IonChannel]:
    shift = _V_T - Na_Po2008.V_T
    spiking = {"temperature": temperature, "V_shift": shift}
    channels: dict[str, IonChannel] = {
        "na": Na_Po2008(size, cell.na * _DENSITY, **spiking),
        "kd": Kd_Po2008(size, cell.kd * _DENSITY, _E_K, **spiking),
        "leak": Leak_Po2008(size, cell.leak * _DENSITY, cell.E_leak * u.mV),
    }
    if cell.m:
        channels["m"] = SlowM(size, cell.m * _DENSITY, _E_K, temperature)
    if cell.l_type:
        channels["l"] = L_Po2008(size, cell.l_type * _DENSITY, "Nernst", temperature)
    if cell.t_type:
        channels["t"] = T_Po2008(size, cell.t_type * _DENSITY, "Nernst", temperature)
    return channels


def _pools(cell: _Cell, size: Size, temperature: float) -> list[IonPool]:
    if cell.l_type:
        # In the published model the L current does not change the calcium concentrations.
        return [FixedPool(size, "Ca", _CA_REST, _CA_OUT, temperature=temperature)]
    if cell.t_type:
        pool = CaDynamics_E2(
            size,
            gamma=1.0,
            depth=1 * u.um,
            tau=5 * u.ms,
            rest=_CA_REST,
            outside=_CA_OUT,
            temperature=temperature,
        )
        return [pool]
    return []
