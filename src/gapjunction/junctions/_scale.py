"""The factor ``scale``, by which a block or a neuromodulator changes conductances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeGuard

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_finite, describe
from gapjunction._params import is_parameter, value_of
from gapjunction._typing import Array, ArrayLike, Value

Scale: TypeAlias = (
    ArrayLike | Callable[[u.Quantity], ArrayLike] | brainstate.State | brainstate.nn.Param
)
"""A factor, one for each edge, a parameter that holds these, or a function of time."""

_WHAT = "a number, an array, a State, a Param or a function of time"


def check_scale(scale: Scale | None, n_edges: int) -> Scale | None:
    """Return ``scale``; raise an error if it cannot scale conductances.

    The value of a function of time is checked when the function is called, in :func:`scale_now`.

    Raises
    ------
    TypeError
        If ``scale`` is neither a real number, an array of real numbers, nor a function.
    ValueError
        If it is not finite, or is an array without the shape of the edges.
    saiunit.UnitMismatchError
        If it has a unit.
    """
    if scale is not None and not is_function(scale):
        plain = _checked(value_of(scale), n_edges, "")
        check_finite("scale", plain, value_of(scale))
    return scale


def is_function(scale: object) -> TypeGuard[Callable[[u.Quantity], ArrayLike]]:
    """Return whether ``scale`` is a function of time. A Param is not, although it is callable."""
    return callable(scale) and not is_parameter(scale)


def scale_now(scale: Scale | None, n_edges: int) -> jax.Array | None:
    """Return the factor at the present time, or None if there is no ``scale``.

    Raises
    ------
    ValueError
        If ``scale`` is a function of time, and the environment has no ``t``.
    """
    if scale is None:
        return None
    if is_function(scale):
        t = brainstate.environ.get("t", default=None)
        if t is None:
            raise ValueError(
                "scale is a function of time, which needs the time: run the step within "
                "brainstate.environ.context(t=...)."
            )
        return _checked(scale(t), n_edges, " from its function")
    return _checked(value_of(scale), n_edges, "")


def scaled(conductance: Value, factor: Array, paired: bool) -> Any:
    """Return a conductance times a factor.

    Parameters
    ----------
    conductance : Quantity or array
        The conductance, in a shape that the junction's ``weight`` may have.
    factor : array
        One factor for all edges, or one for each.
    paired : bool
        Whether the junction has two conductances for each edge.
    """
    if paired and u.math.ndim(factor):
        # The result needs a column for each direction, even if the weight is one number.
        shape = np.broadcast_shapes(u.math.shape(conductance), (2,))
        return u.math.broadcast_to(conductance, shape) * factor[..., None]
    return conductance * factor


def _checked(value: object, n_edges: int, where: str) -> jax.Array:
    """Return a factor as an array. Messages end with ``where``, which says where it comes from."""
    if not u.get_unit(value).is_unitless:
        raise u.UnitMismatchError(f"scale must be without a unit, got {describe(value)}{where}.")
    try:
        plain = jnp.asarray(u.get_mantissa(value))
    except (TypeError, ValueError):
        plain = None
    if plain is None or not (
        jnp.issubdtype(plain.dtype, jnp.floating) or jnp.issubdtype(plain.dtype, jnp.integer)
    ):
        raise TypeError(f"scale must be {_WHAT}, got {describe(value)}{where}.")
    if plain.shape not in ((), (1,), (n_edges,)):
        raise ValueError(
            f"scale must be one number or have the shape {(n_edges,)} of the edges, got the shape "
            f"{plain.shape}{where}."
        )
    return plain
