"""The fast-spiking interneuron of Mancilla et al. 2007."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, final

import saiunit as u

from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels.catalogue.mancilla_2007 import (
    Kv1_Ma2007,
    Kv3_Ma2007,
    Leak_Ma2007,
    Na_Ma2007,
)
from gapjunction.neurons._published import PublishedNeuron, area_of
from gapjunction.neurons._solvers import StepFunction

V_REST = -69.60401191631222 * u.mV
"""Where the cell rests without input."""


@final
class Mancilla2007(PublishedNeuron):
    r"""Fast-spiking interneuron of neocortex, from recordings of electrically coupled pairs.

    Sodium, two potassium currents of low and of high threshold, and leak; 1 uF/cm\ :sup:`2`. It is
    the same cell as NEST's ``hh_psc_alpha_gap``. It rests at -69.6 mV.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. In a spike the sodium gate is faster than 300/ms:
        explicit methods need a ``dt`` below 0.009 ms.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, None or 'published', default 'published'
        Input is absolute (nA), into the area of a cell of 40 pF as NEST has it
        (4000 um\ :sup:`2`) or another; with None it is per area.
    V_initializer : Quantity or callable, default -69.604 mV
        Voltage to start from; the default is rest.

    Raises
    ------
    ValueError
        If ``area`` is another string.

    References
    ----------
    Mancilla JG, Lewis TJ, Pinto DJ, Rinzel J, Connors BW (2007) J Neurosci 27:2058-2073,
    https://doi.org/10.1523/JNEUROSCI.2715-06.2007

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> pair = gj.neurons.Mancilla2007(2)
    >>> gap = gj.SymmetryGapJunction(pair, 'V', ([0], [1]), 0.5 * u.nS)
    >>> _ = pair.init_state()
    >>> with brainstate.environ.context(dt=0.02 * u.ms, t=0 * u.ms):
    ...     _ = gap(), pair([200., 0.] * u.pA)
    >>> list(pair.channels)
    ['na', 'kv1', 'kv3', 'leak']
    """

    source = dataclasses.replace(
        Na_Ma2007.source,
        check=(
            "voltages, gates and spike times of NEST 3.10's hh_psc_alpha_gap, alone and in pairs; "
            "SciPy's DOP853 for the equations written out"
        ),
    )

    def __init__(
        self,
        in_size: Size,
        *,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | str | None = "published",
        V_initializer: QuantityLike | Callable[..., Any] = V_REST,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        channels = {
            "na": Na_Ma2007(in_size),
            "kv1": Kv1_Ma2007(in_size),
            "kv3": Kv3_Ma2007(in_size),
            "leak": Leak_Ma2007(in_size),
        }
        super().__init__(
            in_size,
            1 * u.uF / u.cm**2,
            channels,
            solver=solver,
            area=area_of(area, 4000 * u.um**2),
            V_initializer=V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )
