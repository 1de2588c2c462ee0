"""The fast-spiking interneuron of Wang & Buzsaki 1996."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import saiunit as u

from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels.catalogue.wang_buzsaki_1996 import K_WB1996, Leak_WB1996, Na_WB1996
from gapjunction.neurons._published import PublishedNeuron
from gapjunction.neurons._solvers import StepFunction


@final
class WangBuzsaki1996(PublishedNeuron):
    r"""Fast-spiking interneuron of the hippocampus, for gamma rhythms of networks.

    Sodium with instantaneous activation, delayed rectifier and leak, 1 uF/cm\ :sup:`2`. It fires
    from 0.17 uA/cm\ :sup:`2` on, starting at low rates; at 1 uA/cm\ :sup:`2` it fires at 60 Hz.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, default 37.0
        In degrees Celsius. The paper has a factor phi = 5 instead of a temperature; for another
        phi, pass ``27 + 10 * log(phi) / log(5)``.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. With ``'exp_euler'``, of first order, it
        fires 3 % too slowly at dt = 0.01 ms; with ``'staggered'`` the rate is right at 0.05 ms.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, optional
        Without it, as in the paper, input is per area (uA/cm\ :sup:`2`); with it, absolute.
    V_initializer : Quantity or callable, default -64 mV
        Voltage to start from; the default is near rest.

    References
    ----------
    Wang X-J, Buzsáki G (1996) J Neurosci 16:6402-6413,
    https://doi.org/10.1523/JNEUROSCI.16-20-06402.1996

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = gj.neurons.WangBuzsaki1996(3)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', gj.connectivity.ring(), 0.01 * u.mS / u.cm**2)
    >>> _ = cells.init_state()
    >>> with brainstate.environ.context(dt=0.02 * u.ms, t=0 * u.ms):
    ...     _ = gap(), cells([0.5, 1.0, 1.5] * u.uA / u.cm**2)
    """

    source = Na_WB1996.source

    def __init__(
        self,
        in_size: Size,
        *,
        temperature: float = 37.0,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | None = None,
        V_initializer: QuantityLike | Callable[..., Any] = -64 * u.mV,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        channels = {
            "na": Na_WB1996(in_size, temperature=temperature),
            "k": K_WB1996(in_size, temperature=temperature),
            "leak": Leak_WB1996(in_size, temperature=temperature),
        }
        super().__init__(
            in_size,
            1 * u.uF / u.cm**2,
            channels,
            solver=solver,
            area=area,
            V_initializer=V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )
