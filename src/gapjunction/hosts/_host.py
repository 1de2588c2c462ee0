"""What a junction has to know about the population at one of its ends, and how it is looked up."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, Protocol, final

import brainstate
import saiunit as u

from gapjunction._typing import Value
from gapjunction.hosts._inferred import Inferred
from gapjunction.hosts._stepping import ExponentialEuler, Stepping


class Facts(Protocol):
    """What is known about a population: a :class:`Host`, or facts read off its attributes."""

    @property
    def input_unit(self) -> u.Unit | None:
        """Unit of the current that the membrane equation takes."""

    @property
    def capacitance(self) -> Any:
        """What a conductance is divided by to give a rate; of several values, the one that fits."""

    @property
    def rate(self) -> Any:
        """Rate at which cells decay by themselves, or a function that returns it."""

    @property
    def stepping(self) -> Stepping:
        """The kind of step that the population takes."""

    @property
    def keeps_arrays(self) -> bool:
        """Whether an input that is an array holds for a whole step."""

    @property
    def states_answer(self) -> bool:
        """Whether the update states how V responds to current."""

    @property
    def resets(self) -> bool:
        """Whether the voltage is reset after each spike."""

    @property
    def after_reset(self) -> Callable[[Value], Value] | None:
        """The voltage from which the next step starts, as a function of the present one."""

    @property
    def takes_jumps(self) -> bool:
        """Whether delta inputs are added to the voltage."""

    @property
    def intake(self) -> Intake | None:
        """How currents enter, where inputs are not summed over the units of the voltage."""

    @property
    def cell_axes(self) -> int | None:
        """How many trailing axes of the voltage are compartments of one cell."""

    @property
    def symmetric(self) -> bool:
        """Whether the response of the voltages to currents is a symmetric matrix."""

    @property
    def by_call(self) -> bool:
        """Whether only a call of the population itself steps it together with its junctions."""

    @property
    def held_by_current(self) -> bool:
        """Whether a clamp holds a unit by a current that is solved for together with the step."""

    @property
    def shows_spikes(self) -> bool:
        """Whether the voltage shows the shape of each spike, which no reset replaces."""


@dataclasses.dataclass(frozen=True)
class Intake:
    """How currents enter a population that does not sum its inputs over the units of its voltage.

    Parameters
    ----------
    into : callable
        ``into(current)`` takes a current for each unit of the voltage, in ``input_unit``, and
        returns what the population's current inputs give.
    seen : callable
        ``seen(V)`` takes what the population passes to its current inputs, and returns the voltage
        of each unit.
    """

    __module__ = "gapjunction.hosts"

    into: Callable[[Any], Any]
    seen: Callable[[Any], Any]


@final
@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Host:
    """What a junction has to know about a population, stated for a class of neurons.

    Parameters
    ----------
    input_unit : Unit, optional
        Unit of the input that the membrane equation takes: a current, a current per area, or a
        voltage per time. Without it the unit of conductances is not checked.
    capacitance : Quantity or array, optional
        What a conductance of junctions is divided by to give a rate, shape of the population or one
        number: the capacitance, absolute or per area, or the time constant over the resistance.
        Without it, :func:`gapjunction.stability` asks for it, and there is no warning of coupling
        that is too strong for the time step.
    rate : Quantity, array or callable, optional
        Rate at which cells decay by themselves, in a unit such as 1/ms: membrane conductance over
        capacitance. It may be a function without arguments that returns the rate, if that takes
        time to compute. It makes stability limits sharper; without it they are those of a membrane
        without a leak.
    stepping : Stepping, default ExponentialEuler()
        The kind of step that the population takes, for stability limits, and where in it implicit
        junctions take their current. :func:`gapjunction.hosts.runge_kutta` measures it for any
        explicit step function.
    keeps_arrays : bool, default False
        Whether an input that is an array holds for the whole step. The neurons of `brainpy.state`
        and braincell remove it when they first evaluate their equation, so that a solver of several
        stages does not have it at the later ones. A host that keeps arrays must also evaluate its
        equation at exactly the voltages that it passes to its inputs.
    states_answer : bool, default False
        Whether the update states how V responds to current, as :class:`gapjunction.PointNeuron`
        does. For other hosts this is found by a trial step.
    resets : bool, default False
        Whether the voltage is reset after each spike.
    after_reset : callable, optional
        ``after_reset(V)``, the voltage from which the next step starts, for neurons that keep the
        voltage of a spike until then. Without it, junctions that act at spikes refuse a host that
        resets.
    takes_jumps : bool, default True
        Whether delta inputs are added to the voltage, and not to a synaptic current.
    intake : Intake, optional
        How currents enter a population that does not sum its inputs over the units of its voltage.
    cell_axes : int, optional
        How many trailing axes of the voltage are compartments of one cell. A current into one
        compartment changes others of the same cell, but not of other cells. Without this number,
        a current into any unit may change all others, unless the update shows that it does not.
    symmetric : bool, default False
        Whether the derivative of the voltages at the end of a step with respect to the currents
        during it is a symmetric matrix. Implicit coupling is then solved by conjugate gradients.
    by_call : bool, default False
        Whether the class has ways to step that do not call the population itself, and of which its
        junctions would not know. A step in such a way is then an error.
    held_by_current : bool, default False
        Whether :class:`gapjunction.VoltageClamp` holds a unit by a current that is solved for, so
        that other units of its cell see it at the holding voltage within the step. Voltages at the
        end of a step must be affine in the currents during it, as in implicit steps, or nearly so;
        ``input_unit`` and ``capacitance`` must be given. If this is False, the voltage of a held
        unit changes within the host's own step, and is set back afterwards.
    shows_spikes : bool, default False
        Whether the voltage shows the shape of each spike, so that a spike sends nothing but ohmic
        current through a junction. A :class:`gapjunction.SpikeletGapJunction` may couple such a
        host to neurons that reset.

    Examples
    --------
    A class from elsewhere, which steps by the classical Runge-Kutta method:

    >>> import brainstate, saiunit as u
    >>> from braintools import quad
    >>> import gapjunction as gj
    >>> class Pump(brainstate.nn.Dynamics):
    ...     Cm = 20. * u.pF
    >>> @gj.hosts.describe.register
    ... def _(cells: Pump) -> gj.hosts.Host:
    ...     step = gj.hosts.runge_kutta(quad.ode_rk4_step)
    ...     return gj.hosts.Host(input_unit=u.pA, capacitance=cells.Cm, stepping=step)
    >>> gj.hosts.describe(Pump(3)).capacitance
    Quantity(20., "pF")
    """

    __module__ = "gapjunction.hosts"

    input_unit: u.Unit | None = None
    capacitance: Any = None
    rate: Any = None
    stepping: Stepping = dataclasses.field(default_factory=ExponentialEuler)
    keeps_arrays: bool = False
    states_answer: bool = False
    resets: bool = False
    after_reset: Callable[[Value], Value] | None = None
    takes_jumps: bool = True
    intake: Intake | None = None
    cell_axes: int | None = None
    symmetric: bool = False
    by_call: bool = False
    held_by_current: bool = False
    shows_spikes: bool = False

    def __post_init__(self) -> None:
        if self.held_by_current and (self.input_unit is None or self.capacitance is None):
            raise ValueError(
                "held_by_current must be False without input_unit and capacitance, from which the "
                "current of a clamp is computed."
            )


@functools.singledispatch
def describe(population: brainstate.nn.Dynamics) -> Facts:
    """Return what junctions know about a population.

    These are the facts registered with ``describe.register`` for its class, or for a base of it.
    For other populations they are read off attributes named as in the neurons of `brainpy.state`:
    ``C``, ``R``, ``tau``, ``V_th``, ``V_reset`` and so on. A class that is not registered may state
    some of the facts by attributes of the same names: ``input_unit``, ``keeps_arrays``,
    ``states_answer``, ``resets``, ``after_reset``, ``takes_jumps`` and ``shows_spikes``.

    Parameters
    ----------
    population : Dynamics
        The population.
    """
    return Inferred(population)
