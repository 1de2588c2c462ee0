"""A point neuron made of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import brainpy.state
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import QuantityLike, Size
from gapjunction.coupling import CurrentPlug, Port, zero_where_held
from gapjunction.hosts import Host
from gapjunction.hosts import describe as describe_host
from gapjunction.ion_channels import IonChannel, IonPool
from gapjunction.ion_channels._assembly import (
    Assembly,
    check_channels,
    check_fit,
    check_pools,
    take_up,
)
from gapjunction.ion_channels._parameter import check_positive, check_size
from gapjunction.neurons._solvers import StepFunction, as_solver


class PointNeuron(brainpy.state.Neuron):
    r""":math:`C\,dV/dt = I_{inputs} - \sum_k I_k`, with any set of channels.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    C : Quantity
        Capacitance, per area (uF/cm\ :sup:`2`) or absolute (pF). The conductances of the channels
        must be of the same kind.
    channels : dict of str to IonChannel
        The channels, under the names that :meth:`currents` uses.
    solver : str or callable
        ``'exp_euler'``: exponential Euler, of first order: exact for the part of the equation that
        is linear in V; gates advance with the V of the step's start. ``'staggered'``:
        Crank-Nicolson for V with gates at half steps, of second order. ``'euler'``, ``'rk2'``,
        ``'midpoint'``, ``'heun'``, ``'ralston2'``, ``'rk3'``, ``'ssprk33'``, ``'rk4'``: explicit
        methods of ``braintools.quad``, which evaluate inputs that are callables at every stage. Or
        any function ``step(f, y, t)`` that returns a pytree ``y`` one ``dt`` later.
    area : Quantity, optional
        Membrane area, for a neuron whose C is per area. With it, inputs are absolute currents.
    pools : iterable of IonPool
        Concentrations that channels read and their currents change: one pool per ion, or several
        with different labels.
    V_initializer : Quantity or callable, default -65 mV
        Voltage to start from. Gates start at their steady state for it. With ``'staggered'``, gates
        are half a step ahead of V. If V is changed after :meth:`init_state`, they are not at steady
        state for it, and the first step is only of first order.
    V_th : Quantity, default 0 mV
        A spike is an upward crossing of this voltage.
    spk_fun : callable
        Surrogate gradient of the spike.
    name : str, optional
        Name of this Module.

    Raises
    ------
    saiunit.UnitMismatchError
        If conductances or pools are not of the same kind as ``C``, absolute or per area, or if
        there is an ``area`` although ``C`` is absolute.
    TypeError
        If ``channels`` is not a mapping of names to channels, or ``solver`` is neither a name nor a
        function.
    ValueError
        If a channel has another size, or reads what no pool offers, or the solver is unknown.

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
        in_size: Size,
        C: QuantityLike,
        channels: Mapping[str, IonChannel],
        solver: str | StepFunction = "exp_euler",
        area: QuantityLike | None = None,
        pools: Iterable[IonPool] = (),
        V_initializer: QuantityLike | Callable[..., Any] = -65 * u.mV,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        spk_fun = braintools.surrogate.ReluGrad() if spk_fun is None else spk_fun
        super().__init__(in_size, name=name, spk_fun=spk_fun)
        check_unit("V_th", V_th, u.mV, "a voltage")
        check_size("V_th", V_th, self.varshape)
        self.solver = as_solver(solver)
        self.states_answer = self.solver.states_answer
        per_area = _is_per_area(C)
        check_size("C", C, self.varshape)
        check_positive("C", C)
        self.channels = check_channels(channels)
        self.pools = check_pools(pools)
        check_fit(self.channels, self.pools, self.varshape, per_area, "as C is")
        if area is not None:
            check_unit("area", area, u.cm**2, "an area")
            check_size("area", area, self.varshape)
            check_positive("area", area)
            if not per_area:
                raise u.UnitMismatchError(
                    f"area must be left out where C is absolute, got {describe(area)}."
                )
        start = _check_start(V_initializer, self.varshape)
        take_up(self.channels, self.pools)
        self.C = braintools.init.param(C, self.varshape)
        self.area = area
        self.V_th = V_th
        self.V_initializer = start
        self.input_unit = u.uA / u.cm**2 if per_area and area is None else u.uA
        self._display_unit = u.uA / u.cm**2 if per_area else u.nA

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Create V, the pools' states at rest, and the gates' at their steady state for V."""
        self.V = brainstate.HiddenState(self._start(batch_size))
        self.membrane.init_states(self.V.value)

    def reset_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Put V, pools and gates back to their initial values."""
        self.V.value = self._start(batch_size)
        self.membrane.reset_states(self.V.value)

    def update(self, x: QuantityLike | None = None) -> jax.Array:
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
        last_V = self._voltage()
        x = 0.0 * self.input_unit if x is None else x
        if u.get_unit(x).dim != self.input_unit.dim:
            kind = type(self).__name__
            C_unit = f"C of {kind} is in {u.get_unit(self.C)}"
            reason = C_unit if self.area is None else f"{kind} has an area"
            raise u.UnitMismatchError(
                f"x must be in a unit such as {self.input_unit}, because "
                f"{reason}; got {describe(x)}."
            )
        self.V.value = self.sum_delta_inputs(self.solver.step(self, x))
        return self.get_spike() * (1.0 - self.get_spike(last_V))

    @property
    def membrane(self) -> Assembly:
        """Channels and pools, handled together."""
        return Assembly(self.channels, self.pools)

    def currents(self) -> dict[str, u.Quantity]:
        """Return the outward current of each channel now, by name, in uA/cm2 or nA.

        After a ``'staggered'`` step gates are half a step ahead of V.
        """
        found = self.membrane.currents(self._voltage(), self.concentrations())
        return {name: current.in_unit(self._display_unit) for name, current in found.items()}

    def gates(self) -> dict[str, dict[str, jax.Array]]:
        """Return the gating states of each channel now, by channel and gate."""
        self._voltage()
        return {
            name: {gate: state.value for gate, state in channel.gating_states().items()}
            for name, channel in self.channels.items()
        }

    def concentrations(self) -> dict[str, u.Quantity]:
        """Return all that the pools offer now: ``Ca``, ``Ca_out``, ``E_Ca``, ..."""
        return self.membrane.concentrations()

    def get_spike(self, V: QuantityLike | None = None) -> jax.Array:
        """Return whether V is above threshold, through the surrogate ``spk_fun``."""
        V = self.V.value if V is None else V
        return self.spk_fun((V - self.V_th) / (20 * u.mV))

    # The solvers use the methods below.

    def inputs(
        self, x: QuantityLike, V: QuantityLike, *, keep: bool = False, junctions: bool = True
    ) -> Any:
        """Return all current inputs at ``V``, in the unit of the membrane equation.

        Parameters
        ----------
        x : Quantity
            Input of this step.
        V : Quantity
            Voltage with which inputs that are callables are called.
        keep : bool
            Whether inputs that are arrays are kept for another evaluation in the same step;
            :meth:`drop_arrays` then removes them at its end.
        junctions : bool
            Whether to include the inputs of junctions; if not, ``keep`` must be True.
        """
        every = dict(self.current_inputs or {})
        if not junctions:
            for key in self._junction_keys():
                self.current_inputs.pop(key)
        try:
            total = self.sum_current_inputs(x, V, pop=not keep)
        finally:
            if not junctions:
                # Inputs are put back in their old order, because they are summed in that order.
                self.current_inputs.clear()
                self.current_inputs.update(every)
        return total if self.area is None else total / self.area

    def junction_inputs(self, V: QuantityLike) -> Any:
        """Return the current of all junctions at ``V``; a plain 0 if none of them has any."""
        total = sum(self.current_inputs[key](V) for key in self._junction_keys())
        # A junction that is not called in this step returns a plain 0, which can be added to an
        # input in any unit. It must not be divided by the area, which would give it a wrong unit.
        if self.area is None or u.get_unit(total).is_unitless:
            return total
        return total / self.area

    def change_by_coupling(self, c: u.Quantity, response: u.Quantity) -> u.Quantity:
        """Return the change of a voltage by junctions that are solved together with this step.

        Parameters
        ----------
        c : Quantity
            Voltage at the solver's ``coupling_point`` within the step, without these junctions.
        response : Quantity
            Change of that voltage with an input, in the unit of the membrane equation.
        """
        port = Port.at(self)
        if port is None or not port.parts.coupler.awaiting:
            return 0.0 * u.get_unit(c)
        response = response if self.area is None else response / self.area
        return self.held_still(response * port.parts.coupler.solve_for(c, response))

    def _junction_keys(self) -> list[str]:
        pending = self.current_inputs or {}
        return [key for key, item in pending.items() if isinstance(item, CurrentPlug)]

    def held_still(self, change: u.Quantity) -> u.Quantity:
        """Return changes of V, or rates, with 0 in cells that a clamp holds."""
        held: u.Quantity = zero_where_held(self, change)
        return held

    def drop_arrays(self) -> None:
        """Remove the inputs that are arrays, which are for one step only."""
        pending = self.current_inputs or {}
        for key in [key for key, item in pending.items() if not callable(item)]:
            pending.pop(key)

    @property
    def has_frozen_parts(self) -> bool:
        """Whether a step of V freezes something that changes with V or with the currents."""
        # If some junctions are solved together with the step, the currents of explicit ones are
        # constant throughout it, and need not be predicted.
        port = Port.at(self)
        solved = port is not None and port.parts.coupler.awaiting
        return (
            any(not channel.is_affine for channel in self.channels.values())
            or any(pool.pool_states() for pool in self.pools)
            or self.has_live_inputs
            or (not solved and bool(self._junction_keys()))
        )

    @property
    def has_live_inputs(self) -> bool:
        """Whether an input, other than of a junction, is a callable, which may depend on V."""
        pending = (self.current_inputs or {}).values()
        return any(callable(item) and not isinstance(item, CurrentPlug) for item in pending)

    def _voltage(self) -> u.Quantity:
        if not isinstance(getattr(self, "V", None), brainstate.State):
            raise ValueError(
                f"{type(self).__name__} has no V yet: first call its init_state(), or "
                "brainstate.nn.init_all_states(model)."
            )
        return self.V.value

    def _start(self, batch_size: int | None) -> u.Quantity:
        start = self.V_initializer
        if isinstance(start, u.Quantity):
            start = start * jnp.ones(self.varshape, brainstate.environ.dftype())
        return braintools.init.param(start, self.varshape, batch_size)


