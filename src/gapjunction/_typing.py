"""Unit-aware type aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

import jax
import numpy as np
import saiunit as u

Array: TypeAlias = jax.Array | np.ndarray
"""A plain array: dimensionless, or the mantissa of a quantity."""

ArrayLike: TypeAlias = jax.Array | np.ndarray | u.Quantity | float | int
"""Anything that can stand for a number or an array, with or without a unit."""

Size: TypeAlias = int | tuple[int, ...]
"""The shape of a population."""

Connection: TypeAlias = Any
"""Who is coupled to whom, in any of the forms :func:`gapjunction.connectivity.as_edges` takes."""


@runtime_checkable
class Population(Protocol):
    """What a junction needs of a neuron population.

    Every neuron of `brainpy.state` and braincell's ``SingleCompartment`` have it.
    """

    out_size: tuple[int, ...]

    def add_current_input(self, key: str, inp: Callable[..., Any] | ArrayLike) -> None:
        """Register an input that the population sums at each step."""

    def add_delta_input(self, key: str, inp: Callable[..., Any] | ArrayLike) -> None:
        """Register an instantaneous change of the state."""
