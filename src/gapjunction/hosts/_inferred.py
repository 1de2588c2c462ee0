"""What the attributes of a population say about it, if its class is not registered.

The attributes of neurons of `brainpy.state` and braincell, and of others that are written like
them, show what a junction has to know. This is the only place where facts are inferred from
attributes.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Final, final

import brainpy.state
import brainstate
import saiunit as u

from gapjunction._typing import Value
from gapjunction.hosts._reset import after_reset_of, takes_jumps
from gapjunction.hosts._states import NUMBERS, parameter_of, voltage_unit
from gapjunction.hosts._stepping import CrankNicolson, ExponentialEuler, RungeKutta, Stepping

_CURRENT: Final = u.ampere
_DENSITY: Final = u.ampere / u.meter**2
# Neurons that reset their voltage after a spike without having an attribute V_reset.
_RESET: Final = (brainpy.state.IF, brainpy.state.Izhikevich, brainpy.state.IzhikevichRef)
# The attributes in which populations have the voltage that they reset to.
_RESET_TO: Final = ("V_reset", "v_reset", "Vreset", "vreset")
# Attributes in which neurons keep their leak conductance.
_LEAKS: Final = ("gL", "g_L", "g_leak", "gl", "g_l")
# A neuron with one of these attributes has a nonlinear membrane: its rate is not 1 / tau.
_NONLINEAR: Final = ("delta_T", "c")
# What the unit of a rate may be: per time, or none in a model without units.
_RATES: Final = (u.get_unit(1 / u.ms).dim, u.UNITLESS.dim)
# The explicit step functions of braincell whose stability interval is longer than Euler's. They
# step a whole cell, so that they cannot be measured on a test equation.
_INTERVALS: Final = {
    **dict.fromkeys(("rk4_step", "ralston4_step"), 2.785293563405),
    **dict.fromkeys(("heun3_step", "ralston3_step", "rk3_step", "ssprk3_step"), 2.512745326618),
}


@final
class Inferred:
    """What a junction has to know about a population, as far as its attributes show it.

    The attributes have the meanings that :class:`Host` gives. Those that :func:`describe` lists may
    be stated by an attribute of the population with the same name.

    Parameters
    ----------
    population : Dynamics
        The population.
    """

    def __init__(self, population: brainstate.nn.Dynamics) -> None:
        self.population = population

    @property
    def input_unit(self) -> u.Unit | None:
        """Unit of the current that the membrane equation takes; see :meth:`unit_for`."""
        return self.unit_for("V")

    def unit_for(self, state: str) -> u.Unit | None:
        """Return the unit of the current that the membrane equation takes.

        It follows from the equation: it is that of the voltage over ``R`` in
        ``tau dV/dt = -V + R I``, and that of ``C dV/dt`` in ``C dV/dt = I``. If the host has no
        such parameters, it is the unit of the default value of the first argument of ``update()``.
        For a host with an ``area`` that default decides, because such a host may convert its
        inputs.

        None is returned where these rules do not decide. They do not decide if a class replaces the
        ``compute_derivative()`` that the ``update()`` of its base calls, because inputs are summed
        in the former, but only the latter has a default. Nor do they if ``C`` contradicts the
        default and gives neither a current nor a current per area.

        Parameters
        ----------
        state : str
            The state that is coupled, which counts as the voltage of a population without V.
        """
        host = self.population
        if isinstance(own := getattr(host, "input_unit", None), u.Unit):
            return own
        if _depth(host, "compute_derivative") < _depth(host, "update"):
            return None
        # The unit is that of the membrane equation, whichever state is coupled.
        membrane = voltage_unit(host, "V")
        voltage = voltage_unit(host, state) if membrane is None else membrane
        default = _default_input_unit(host)
        if voltage is None or hasattr(host, "area"):
            return default
        C, R, tau = (parameter_of(host, name) for name in ("C", "R", "tau"))
        derived = default
        if isinstance(C, NUMBERS):
            derived = u.get_unit(C) * voltage / u.second
        elif isinstance(R, NUMBERS):
            derived = voltage / u.get_unit(R)
            if isinstance(tau, NUMBERS) and u.get_dim(tau) == u.second.dim:
                # All parameters of the equation are there: the input has this unit, whatever it is.
                return derived
        if derived is not None and derived.dim in (_CURRENT.dim, _DENSITY.dim):
            return derived
        return default if default is None or derived is None or derived.dim == default.dim else None

    @property
    def capacitance(self) -> tuple[Any, ...]:
        """``C``, ``C`` times ``area``, ``tau / R``, or ``tau`` where there is neither C nor R."""
        host = self.population
        C, R, tau, area = (parameter_of(host, name) for name in ("C", "R", "tau", "area"))
        found = [] if C is None else [C]
        found += [C * area] if C is not None and isinstance(area, u.Quantity) else []
        found += [tau / R] if R is not None and tau is not None else []
        found += [tau] if C is None and R is None and tau is not None else []
        return tuple(found)

    @property
    def rate(self) -> Any:
        """1 / tau of a linear integrate-and-fire neuron; for others the leak over the capacitance.

        None where neither is known.
        """
        host = self.population
        tau, R = parameter_of(host, "tau"), parameter_of(host, "R")
        if tau is not None and R is not None:
            return None if any(hasattr(host, name) for name in _NONLINEAR) else 1 / tau
        found = (parameter_of(host, name) for name in _LEAKS)
        leak = next((value for value in found if value is not None), None)
        if leak is not None:
            for C in self.capacitance:
                if u.get_unit(leak / C).dim in _RATES:
                    return leak / C
        return None

    @property
    def stepping(self) -> Stepping:
        """The step that ``solver`` and ``coupling_point`` state; by default exponential Euler."""
        host = self.population
        if (point := float(getattr(host, "coupling_point", 1.0))) != 1:
            return CrankNicolson(point)
        name = getattr(getattr(host, "solver", None), "__name__", "exp_euler")
        return ExponentialEuler() if "exp_euler" in name else RungeKutta(_INTERVALS.get(name, 2.0))

    @property
    def keeps_arrays(self) -> bool:
        """False, unless the population states it."""
        return bool(getattr(self.population, "keeps_arrays", False))

    @property
    def states_answer(self) -> bool:
        """False, unless the population states it."""
        return bool(getattr(self.population, "states_answer", False))

    @property
    def shows_spikes(self) -> bool:
        """False, unless the population states it."""
        return bool(getattr(self.population, "shows_spikes", False))

    @property
    def resets(self) -> bool:
        """Whether it has a ``V_reset``, or is one of the neurons of `brainpy.state` without."""
        host = self.population
        own = getattr(host, "resets", None)
        if isinstance(own, bool):
            return own
        return isinstance(host, _RESET) or any(hasattr(host, name) for name in _RESET_TO)

    @property
    def after_reset(self) -> Callable[[Value], Value] | None:
        """Its method ``after_reset``, or the reset of the neurons of `brainpy.state`."""
        return after_reset_of(self.population)

    @property
    def takes_jumps(self) -> bool:
        """Whether delta inputs are added to the voltage."""
        own = getattr(self.population, "takes_jumps", None)
        return own if isinstance(own, bool) else takes_jumps(self.population)

    # These facts can only be stated for a registered class.
    intake = None
    cell_axes = None
    symmetric = False
    by_call = False
    held_by_current = False


def _default_input_unit(host: brainstate.nn.Dynamics) -> u.Unit | None:
    """Return the unit of the default value of the first argument of ``update()``, if it has one."""
    for parameter in list(inspect.signature(host.update).parameters.values())[:1]:
        # Compared by identity, because an array would be compared element by element.
        if parameter.default is not inspect.Parameter.empty and parameter.default is not None:
            return u.get_unit(parameter.default)
    return None


def _depth(host: brainstate.nn.Dynamics, method: str) -> float:
    """Return how many classes lie before the one that defines a method; infinity if none does."""
    found = (i for i, cls in enumerate(type(host).__mro__) if method in vars(cls))
    return next(found, math.inf)
