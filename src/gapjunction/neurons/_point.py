"""A point neuron made of channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import brainpy.state
import brainstate
import braintools
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_choice, check_unit, describe
from gapjunction.ion_channels import Channel

_DENSITY = u.uA / u.cm**2
SOLVERS = ("exp_euler", "staggered")


class PointNeuron(brainpy.state.Neuron):
    r""":math:`C\,dV/dt = I_{inputs} - \sum_k I_k`, with any set of channels.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    C : Quantity
        Capacitance, per area (uF/cm\ :sup:`2`) or absolute (pF): as the channels' conductances.
    channels : dict of str to Channel
        By the name under which :meth:`currents` shows them.
    solver : {'exp_euler', 'staggered'}
        ``'exp_euler'``: the part of the step that is linear in V, exactly; gates at V of the
        step's start; first order. ``'staggered'``: Crank-Nicolson for V with gates at half
        steps; second order, with inputs taken at the step's start.
    area : Quantity, optional
        Membrane area. With it, a neuron per area takes its inputs absolute.
    V_initializer : Quantity or callable, default -65 mV
        Voltage to start from. Gates start at their steady state for it.
    V_th : Quantity, default 0 mV
        A spike is a crossing of this from below.
    spk_fun : callable
        Surrogate gradient of the spike.
    name : str, optional
        Name of this Module.

    Raises
    ------
    saiunit.UnitMismatchError
        If capacitance, conductances and area do not go together.
    TypeError
        If ``channels`` is no mapping of names to channels.
    ValueError
        If a channel has another size, or the solver is unknown.

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> from gapjunction.ion_channels import K_HH1952, L_HH1952, Na_HH1952
    >>> squid = gj.PointNeuron(3, 1 * u.uF / u.cm**2, {
    ...     'na': Na_HH1952(3), 'k': K_HH1952(3), 'leak': L_HH1952(3)})
    >>> squid.init_state()
    >>> with brainstate.environ.context(dt=0.01 * u.ms):
    ...     spikes = squid(10 * u.uA / u.cm**2)
    >>> sorted(squid.currents())
    ['k', 'leak', 'na']
    """

    __module__ = "gapjunction"

    def __init__(
        self,
        in_size: Any,
        C: u.Quantity,
        channels: Mapping[str, Channel],
        solver: str = "exp_euler",
        area: u.Quantity | None = None,
        V_initializer: Any = -65 * u.mV,
        V_th: u.Quantity = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        spk_fun = braintools.surrogate.ReluGrad() if spk_fun is None else spk_fun
        super().__init__(in_size, name=name, spk_fun=spk_fun)
        self.solver = check_choice("solver", solver, SOLVERS)
        check_unit("V_th", V_th, u.mV, "a voltage")
        if not isinstance(channels, Mapping):
            raise TypeError(f"channels must map names to channels, got {describe(channels)}.")
        per_area = _is_per_area("C", C, u.farad)
        for key, channel in channels.items():
            if not isinstance(channel, Channel):
                raise TypeError(f"channels[{key!r}] must be a Channel, got {describe(channel)}.")
            if tuple(channel.in_size) not in (self.varshape, (1,)):
                raise ValueError(
                    f"channels[{key!r}] must have the neuron's size {self.varshape}, got "
                    f"{tuple(channel.in_size)}."
                )
            if _is_per_area(f"g_max of channels[{key!r}]", channel.g_max, u.siemens) != per_area:
                what = "per area" if per_area else "absolute"
                raise u.UnitMismatchError(
                    f"g_max of channels[{key!r}] must be {what}, as C is; got "
                    f"{describe(channel.g_max)}.",
                    u.get_unit(channel.g_max),
                    u.get_unit(C),
                )
        if area is not None:
            check_unit("area", area, u.cm**2, "an area")
            if not per_area:
                raise u.UnitMismatchError(
                    f"area must be left out where C is absolute, got {describe(area)}.",
                    u.get_unit(area),
                    u.get_unit(C),
                )
        self.C = braintools.init.param(C, self.varshape)
        self.area = area
        self.V_th = V_th
        self.V_initializer = V_initializer
        self.channels = dict(channels)
        self.input_unit = u.uA if area is not None or not per_area else _DENSITY

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Make V, and the gates at their steady state for it."""
        self.V = brainstate.HiddenState(self._start(batch_size))
        for channel in self.channels.values():
            channel.init_state(self.V.value)

    def reset_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Put V and the gates back to their start."""
        self.V.value = self._start(batch_size)
        for channel in self.channels.values():
            channel.reset_state(self.V.value)

    def currents(self) -> dict[str, Any]:
        """Return the outward current of each channel now, by name."""
        V = self.V.value
        return {name: channel.current(V) for name, channel in self.channels.items()}

    def get_spike(self, V: Any = None) -> Any:
        """Return the surrogate of V being above threshold."""
        V = self.V.value if V is None else V
        return self.spk_fun((V - self.V_th) / (20 * u.mV))

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the input ``x`` and return the spikes.

        Parameters
        ----------
        x : Quantity, optional
            Current into the cells: absolute, or per area for a neuron per area without ``area``.

        Returns
        -------
        array
            1 where V crosses ``V_th`` from below in this step, through ``spk_fun``.
        """
        last_V = self.V.value
        x = 0.0 * self.input_unit if x is None else x
        inputs = self.sum_current_inputs(x, last_V)
        if self.solver == "staggered":
            # Gates first, from half a step before to half a step after.
            for channel in self.channels.values():
                channel.update(last_V)
        conductance, battery = self._affine(last_V)
        drive = battery + (inputs if self.area is None else inputs / self.area)
        if self.solver == "staggered":
            V = self._crank_nicolson(last_V, conductance, drive)
        else:
            V = brainstate.nn.exp_euler_step(lambda v: (drive - conductance * v) / self.C, last_V)
            for channel in self.channels.values():
                channel.update(last_V)
        V = self.sum_delta_inputs(V)
        self.V.value = V
        return self.get_spike(V) * (1.0 - self.get_spike(last_V))

    def _start(self, batch_size: int | None) -> Any:
        start = self.V_initializer
        if isinstance(start, u.Quantity):
            start = start * jnp.ones(self.varshape, brainstate.environ.dftype())
        return braintools.init.param(start, self.varshape, batch_size)

    def _affine(self, V: Any) -> tuple[Any, Any]:
        """Return the total conductance and battery current of all channels."""
        conductance, battery = 0.0, 0.0
        for channel in self.channels.values():
            own = channel.affine(V)
            conductance, battery = conductance + own.conductance, battery + own.battery
        return conductance, battery

    def _crank_nicolson(self, V: Any, conductance: Any, drive: Any) -> Any:
        half = brainstate.environ.get_dt() / 2 / self.C
        middle = (V + half * drive) / (1 + half * conductance)
        return 2 * middle - V


def _is_per_area(name: str, value: Any, absolute: u.Unit) -> bool:
    dim = u.get_unit(value).dim
    if dim == absolute.dim:
        return False
    if dim == (absolute / u.cm**2).dim:
        return True
    raise u.UnitMismatchError(
        f"{name} must be in a unit such as {absolute} or {absolute}/cm2, got {describe(value)}.",
        u.get_unit(value),
        absolute,
    )
