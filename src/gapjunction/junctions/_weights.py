"""From the ``weight`` argument to the parameter that a junction holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe, warn
from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import ArrayLike

Weight: TypeAlias = ArrayLike | Callable[..., Any] | brainstate.State | brainstate.nn.Param
"""A conductance, an initialiser that returns one, or a parameter that holds one."""


def as_parameter(
    weight: Weight,
    param_type: Callable[[Any], Any],
    n_edges: int,
    paired: bool,
) -> Any:
    """Return ``weight`` as a State or Param.

    A State or Param that is passed in is used as it is, so that several junctions can share it.

    Parameters
    ----------
    weight : ArrayLike, callable, State or Param
        Conductance, or an initialiser. The latter is called with the shape that has a conductance
        for each edge.
    param_type : type
        What to make of a conductance that is not a State or Param.
    n_edges : int
        Number of edges.
    paired : bool
        Whether an edge has two conductances.

    Raises
    ------
    TypeError
        If the conductance is complex, bool or not a number, or ``param_type`` does not make a
        State or Param.
    ValueError
        If the conductance is not finite, or does not have one of the accepted shapes.
    """
    if is_parameter(weight):
        value = value_of(weight)
        check_state(value, n_edges, paired)
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
        weight = braintools.init.param(weight, _shapes(n_edges, paired)[-1])
    _check_kind(weight)
    _check_shape(weight, n_edges, paired)
    value = as_floating(weight)
    _check_values(value)
    parameter = param_type(value)
    if not is_parameter(parameter):
        raise TypeError(
            f"param_type must make a State or a Param, such as brainstate.ParamState; it made "
            f"{describe(parameter)}."
        )
    return parameter


def _shapes(n: int, paired: bool) -> tuple[tuple[int, ...], ...]:
    """Return the shapes that conductances of n edges may have."""
    return ((), (1,), (2,), (1, 2), (n, 2)) if paired else ((), (1,), (n,))


def _check_shape(value: object, n_edges: int, paired: bool) -> None:
    """Raise an error if conductances do not have one of the accepted shapes."""
    shape, shapes = tuple(u.math.shape(value)), _shapes(n_edges, paired)
    if shape not in shapes:
        # Repetitions are removed: with one edge, two of the shapes are the same.
        listed = ", ".join(dict.fromkeys(str(item) for item in shapes))
        raise ValueError(
            f"weight must have one of the shapes {listed} for {n_edges} junctions, got {shape}."
        )


def check_state(value: object, n_edges: int, paired: bool) -> None:
    """Raise an error if what a State or Param holds cannot be a conductance."""
    _check_kind(value)
    if not jnp.issubdtype(_dtype(value), jnp.floating):
        raise TypeError(
            "weight must hold floating-point numbers to have gradients; its State or Param holds "
            f"{describe(value)}."
        )
    _check_shape(value, n_edges, paired)


def _dtype(value: object) -> np.dtype:
    return jnp.result_type(u.get_mantissa(value))


def _check_kind(value: object) -> None:
    """Raise an error if a value is not a real number or an array of real numbers."""
    try:
        # None is caught here because jnp.result_type takes it for a float.
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


def _check_values(value: object) -> None:
    """Raise an error if a conductance is not finite, and warn if it is negative."""
    mantissa = u.get_mantissa(value)
    if isinstance(mantissa, jax.core.Tracer):
        # Within a transformed function there are no numbers that could be checked.
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