@describe_host.register
def _(cells: PointNeuron) -> Host:
    """Return what junctions know of a point neuron."""

    def rate() -> u.Quantity | None:
        if not isinstance(getattr(cells, "V", None), brainstate.State):
            return None
        # The rate of all conductances at the present voltage, with gates and pools constant.
        return cells.membrane.affine(cells.V.value, cells.concentrations()).conductance / cells.C

    absolute = () if cells.area is None else (cells.C * cells.area,)
    return Host(
        input_unit=cells.input_unit,
        capacitance=(cells.C, *absolute),
        rate=rate,
        stepping=cells.solver.stepping,
        keeps_arrays=True,
        states_answer=cells.states_answer,
        shows_spikes=True,
    )


def _is_per_area(C: object) -> bool:
    dim = u.get_unit(C).dim
    if dim in (u.farad.dim, (u.farad / u.cm**2).dim):
        return dim != u.farad.dim
    raise u.UnitMismatchError(f"C must be in a unit such as pF, or uF/cm2; got {describe(C)}.")


def _check_start(
    start: QuantityLike | Callable[..., Any], size: tuple[int, ...]
) -> QuantityLike | Callable[..., Any]:
    if callable(start) and not isinstance(start, u.Quantity):
        return start
    check_unit("V_initializer", start, u.mV, "a voltage, or an initialiser")
    try:
        np.broadcast_shapes(u.math.shape(start), size)
    except ValueError as error:
        raise ValueError(
            f"V_initializer must be of the neuron's size {size}, got {describe(start)}."
        ) from error
    return start
