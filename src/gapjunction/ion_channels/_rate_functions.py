"""Rates as functions: what they read, their values, and a trial of them before they are used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels._parameter import Parameter
from gapjunction.ion_channels._rates import RateForm

RateLike: TypeAlias = Callable[..., Any] | ArrayLike
"""A constant, or a function of V and of further arguments that are found by their names."""

Declared: TypeAlias = RateLike | Parameter
"""A constant, a function, or a parameter of the channel."""

Readings: TypeAlias = Mapping[str, Any]
"""What rates can read besides V: concentrations, parameters, states of the channel, by name."""


def arguments(rate: Declared) -> list[str]:
    """Return the names of a rate's arguments after V, without those that have a default value."""
    if isinstance(rate, Parameter):
        return [rate.name]
    if isinstance(rate, RateForm):
        return list(rate.reads)
    if not callable(rate):
        return []
    _, *rest = inspect.signature(rate).parameters.values()
    return [item.name for item in rest if item.default is inspect.Parameter.empty]


def evaluate(rate: Declared | None, V: QuantityLike, readings: Readings) -> Any:
    """Return the value of a rate at a voltage; its other arguments are looked up by name."""
    if rate is None:
        raise ValueError("rate must be a function of V or a constant, got None.")
    names = arguments(rate)
    missing = [name for name in names if name not in readings]
    if missing:
        kind = "reversal potential" if missing[0].startswith("E_") else "concentration"
        raise ValueError(
            f"{kind} {missing[0]} is needed by {rate!r}; given are {sorted(readings)}."
        )
    if isinstance(rate, Parameter):
        return readings[rate.name] * jnp.ones_like(u.get_mantissa(V))
    if not callable(rate):
        return rate * jnp.ones_like(u.get_mantissa(V))
    value = rate(V, **{name: readings[name] for name in names})
    if u.math.shape(value) != u.math.shape(V):
        value = value * jnp.ones_like(u.get_mantissa(V))
    return value


def trial_value(name: str) -> QuantityLike:
    """Return an example for a name that a pool offers: a voltage for E_Na, else a concentration."""
    return -50.0 * u.mV if name.startswith("E_") else 1e-4 * u.mM


def trial_unit(name: str, rate: Declared, known: Readings, argument: u.Unit = u.mV) -> u.Unit:
    """Return the unit of a rate's value; raise an error for one that JAX cannot trace.

    Parameters
    ----------
    name : str
        How error messages call the rate, such as "alpha of gate 'n'".
    rate : callable or constant
        The rate to try.
    known : dict of str to number or Quantity
        Examples of everything in the channel itself that the rate may read. Arguments with other
        names are taken to be offered by pools.
    argument : Unit
        Unit of the rate's first argument: of the voltage in channels, of the current in pools.
    """
    if isinstance(rate, Parameter) and not rate.name:
        raise ValueError(f"{name} must be a Parameter that is an attribute of the class.")
    readings = {key: trial_value(key) for key in arguments(rate)} | dict(known)
    # The first argument is the voltage in channels, and the ion's current in pools.
    first = "V" if argument.dim == u.mV.dim else "the current"
    try:
        # The rate is traced, not computed: declaring a class should not start JAX's devices.
        value = jax.eval_shape(
            lambda v: evaluate(rate, u.Quantity(v, unit=argument), readings),
            jax.ShapeDtypeStruct((), jnp.float32),
        )
    except u.UnitMismatchError as error:
        read = {key: readings[key] for key in arguments(rate)}
        named = "".join(f", and {key} {_kind(value)}" for key, value in read.items())
        what = "a voltage unit" if first == "V" else f"a unit such as {argument}"
        raise u.UnitMismatchError(f"{name} must take {first} in {what}{named}: {error}") from error
    except NameError as error:
        raise ValueError(
            f"{name} must use names that exist when the class is made, because it is tried then: "
            f"{error}. A function in the body of a class sees neither the other names of that body "
            "nor the class itself: define what it uses above the class, or as a Parameter."
        ) from error
    except Exception as error:
        # A user's function may raise anything, and JAX's own messages do not name the function.
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"{name} must be a function of {first} (a Quantity) that JAX can trace, without "
            f"branches on its value: {type(error).__name__}: {reason}"
        ) from error
    return u.get_unit(value)


def check_rate(
    name: str, rate: Declared, unit: u.Unit, known: Readings, argument: u.Unit = u.mV
) -> None:
    """Raise an error for a rate that cannot be traced by JAX, or has another unit."""
    found = trial_unit(name, rate, known, argument)
    if found.dim != unit.dim:
        what = "a number" if unit.is_unitless else f"in a unit such as {unit}"
        raise u.UnitMismatchError(f"{name} must be {what}; its unit is {found}.")


def _kind(value: ArrayLike) -> str:
    unit = u.get_unit(value)
    return "as a number" if unit.is_unitless else f"in a unit such as {unit}"
