"""What a junction has to know about the population it attaches to.

A *host* is the population of neurons at one end of a junction. This is the one place that looks
inside it: for its states by name, the unit of the current that its membrane equation takes, when
its inputs are evaluated, and how its spikes are told.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import brainpy.state
import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Population, Value

_CURRENT = u.ampere
_DENSITY = u.ampere / u.meter**2
# What a parameter of a host may be.
_NUMBERS = (u.Quantity, np.ndarray, np.number, jax.Array, float, int)
# Neurons that reset their voltage after a spike although they have no attribute V_reset.
_RESET = (brainpy.state.IF, brainpy.state.Izhikevich, brainpy.state.IzhikevichRef)
# What populations call the voltage that they reset to.
_RESET_TO = ("V_reset", "v_reset", "Vreset", "vreset")
# The get_spike() of the base class, which does nothing: a class that still has this one does not
# say what its spikes are.
_NO_SPIKE = brainpy.state.Neuron.get_spike


def check_population(name: str, host: object) -> Population:
    """Return ``host`` if it is a population of neurons that takes current inputs."""
    if not isinstance(host, brainstate.nn.Dynamics):
        raise TypeError(
            f"{name} must be a neuron population (a brainstate.nn.Dynamics), got {describe(host)}."
        )
    if not isinstance(host, Population):
        raise TypeError(
            f"{name} must take current inputs, as the neurons of brainpy.state and braincell do; "
            f"{type(host).__name__} has no add_current_input()."
        )
    return host


def read_state(name: str, host: Population, state: str) -> Any:
    """Return the value of ``host``'s state called ``state``.

    Raises
    ------
    ValueError
        If the host has no such state. Where the host has no states at all yet, the message says
        to call ``init_state()``.
    """
    found = getattr(host, state, None)
    if isinstance(found, brainstate.State):
        return found.value
    kind = type(host).__name__
    own = [key for key, item in vars(host).items() if isinstance(item, brainstate.State)]
    if not own:
        raise ValueError(
            f"{name} ({kind}) has no state {state!r} yet: call its init_state(), or "
            f"brainstate.nn.init_all_states(model), before the junction's update()."
        )
    if found is not None:
        raise ValueError(
            f"{name}_state must name a State of {kind}; {state!r} is {describe(found)}. "
            f"Its states are {own}."
        )
    near = difflib.get_close_matches(state, own, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"{name}_state must name a state of {kind}, one of {own}; got {state!r}.{hint}"
    )


def find_state(name: str, host: Population, path: str) -> brainstate.State:
    """Return a state of a population, or of a part of the population.

    Each name in ``path``, between its dots, is an attribute of what comes before it, or the key
    of an entry if that is a mapping: ``'pools.ca.C'``.

    Raises
    ------
    ValueError
        If there is no such state.
    """
    found: Any = host
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
    if not isinstance(found, brainstate.State):
        own = [key for key, item in vars(host).items() if isinstance(item, brainstate.State)]
        raise ValueError(
            f"{name} reads {path!r}, which must be a State of {type(host).__name__}, "
            f"{'one of ' + str(own) if own else 'which has none yet: call its init_state()'}; "
            f"got {describe(found)}."
        )
    return found


def read_named(name: str, host: Population, path: str) -> Any:
    """Return the value of a state of a population; see :func:`find_state`."""
    return find_state(name, host, path).value


def voltage_unit(host: Population, state: str) -> u.Unit | None:
    """Return the unit of the host's voltage ``state``; None where it cannot be told.

    Junctions check units when they are made, and states exist only after ``init_state()``: until
    then the unit is that of the host's threshold, resting or reset voltage.
    """
    found = getattr(host, state, None)
    if isinstance(found, brainstate.State):
        return u.get_unit(found.value)
    if state == "V":
        # Every neuron of brainpy.state and braincell has at least one of these attributes, and it
        # is in the unit of V.
        for name in ("V_th", "V_rest", "V_reset"):
            level = getattr(host, name, None)
            if isinstance(level, _NUMBERS):
                return u.get_unit(level)
    return None


def input_unit(host: brainstate.nn.Dynamics, state: str) -> u.Unit | None:
    """Return the unit of the current that the host's membrane equation takes.

    A host may state it in an attribute ``input_unit``. Otherwise it follows from the equation: it
    is that of the voltage over ``R`` in ``tau dV/dt = -V + R I``, and that of ``C dV/dt`` in
    ``C dV/dt = I``. If the host has no such parameters, it is the unit of the default value of the
    first argument of ``update()``. For a host with an ``area`` that default decides, because such
    a host may convert its inputs.

    None is returned where this does not tell. It does not where a class replaces the
    ``compute_derivative()`` that the ``update()`` of its base calls: the inputs are summed in the
    former, while only the latter has a default. Nor does it where ``C`` says something else than
    the default, and neither a current nor a current per area.
    """
    if isinstance(own := getattr(host, "input_unit", None), u.Unit):
        return own
    if _depth(host, "compute_derivative") < _depth(host, "update"):
        return None
    # Of the membrane equation, whichever state is coupled.
    membrane = voltage_unit(host, "V")
    voltage = voltage_unit(host, state) if membrane is None else membrane
    default = _default_input_unit(host)
    if voltage is None or hasattr(host, "area"):
        return default
    C, R, tau = (getattr(host, name, None) for name in ("C", "R", "tau"))
    derived = default
    if isinstance(C, _NUMBERS):
        derived = u.get_unit(C) * voltage / u.second
    elif isinstance(R, _NUMBERS):
        derived = voltage / u.get_unit(R)
        if isinstance(tau, _NUMBERS) and u.get_dim(tau) == u.second.dim:
            # All parameters of the equation are there: the input has this unit, whatever it is.
            return derived
    if derived is not None and derived.dim in (_CURRENT.dim, _DENSITY.dim):
        return derived
    return default if default is None or derived is None or derived.dim == default.dim else None


def _default_input_unit(host: brainstate.nn.Dynamics) -> u.Unit | None:
    """Return the unit of the default value of the first argument of ``update()``, if it has one."""
    for parameter in list(inspect.signature(host.update).parameters.values())[:1]:
        if parameter.default not in (inspect.Parameter.empty, None):
            return u.get_unit(parameter.default)
    return None


def _depth(host: brainstate.nn.Dynamics, method: str) -> float:
    """Return how many classes lie before the one that defines a method; infinity if none does."""
    found = (i for i, cls in enumerate(type(host).__mro__) if method in vars(cls))
    return next(found, math.inf)


def coupling_point(host: Population) -> float:
    """Return at which point of the host's step implicit coupling takes the current.

    0 is the start of the step and 1, the default, its end. A host whose step is centred, as that
    of the Crank-Nicolson method, has 0.5 in an attribute ``coupling_point``: with the current
    taken in the middle of the step, the method stays of second order.
    """
    return float(getattr(host, "coupling_point", 1.0))


def states_answer(host: Population, state: str) -> bool:
    """Return whether a host states within its update how ``state`` answers to current.

    Such a host has a true attribute ``states_answer``, and asks its coupler for the current of
    junctions that are solved together with its step. It does so for its voltage V.
    """
    return state == "V" and bool(getattr(host, "states_answer", False))


def keeps_arrays(host: Population) -> bool:
    """Return whether an input that is an array holds for a whole step of the host.

    The neurons of brainpy.state and braincell remove such an input when they evaluate their
    membrane equation for the first time in a step, so that a solver of several stages does not
    have it at the later ones. A host that keeps it has a true attribute ``keeps_arrays``. Such a
    host also evaluates its inputs, from the first evaluation on, at the very voltages that it
    passes to them.
    """
    return bool(getattr(host, "keeps_arrays", False))


def resets(host: Population) -> bool:
    """Return whether a host resets its voltage after each spike.

    The integrate-and-fire neurons of brainpy.state do: all classes that have a ``V_reset``, and
    three that have none. A host may state it in an attribute ``resets``.
    """
    own = getattr(host, "resets", None)
    if isinstance(own, bool):
        return own
    return isinstance(host, _RESET) or any(hasattr(host, name) for name in _RESET_TO)


def spiked(
    host: brainstate.nn.Dynamics,
    V: Value,
    V_before: Value | None = None,
    threshold: ArrayLike | None = None,
) -> jax.Array:
    """Return which cells spiked in the step that took their voltage from ``V_before`` to ``V``.

    A neuron that resets its voltage does so at the start of its next step. Until then its voltage
    shows the spike, by the neuron's ``get_spike()`` or by being at or above its ``V_th``, and
    every step that ends with such a voltage is a spike. Any other neuron spikes where its voltage
    crosses a threshold upwards.

    Parameters
    ----------
    host : Dynamics
        The population.
    V, V_before : Quantity or array
        Its voltage now, and one step before. The latter is needed only where the host does not
        reset its voltage.
    threshold : Quantity or array, optional
        Threshold for a host that does not reset its voltage; by default its ``V_th``.

    Returns
    -------
    array of bool
        Shape of ``V``.

    Raises
    ------
    ValueError
        If a threshold is needed, and neither given nor known from the host.
    """
    own = getattr(type(host), "get_spike", _NO_SPIKE)
    if resets(host) and own is not _NO_SPIKE:
        # Not a comparison with V_th: the threshold of some neurons changes with time, and their
        # get_spike() knows it.
        return host.get_spike(V) > 0
    level: Any = spike_threshold(host) if threshold is None or resets(host) else threshold
    above = level <= V
    return above if resets(host) else above & (V_before < level)


def spike_threshold(host: Population) -> Any:
    """Return a host's threshold ``V_th``.

    Raises
    ------
    ValueError
        If the host has no ``V_th``.
    """
    level = getattr(host, "V_th", None)
    if level is None:
        raise ValueError(
            f"threshold must be given: {type(host).__name__} has no V_th that tells its spikes."
        )
    return level.value if isinstance(level, brainstate.State) else level


def check_current_unit(
    name: str,
    host: brainstate.nn.Dynamics,
    state: str,
    weight_unit: u.Unit,
    per: u.Unit | None = None,
    remedy: Callable[[], str] = str,
) -> None:
    """Raise an error if a conductance gives a current that the host's equation cannot take.

    An absolute conductance in a population whose equation is per area, or the reverse, would
    otherwise act as a silent factor. Nothing is checked where the host does not tell its units.

    Parameters
    ----------
    name : str
        Which end of the junction this is, ``'pre'`` or ``'post'``.
    host : Dynamics
        The population.
    state : str
        The state that is coupled.
    weight_unit : Unit
        The unit of the conductance.
    per : Unit, optional
        The unit of what the current is divided by before the population gets it.
    remedy : callable
        Returns the end of the message: what else than another weight would fit.
    """
    voltage, wanted = voltage_unit(host, state), input_unit(host, state)
    if voltage is None or wanted is None:
        return
    if (weight_unit * voltage).dim != (wanted if per is None else wanted * per).dim:
        membrane = voltage_unit(host, "V")
        if membrane is not None and membrane.dim != voltage.dim:
            # A conductance that fits would be a wrong model, so none is recommended.
            raise u.UnitMismatchError(
                f"{name}_state must name a state that current inputs of {type(host).__name__} go "
                f"into: these are in {_display(wanted)}, for V in {_display(membrane)}; "
                f"{state!r} is in {_display(voltage)}."
            )
        why = (
            f"because {name} ({type(host).__name__}) takes its input in {_display(wanted)} and has "
            f"{state} in {_display(voltage)}"
        )
        if per is not None and weight_unit.dim == u.siemens.dim:
            need = weight_unit * voltage / wanted
            what = "None" if need.is_unitless else f"in a unit such as {_display(need)}"
            raise u.UnitMismatchError(
                f"per must be {what} for {name}, {why}, with a weight in {weight_unit}; got the "
                f"unit {per}."
            )
        fitting = wanted / voltage if per is None else wanted * per / voltage
        raise u.UnitMismatchError(
            f"weight must be a conductance in a unit such as {_display(fitting)}, {why}; got the "
            f"unit {weight_unit}{remedy()}."
        )


def _display(unit: u.Unit) -> str:
    """Return a unit as text, as the common unit of its dimension where there is one."""
    if unit.is_unitless:
        return "1 (no unit)"
    common = (
        *(u.mS, u.mS / u.cm**2, u.uA, u.uA / u.cm**2, 1 / u.ms, u.mV / u.ms),
        *(u.cm**2, u.pF),
    )
    names = {u.get_unit(other).dim: u.get_unit(other) for other in common}
    return str(names.get(unit.dim, unit))
