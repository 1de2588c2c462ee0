"""What scales a junction's conductance from outside: a block, a modulator."""

from __future__ import annotations

from typing import Any

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import is_parameter, value_of

_WHAT = "a number, an array, a State, a Param or a function of time"


def check_scale(scale: Any, n_edges: int) -> None:
    """Refuse what cannot scale conductances; what a function returns shows only when it is called.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it has another shape than a number's or the edges'.
    saiunit.UnitMismatchError
        If it has a unit.
    """
    if scale is None or (callable(scale) and not is_parameter(scale)):
        return
    _checked(value_of(scale), n_edges, "")


def scale_now(scale: Any, n_edges: int) -> Any:
    """Return the factor at the present time; None for none.

    Raises
    ------
    ValueError
        If it is a function of time, and the environment has no ``t``.
    """
    if scale is None:
        return None
    if is_parameter(scale) or not callable(scale):
        return _checked(value_of(scale), n_edges, "")
    t = brainstate.environ.get("t", default=None)
    if t is None:
        raise ValueError(
            "scale is a function of time, which needs the time: run the step within "
            "brainstate.environ.context(t=...)."
        )
    return _checked(scale(t), n_edges, " from its function")


def scaled(conductance: Any, factor: Any, paired: bool) -> Any:
    """Return a conductance times a factor for each edge, or for all."""
    if paired and u.math.ndim(factor):
        # A column for each direction, also of weights that have one for both.
        shape = np.broadcast_shapes(u.math.shape(conductance), (2,))
        return u.math.broadcast_to(conductance, shape) * factor[..., None]
    return conductance * factor


def _checked(value: Any, n_edges: int, where: str) -> Any:
    if not u.get_unit(value).is_unitless:
        raise u.UnitMismatchError(f"scale must be without a unit, got {describe(value)}{where}.")
    try:
        value = jnp.asarray(u.get_mantissa(value))
    except (TypeError, ValueError):
        value = None
    if value is None or not (
        jnp.issubdtype(value.dtype, jnp.floating) or jnp.issubdtype(value.dtype, jnp.integer)
    ):
        raise TypeError(f"scale must be {_WHAT}, got {describe(value)}{where}.")
    if value.shape not in ((), (1,), (n_edges,)):
        raise ValueError(
            f"scale must be one number or have the shape {(n_edges,)} of the edges, got the shape "
            f"{value.shape}{where}."
        )
    return value
