"""The methods by which a point neuron takes a step."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import brainstate
import saiunit as u
from braintools import quad

from gapjunction._checks import check_choice, describe
from gapjunction._typing import QuantityLike
from gapjunction.hosts import CrankNicolson, ExponentialEuler, Stepping, runge_kutta
from gapjunction.ion_channels._assembly import Assembly

StepFunction: TypeAlias = Callable[[Callable[[Any, Any], Any], Any, Any], Any]
"""``step(f, y, t)`` returns y one ``dt`` later, for ``dy/dt = f(y, t)`` and any pytree y."""


class Steppable(Protocol):
    """What a solver needs from a neuron, as :class:`gapjunction.PointNeuron` has it."""

    V: brainstate.State
    C: u.Quantity

    @property
    def membrane(self) -> Assembly:
        """Channels and pools, handled together."""

    @property
    def has_live_inputs(self) -> bool:
        """Whether an input, other than of a junction, may depend on V."""

    @property
    def has_frozen_parts(self) -> bool:
        """Whether a step of V freezes something that changes with V or with the currents."""

    def inputs(
        self, x: QuantityLike, V: QuantityLike, *, keep: bool = False, junctions: bool = True
    ) -> Any:
        """Return all current inputs at ``V``."""

    def junction_inputs(self, V: QuantityLike) -> Any:
        """Return the inputs of junctions at ``V``."""

    def change_by_coupling(self, c: u.Quantity, response: u.Quantity) -> u.Quantity:
        """Return the change of a voltage by junctions that are solved together with this step."""

    def held_still(self, change: u.Quantity) -> u.Quantity:
        """Return changes of V, or rates, with 0 in cells that a clamp holds."""

    def drop_arrays(self) -> None:
        """Remove the inputs that are for one step only."""


class Solver(abc.ABC):
    """A method that advances all states of a point neuron by one ``dt``."""

    states_answer = False
    """Whether ``change_by_coupling`` is called, which solves junctions together with the step."""

    @property
    @abc.abstractmethod
    def stepping(self) -> Stepping:
        """The kind of step, which decides when coupling is stable."""

    @abc.abstractmethod
    def step(self, neuron: Steppable, x: QuantityLike) -> u.Quantity:
        """Advance gates and pools, and return the new V (before delta inputs)."""


class ExpEuler(Solver):
    """Exponential Euler: exact for the terms linear in V, with all else as at the step's start."""

    states_answer = True

    @property
    def stepping(self) -> Stepping:
        """Exponential Euler."""
        return ExponentialEuler()

    def step(self, neuron: Steppable, x: QuantityLike) -> u.Quantity:
        """Advance gates and pools, and return the new V (before delta inputs)."""
        membrane, V = neuron.membrane, neuron.V.value
        conductance, battery = membrane.affine(V, membrane.concentrations())
        inputs, slope = _inputs_and_slope(neuron, x, V)
        neuron.drop_arrays()
        rate = (conductance - slope) / neuron.C
        dt = brainstate.environ.get_dt()
        # The change of V in this step per unit of input.
        response = dt / neuron.C * u.math.exprel(-(dt * rate))
        new = V + neuron.held_still(response * (inputs + battery - conductance * V))
        new = new + neuron.change_by_coupling(new, response)
        membrane.advance(V)
        return new


class Staggered(Solver):
    """Crank-Nicolson for V with gates at half steps; second order.

    During a step of V, instantaneous gates, constant-field currents, inputs that depend on V, and
    concentrations are constant. They are evaluated at the middle of the step, where V is predicted
    by a half step.
    """

    states_answer = True

    @property
    def stepping(self) -> Stepping:
        """Crank-Nicolson."""
        return CrankNicolson()

    def step(self, neuron: Steppable, x: QuantityLike) -> u.Quantity:
        """Advance gates and pools, and return the new V (before delta inputs)."""
        membrane, V, dt = neuron.membrane, neuron.V.value, brainstate.environ.get_dt()
        ions = membrane.concentrations()
        # Gates are staggered: this takes them from half a step before V to half a step after it.
        membrane.advance_gates(V, ions)
        middle = V
        if neuron.has_frozen_parts:
            flows = membrane.flows(V, ions)
            middle = V + _half_step(neuron, x, V, V, ions)
            ions = membrane.concentrations(membrane.pools_after(flows, dt / 2))
        rise = _half_step(neuron, x, V, middle, ions)
        neuron.drop_arrays()
        flows = membrane.flows(V + rise, ions)
        membrane.put_states(membrane.pools_after(flows, dt))
        return V + 2 * rise


