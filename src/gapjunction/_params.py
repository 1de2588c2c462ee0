"""Parameters that can be trained: plain quantities, States, and brainstate's Param."""

from __future__ import annotations

from typing import Any

import brainstate
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import Numbers


def is_parameter(value: object) -> bool:
    """Whether ``value`` is a State or a Param, which must be kept as it is to be trained."""
    return isinstance(value, (brainstate.State, brainstate.nn.Param))


def value_of(parameter: Any) -> Any:
    """Return the value of a State or a Param (after its transform); others are returned as is."""
    if isinstance(parameter, brainstate.nn.Param):
        return parameter.value()
    return parameter.value if isinstance(parameter, brainstate.State) else parameter


def as_floating(value: Numbers) -> Any:
    """Return a number, array or quantity in floating point, because integers have no gradients."""
    mantissa = u.get_mantissa(value)
    is_float = jnp.issubdtype(jnp.result_type(mantissa), jnp.floating)
    if isinstance(mantissa, (int, float)) or not is_float:
        mantissa = jnp.asarray(mantissa, dtype=brainstate.environ.dftype())
    else:
        mantissa = jnp.asarray(mantissa)
    return u.Quantity(mantissa, unit=value.unit) if isinstance(value, u.Quantity) else mantissa
