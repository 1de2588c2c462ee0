"""The squid giant axon of Hodgkin & Huxley 1952."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import saiunit as u

from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels.catalogue.hodgkin_huxley_1952 import (
    K_HH1952,
    L_HH1952,
    Na_HH1952,
)
from gapjunction.neurons._published import PublishedNeuron
from gapjunction.neurons._solvers import StepFunction


@final
class HH1952(PublishedNeuron):
    r"""The squid giant axon, space-clamped: sodium, potassium and leak, 1 uF/cm\ :sup:`2`.

    From about 6.3 uA/cm\ :sup:`2` it fires for as long as the current lasts; at 10 uA/cm\ :sup:`2`
    it fires 68 times a second.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, default 6.3
        In degrees Celsius. All rates have a Q10 of 3.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. With ``'exp_euler'``, of first order, it
        fires 0.5 % too slowly at dt = 0.01 ms; with ``'staggered'`` the rate is right at 0.05 ms.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, optional
        Without it, as in the paper, input is per area (uA/cm\ :sup:`2`); with it, absolute.
    V_initializer : Quantity or callable, default -65 mV
        Voltage to start from; the default is rest.

    References
    ----------
    Hodgkin AL, Huxley AF (1952) J Physiol 117:500-544,
    https://doi.org/10.1113/jphysiol.1952.sp004764

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> axon = gj.neurons.HH1952(2, temperature=18.5)
    >>> _ = axon.init_state()
    >>> with brainstate.environ.context(dt=0.01 * u.ms):
    ...     spikes = axon(10 * u.uA / u.cm**2)
    >>> sorted(axon.channels)
    ['k', 'leak', 'na']
    """

    source = Na_HH1952.source

    def __init__(
        self,
        in_size: Size,
        *,
        temperature: float = 6.3,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | None = None,
        V_initializer: QuantityLike | Callable[..., Any] = -65 * u.mV,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        channels = {
            "na": Na_HH1952(in_size, temperature=temperature),
            "k": K_HH1952(in_size, temperature=temperature),
            "leak": L_HH1952(in_size, temperature=temperature),
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
