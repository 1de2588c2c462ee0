"""What a junction has to know about the population it attaches to.

The one place that looks inside a host: its states by name, and the unit of the current that its
membrane equation takes.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import brainpy.state
import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Population

_CURRENT = u.ampere
_DENSITY = u.ampere / u.meter**2
# Neurons that reset without a V_reset.
_RESET = (brainpy.state.IF, brainpy.state.Izhikevich, brainpy.state.IzhikevichRef)
# The method of those that do not say what a spike is.
_NO_SPIKE = brainpy.state.Neuron.get_spike


def check_population(name: str, host: Any) -> Population:
    """Return ``host`` if current can be put into it."""
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


def read_state(name: str, host: Any, state: str) -> Any:
    """Return the value of ``host``'s state called ``state``.

    Raises
    ------
    ValueError
        If the host has no such state, saying to call ``init_state`` where it has none at all yet.
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


def read_named(name: str, host: Any, path: str) -> Any:
    """Return the value of a state that a population has, or one of its parts.

    Each dot in ``path`` goes into an attribute, or an entry of a mapping.

    Raises
    ------
    ValueError
        If there is no such state.
    """
    found = host
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
    if not isinstance(found, brainstate.State):
        own = [key for key, item in vars(host).items() if isinstance(item, brainstate.State)]
        raise ValueError(
            f"{name} reads {path!r}, which must be a State of {type(host).__name__}, "
            f"{'one of ' + str(own) if own else 'which has none yet: call its init_state()'}; "
            f"got {describe(found)}."
        )
    return found.value


def voltage_unit(host: Any, state: str) -> u.Unit | None:
    """Return the unit of the host's state, before the state exists where that can be told."""
    found = getattr(host, state, None)
    if isinstance(found, brainstate.State):
        return u.get_unit(found.value)
    if state == "V":
        # Every neuron of brainpy.state and braincell has one of these, in the unit of V.
        for name in ("V_th", "V_rest", "V_reset"):
            level = getattr(host, name, None)
            if isinstance(level, (u.Quantity, np.ndarray, jax.Array, float)):
                return u.get_unit(level)
    return None


def input_unit(host: Any, state: str) -> u.Unit | None:
    """Return the unit of the current that the host's membrane equation takes.

    From ``C dV/dt = I`` or ``tau dV/dt = -V + R I`` where the host has such a ``C`` or ``R``, else
    from the default input of its ``update()``; None where the host tells neither. A host with an
    ``area`` may convert its inputs: there the default tells. A host may say it by itself, in an
    attribute ``input_unit``.
    """
    if isinstance(own := getattr(host, "input_unit", None), u.Unit):
        return own
    voltage = voltage_unit(host, state)
    if voltage is not None and not hasattr(host, "area"):
        capacitance, resistance = getattr(host, "C", None), getattr(host, "R", None)
        if isinstance(capacitance, u.Quantity):
            derived = capacitance.unit * voltage / u.second
        elif isinstance(resistance, u.Quantity):
            derived = voltage / resistance.unit
        else:
            derived = u.UNITLESS
        if derived.dim in (_CURRENT.dim, _DENSITY.dim):
            return derived
    for parameter in list(inspect.signature(host.update).parameters.values())[:1]:
        if parameter.default is not inspect.Parameter.empty:
            return u.get_unit(parameter.default)
    return None


def coupling_point(host: Any) -> float:
    """Return where in its step a host takes current that is solved with it: 1 is the end.

    A host whose step is centred, as Crank-Nicolson's, says 0.5 in an attribute
    ``coupling_point``; current then keeps its second order.
    """
    return float(getattr(host, "coupling_point", 1.0))


def keeps_arrays(host: Any) -> bool:
    """Return whether an input that is an array holds for a whole step of the host.

    Others take it away at the first of several evaluations. A host says so in an attribute
    ``keeps_arrays``; its evaluations are at the voltages that it passes, the first one included.
    """
    return bool(getattr(host, "keeps_arrays", False))


def resets(host: Any) -> bool:
    """Return whether a host's voltage is put back after each spike.

    Integrate-and-fire neurons of brainpy.state are: those with a ``V_reset``, and three without. A
    host may say it by itself, in an attribute ``resets``.
    """
    own = getattr(host, "resets", None)
    return own if isinstance(own, bool) else hasattr(host, "V_reset") or isinstance(host, _RESET)


def spiked(host: Any, V: Any, V_before: Any = None, threshold: Any = None) -> jax.Array:
    """Return which cells spiked in the step that took their voltage from ``V_before`` to ``V``.

    A neuron that resets does so at the start of its next step: until then its voltage tells, by
    ``get_spike()`` or by its ``V_th``, and every step that ends so is a spike. Any other neuron
    spikes where its voltage crosses a threshold upwards.

    Parameters
    ----------
    host : Dynamics
        The population.
    V, V_before : Quantity or array
        Its voltage now, and one step before; the latter is not read where the host resets.
    threshold : Quantity or array, optional
        For a host that does not reset; by default its ``V_th``.

    Returns
    -------
    array of bool
        Shape of ``V``.

    Raises
    ------
    ValueError
        If there is no threshold.
    """
    own = getattr(type(host), "get_spike", _NO_SPIKE)
    if resets(host) and own is not _NO_SPIKE:
        # The threshold may have a state of its own.
        return host.get_spike(V) > 0
    if threshold is None or resets(host):
        threshold = spike_threshold(host)
    above = threshold <= V
    return above if resets(host) else above & (V_before < threshold)


def spike_threshold(host: Any) -> Any:
    """Return a host's ``V_th``.

    Raises
    ------
    ValueError
        If it has none.
    """
    level = getattr(host, "V_th", None)
    if level is None:
        raise ValueError(
            f"threshold must be given: {type(host).__name__} has no V_th that tells its spikes."
        )
    return level.value if isinstance(level, brainstate.State) else level


def check_current_unit(name: str, host: Any, state: str, weight_unit: u.Unit) -> None:
    """Refuse a conductance whose current does not fit the host's membrane equation."""
    voltage, wanted = voltage_unit(host, state), input_unit(host, state)
    if voltage is None or wanted is None:
        return
    if (weight_unit * voltage).dim != wanted.dim:
        raise u.UnitMismatchError(
            f"weight must be a conductance in a unit such as {_display(wanted / voltage)}, because "
            f"{name} ({type(host).__name__}) takes its input in {_display(wanted)} and has "
            f"{state} in {_display(voltage)}; got the unit {weight_unit}."
        )


def _display(unit: u.Unit) -> str:
    if unit.is_unitless:
        return "1 (no unit)"
    common = (u.mS, u.mS / u.cm**2, u.uA, u.uA / u.cm**2, 1 / u.ms, u.mV / u.ms)
    names = {u.get_unit(other).dim: u.get_unit(other) for other in common}
    return str(names.get(unit.dim, unit))