@dataclasses.dataclass(frozen=True)
class MultiStage(Solver):
    """An explicit method for all states together, which evaluates inputs at each of its stages.

    Parameters
    ----------
    function : callable
        ``step(f, y, t)``, such as those of ``braintools.quad``.
    """

    function: StepFunction

    @property
    def stepping(self) -> Stepping:
        """A Runge-Kutta method, with the stability interval that is measured on the function."""
        return runge_kutta(self.function)

    def step(self, neuron: Steppable, x: QuantityLike) -> u.Quantity:
        """Advance gates and pools, and return the new V (before delta inputs)."""
        membrane = neuron.membrane
        states = [neuron.V, *(getattr(owner, name) for owner, name in membrane.states())]

        def derivative(values: list[Any], t: QuantityLike) -> list[Any]:
            for state, value in zip(states, values, strict=True):
                state.value = value
            V = neuron.V.value
            ionic = membrane.total(V, membrane.concentrations())
            slope = neuron.held_still((neuron.inputs(x, V, keep=True) - ionic) / neuron.C)
            return [slope, *membrane.derivative(V)]

        start, V, ions = [s.value for s in states], neuron.V.value, membrane.concentrations()
        values = self.function(derivative, start, brainstate.environ.get("t", default=0.0 * u.ms))
        neuron.drop_arrays()
        for state, value, before in zip(states, values, start, strict=True):
            state.value = value.astype(before.dtype)
        membrane.keep_in_range()
        # Channels that are counted make their transitions once in each step, with the probabilities
        # at the voltage of its start.
        membrane.draw(V, ions)
        return neuron.V.value


_QUAD = {
    "euler": quad.ode_euler_step,
    "rk2": quad.ode_rk2_step,
    "midpoint": quad.ode_midpoint_step,
    "heun": quad.ode_heun_step,
    "ralston2": quad.ode_ralston2_step,
    "rk3": quad.ode_rk3_step,
    "ssprk33": quad.ode_ssprk33_step,
    "rk4": quad.ode_rk4_step,
}
SOLVERS: dict[str, Solver] = {
    "exp_euler": ExpEuler(),
    "staggered": Staggered(),
    **{name: MultiStage(function) for name, function in _QUAD.items()},
}


def as_solver(solver: object) -> Solver:
    """Return a solver from its name, or from a step function."""
    if isinstance(solver, str):
        return SOLVERS[check_choice("solver", solver, SOLVERS)]
    if callable(solver):
        return MultiStage(solver)
    raise TypeError(
        f"solver must be one of {', '.join(SOLVERS)}, or a function (f, y, t) -> y; "
        f"got {describe(solver)}."
    )


def _half_step(
    neuron: Steppable,
    x: QuantityLike,
    V: u.Quantity,
    at: u.Quantity,
    ions: Mapping[str, QuantityLike],
) -> u.Quantity:
    """Return how much V rises in half a step of implicit Euler, linearised at ``at``.

    Twice this rise is a whole step by Crank-Nicolson. The rise is returned instead of the new V
    because in float32 the rounding of V would show at small steps.
    """
    conductance, battery = neuron.membrane.affine(at, ions)
    inputs, slope = _inputs_and_slope(neuron, x, at)
    half = brainstate.environ.get_dt() / 2 / neuron.C
    conductance = conductance - slope
    drive = battery + inputs - slope * at - conductance * V
    response = half / (1 + half * conductance)
    rise = neuron.held_still(response * drive)
    return rise + neuron.change_by_coupling(V + rise, response)


def _inputs_and_slope(neuron: Steppable, x: QuantityLike, V: u.Quantity) -> tuple[Any, Any]:
    """Return the inputs at ``V``, and the slope of each cell's input over its own voltage.

    The slope is the derivative for a change of all voltages together. Junctions are left out of it,
    because such a change leaves the differences between cells, and so the currents of junctions,
    unchanged.
    """
    if not neuron.has_live_inputs:
        value = neuron.inputs(x, V, keep=True)
        return value, 0.0 * u.get_unit(value) / u.get_unit(V)

    def inputs(v: u.Quantity) -> Any:
        value = neuron.inputs(x, v, keep=True, junctions=False)
        return value + 0.0 * v * u.get_unit(value) / u.get_unit(v)

    slope, value = brainstate.transform.vector_grad(inputs, argnums=0, return_value=True)(V)
    slope = u.Quantity(u.get_mantissa(slope), unit=u.get_unit(value) / u.get_unit(V))
    return value + neuron.junction_inputs(V), slope
