"""Rates as functions: what they read, their values, and a trial of them before they are used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import ArrayLike, QuantityLike

RateLike: TypeAlias = Callable[..., Any] | ArrayLike
"""A function of V, and of concentrations and other gates by name; or a constant."""

Readings: TypeAlias = Mapping[str, ArrayLike]
"""What rates can read besides V: concentrations, and open fractions of other gates, by name."""


def arguments(rate: RateLike) -> list[str]:
    """Return the names of what a rate takes after V; those with a default value are its own."""
    if not callable(rate):
        return []
    _, *rest = inspect.signature(rate).parameters.values()
    return [item.name for item in rest if item.default is inspect.Parameter.empty]


def evaluate(rate: RateLike | None, V: QuantityLike, readings: Readings) -> Any:
    """Return a rate at a voltage, with the concentrations and gates that it names."""
    if rate is None:
        raise ValueError("rate must be a function of V or a constant, got None.")
    if not callable(rate):
        return rate * jnp.ones_like(u.get_mantissa(V))
    names = arguments(rate)
    missing = [name for name in names if name not in readings]
    if missing:
        raise ValueError(f"{missing[0]} is needed by {rate!r}; given are {sorted(readings)}.")
    value = rate(V, **{name: readings[name] for name in names})
    if u.math.shape(value) != u.math.shape(V):
        value = value * jnp.ones_like(u.get_mantissa(V))
    return value


def no_attribute(item: object, name: str) -> AttributeError:
    """Return the error for an attribute that a part of a declaration does not have.

    In the body of a class, a gate called ``u`` hides a module of the same name.
    """
    kind = type(item).__name__
    hint = ""
    if not name.startswith("_") and name in vars(u):
        hint = (
            f"; is saiunit's {name} meant? After a line such as 'u = {kind}(...)' the name u is "
            f"the {kind} in the rest of the class: put this line last, or import saiunit under "
            "another name"
        )
    return AttributeError(f"{kind!r} object has no attribute {name!r}{hint}")


def trial_value(name: str) -> QuantityLike:
    """Return what is tried for a name that a pool gives: a voltage for E_Na, or a concentration."""
    return -50.0 * u.mV if name.startswith("E_") else 1e-4 * u.mM


def check_rate(name: str, rate: RateLike, unit: u.Unit, known: Readings) -> None:
    """Raise an error for a rate that cannot be traced by JAX, or has another unit.

    Parameters
    ----------
    name : str
        Which rate of which gate, for error messages.
    rate : callable or constant
        What is tried.
    unit : Unit
        What its value must be in.
    known : dict of str to number or Quantity
        Values of all that the channel itself offers; other names are those of pools.
    """
    readings = {key: trial_value(key) for key in arguments(rate)} | dict(known)
    try:
        # The rate is traced, not computed: declaring a class should not start JAX's devices.
        value = jax.eval_shape(
            lambda v: evaluate(rate, v * u.mV, readings),
            jax.ShapeDtypeStruct((), jnp.float32),
        )
    except u.UnitMismatchError as error:
        read = {key: readings[key] for key in arguments(rate)}
        named = "".join(f", and {key} {_kind(value)}" for key, value in read.items())
        raise u.UnitMismatchError(
            f"{name} must take V in a voltage unit{named}: {error}"
        ) from error
    except NameError as error:
        raise ValueError(
            f"{name} must use names that exist when the class is made, at which it is tried: "
            f"{error}. Names of a class's own body, and of the class itself, are not seen by a "
            "function within it: define what it uses above the class."
        ) from error
    except Exception as error:
        # A user's function may raise anything, and JAX's own messages do not name the function.
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"{name} must be a function of V (a Quantity) that JAX can trace, without branches on "
            f"its value: {type(error).__name__}: {reason}"
        ) from error
    if u.get_unit(value).dim != unit.dim:
        what = "a number" if unit.is_unitless else f"in a unit such as {unit}"
        raise u.UnitMismatchError(f"{name} must be {what}; its unit is {u.get_unit(value)}.")


def _kind(value: ArrayLike) -> str:
    unit = u.get_unit(value)
    return "as a number" if unit.is_unitless else f"in a unit such as {unit}"
