"""Which states of a population a junction can couple: those that its inputs reach."""

from __future__ import annotations

import weakref
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u
from jax.extend.core import Literal

from gapjunction._typing import Population, Value
from gapjunction.coupling import Mode, unit_at, with_unit
from gapjunction.hosts import resets
from gapjunction.junctions._per import Divisors

_KEY = "gap_junction_probe"
# The findings, by population: the names of the states that inputs reach, or None where that could
# not be found out.
_FOUND: weakref.WeakKeyDictionary[Any, tuple[str, ...] | None] = weakref.WeakKeyDictionary()


def check_reached(
    hosts: tuple[Population, Population],
    states: tuple[str, str],
    voltages: tuple[Value, Value],
    per: Divisors,
    weight: u.Unit,
) -> None:
    """Raise an error if a current into a population does not change the state that is coupled.

    For example, a junction that couples the recovery variable w of FitzHugh and Nagumo's neuron is
    refused: its current would go where all inputs go, into the equation of V.

    Parameters
    ----------
    hosts : tuple of two Dynamics
        The populations pre and post, initialised.
    states : tuple of two str
        Names of the states that are coupled. ``'V'`` is not checked: inputs reach it in every
        neuron of brainpy.state and braincell.
    voltages : tuple of two Quantity or array
        Their values.
    per : tuple of two Quantity or None
        What the current is divided by before pre and before post gets it.
    weight : Unit
        The unit of the junction's conductances.

    Raises
    ------
    ValueError
        If inputs are found not to reach a state.
    """
    rows = zip(("pre", "post"), hosts, states, voltages, per, strict=True)
    for label, host, state, v, own in rows:
        _check_one(label, host, state, unit_at(u.get_unit(v) * weight, own))


def _check_one(label: str, host: Any, state: str, current: u.Unit) -> None:
    if state == "V":
        return
    if host not in _FOUND:
        found = _reached(host, state, current)
        if found is None and brainstate.environ.get("t", default=None) is None:
            # It may be found out within a step, where the time is known.
            return
        _FOUND[host] = found
    reached = _FOUND[host]
    if reached and state not in reached:
        names = " or ".join(repr(name) for name in reached)
        raise ValueError(
            f"{label}_state must name a state that current inputs of {type(host).__name__} go "
            f"into, {names}; got {state!r}. The current of a junction is such an input, and would "
            f"change {reached[0]!r} instead."
        )


def _reached(host: Any, state: str, current: u.Unit) -> tuple[str, ...] | None:
    """Return the names of a population's states that a current input changes within a step.

    JAX traces the update, which computes nothing, with a placeholder as its only input. A state is
    reached if its new value is computed from the placeholder. It is not reached if its new value
    depends on the placeholder only through the new V.

    Returns
    -------
    tuple of str or None
        None if the update cannot be traced like this.
    """
    states = {name: item for name, item in vars(host).items() if isinstance(item, brainstate.State)}
    if state not in states:
        # Another name for a state, such as a property that returns it.
        return None
    names = [name for name, item in states.items() if _is_number(item.value)]
    shape = u.math.shape(states[state].value)
    pending = [inputs for inputs in (host.current_inputs, host.delta_inputs) if inputs is not None]
    saved = [dict(inputs) for inputs in pending]

    def update(placeholder: jax.Array) -> list[jax.Array]:
        host.add_current_input(_KEY, lambda *args: with_unit(placeholder, current))
        host.update()
        return [jnp.asarray(u.get_mantissa(states[name].value)) for name in names]

    try:
        for inputs in pending:
            inputs.clear()
        traced = brainstate.transform.make_jaxpr(update)(jnp.zeros(shape))[0]
    except Exception:
        # The update needs arguments, or something that exists only within a step. If it has a
        # fault of its own, the population's step raises the error.
        return None
    finally:
        # The dictionaries are restored in place, because the population holds these very objects.
        for inputs, before in zip(pending, saved, strict=True):
            inputs.clear()
            inputs.update(before)
    return _depending(traced.jaxpr, names)


def _depending(jaxpr: Any, names: list[str]) -> tuple[str, ...]:
    """Return the names of the first outputs that depend on the first input of a traced function.

    An output that depends on it only through the output called ``'V'`` does not count.
    """
    new = dict(zip(names, jaxpr.outvars, strict=False))
    voltage = new.get("V")
    depending = {jaxpr.invars[0]}
    for equation in jaxpr.eqns:
        # Literals are constants, and are not hashable.
        variables = [v for v in equation.invars if not isinstance(v, Literal) and v is not voltage]
        if depending.intersection(variables):
            depending.update(equation.outvars)
    return tuple(
        name
        for name, out in new.items()
        if not isinstance(out, Literal) and out in depending and (name == "V" or out is not voltage)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (u.Quantity, jax.Array))


def check_steady(mode: Mode, pre: Population, post: Population) -> None:
    """Raise an error if a mode remembers voltages, and a population resets its voltage."""
    for label, host in (("pre", pre), ("post", post)):
        if mode.remembers and resets(host):
            raise ValueError(
                f"coupling must not be {mode.name!r} for {label} ({type(host).__name__}), "
                "which resets its voltage after a spike: voltages cannot be extrapolated across a "
                "reset."
            )
