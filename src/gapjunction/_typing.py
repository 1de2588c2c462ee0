"""Type aliases for the signatures of the whole package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import brainstate
import jax
import numpy as np
import saiunit as u

Array: TypeAlias = jax.Array | np.ndarray
"""A plain array: dimensionless, or the mantissa of a quantity."""

Value: TypeAlias = jax.Array | np.ndarray | u.Quantity
"""Voltages, currents, conductances: a quantity, or a plain array in a model without units."""

QuantityLike: TypeAlias = u.Quantity | u.Unit
"""A number with a unit, as users write it: saiunit types ``5 * u.mV`` as either of the two."""

ArrayLike: TypeAlias = jax.Array | np.ndarray | u.Quantity | u.Unit | float | int
"""Anything that can stand for a number or an array, with or without a unit."""

Numbers: TypeAlias = ArrayLike | np.generic | Sequence[Any]
"""One number or many, as users write them: an array, a number, or a sequence of numbers."""

Parameter: TypeAlias = ArrayLike | Callable[..., Any] | brainstate.State | brainstate.nn.Param
"""A number or array, a State or Param that can be trained, or a function that makes an array."""

Size: TypeAlias = int | tuple[int, ...]
"""The shape of a population."""

Connection: TypeAlias = Any
"""Who is coupled to whom, in any of the forms :func:`gapjunction.connectivity.as_edges` takes."""


@runtime_checkable
class Population(Protocol):
    """What a junction needs from a population of neurons.

    All neurons of `brainpy.state` and braincell's ``SingleCompartment`` provide it.
    """

    out_size: tuple[int, ...]

    def add_current_input(self, key: str, inp: Callable[..., Any] | ArrayLike) -> None:
        """Register an input that the population sums at each step."""

    def add_delta_input(self, key: str, inp: Callable[..., Any] | ArrayLike) -> None:
        """Register an instantaneous change of the state."""
