"""From the ``weight`` argument to the parameter a junction holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import braintools
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe, warn
from gapjunction._params import as_floating, is_parameter, value_of


def as_parameter(
    weight: Any, param_type: Callable[[Any], Any], n_edges: int, shapes: tuple[tuple[int, ...], ...]
) -> Any:
    """Return ``weight`` as a State or Param; one that is passed in is used as it is, and shared.

    Parameters
    ----------
    weight : ArrayLike, callable, State or Param
        Conductance, or an initialiser that is called with the last of ``shapes``.
    param_type : type
        Wraps a conductance that is not yet a State or Param.
    n_edges : int
        For messages.
    shapes : tuple of tuple of int
        The accepted shapes.

    Raises
    ------
    TypeError
        If the conductance is complex, bool or not a number, or ``param_type`` is no type.
    ValueError
        If its shape is not one of ``shapes``, or it is not finite.
    """
    if is_parameter(weight):
        value = value_of(weight)
        check_state(value, n_edges, shapes)
        _check_values(value)
        return weight
    if not callable(param_type):
        raise TypeError(
            f"param_type must be a State or Param type, such as brainstate.ParamState; "
            f"got {describe(param_type)}."
        )
    if isinstance(weight, type):
        raise TypeError(
            f"weight must be made first: {weight.__name__}(...) with its settings, got the class."
        )
    if callable(weight) and not isinstance(weight, u.Quantity):
        weight = braintools.init.param(weight, shapes[-1])
    _check_kind(weight)
    check_shape(weight, n_edges, shapes)
    value = as_floating(weight)
    _check_values(value)
    parameter = param_type(value)
    if not is_parameter(parameter):
        raise TypeError(
            f"param_type must make a State or a Param, such as brainstate.ParamState; it made "
            f"{describe(parameter)}."
        )
    return parameter


def check_shape(value: Any, n_edges: int, shapes: tuple[tuple[int, ...], ...]) -> None:
    """Refuse a conductance whose shape is not one of ``shapes``."""
    shape = tuple(u.math.shape(value))
    if shape not in shapes:
        # With one junction, two of the shapes are the same.
        listed = ", ".join(dict.fromkeys(str(item) for item in shapes))
        raise ValueError(
            f"weight must have one of the shapes {listed} for {n_edges} junctions, got {shape}."
        )


def check_state(value: Any, n_edges: int, shapes: tuple[tuple[int, ...], ...]) -> None:
    """Refuse what a State or Param holds, if it cannot be a conductance."""
    _check_kind(value)
    if not jnp.issubdtype(_dtype(value), jnp.floating):
        raise TypeError(
            "weight must hold floating-point numbers to have gradients; its State or Param holds "
            f"{describe(value)}."
        )
    check_shape(value, n_edges, shapes)


def _dtype(value: Any) -> np.dtype:
    return jnp.result_type(u.get_mantissa(value))


def _check_kind(value: Any) -> None:
    try:
        # jnp.result_type(None) is a float.
        dtype = None if value is None else _dtype(value)
    except (TypeError, ValueError):
        dtype = None
    if dtype is None or not (
        jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer)
    ):
        raise TypeError(
            "weight must be a real conductance (a number, an array, a quantity, an initialiser, a "
            f"State or a Param), got {describe(value)}."
        )


def _check_values(value: Any) -> None:
    mantissa = u.get_mantissa(value)
    if isinstance(mantissa, jax.core.Tracer):
        return
    numbers = np.asarray(mantissa).astype(np.float64)
    if not np.isfinite(numbers).all():
        bad = np.argwhere(~np.isfinite(numbers))
        where = f" at index {tuple(bad[0].tolist())}" if numbers.ndim else ""
        raise ValueError(f"weight must be finite, got {numbers[tuple(bad[0])]}{where}.")
    if (numbers < 0).any():
        warn(
            f"weight has {int((numbers < 0).sum())} negative conductance(s), down to "
            f"{numbers.min():g} {u.get_unit(value)}: such a junction pumps energy into the cells "
            "it couples."
        )
