"""The numbers of a channel or a pool, as they are stored: of the right size, and trainable."""

from __future__ import annotations

from typing import Any

import braintools
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import Parameter


def as_parameter(name: str, value: Parameter, size: tuple[int, ...]) -> Any:
    """Return an argument as it is stored: a State or Param as it is, others as floats."""
    plain = value_of(value)
    if callable(plain) and not isinstance(plain, u.Quantity):
        plain = value = braintools.init.param(plain, size)
    check_size(name, plain, size)
    if not is_parameter(value):
        return as_floating(plain)
    if not jnp.issubdtype(jnp.result_type(u.get_mantissa(plain)), jnp.floating):
        raise TypeError(
            f"{name} must hold floating-point numbers to have gradients, got {describe(plain)}."
        )
    return value


def check_size(name: str, value: Any, size: tuple[int, ...]) -> None:
    """Raise an error for a value that is neither one for all cells nor one for each."""
    value = value_of(value)
    shape = tuple(u.math.shape(value))
    if len(shape) > len(size) or any(
        a not in (1, b) for a, b in zip(shape[::-1], size[::-1], strict=False)
    ):
        raise ValueError(f"{name} must be one value, or of the size {size}, got {describe(value)}.")


def check_positive(name: str, value: Any, *, zero: bool = False) -> None:
    """Raise an error for a value that is not above 0; with ``zero``, for one below 0.

    Values that JAX traces are not known yet, and are let pass.
    """
    mantissa = u.get_mantissa(value_of(value))
    if isinstance(mantissa, jax.core.Tracer):
        return
    numbers = np.asarray(mantissa)
    if not (numbers >= 0 if zero else numbers > 0).all():
        what = "not be negative" if zero else "be positive"
        raise ValueError(f"{name} must {what}, got {describe(value_of(value))}.")
