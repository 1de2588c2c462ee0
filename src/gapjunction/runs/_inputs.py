"""What a run passes to its model in each step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike
from gapjunction.runs._facts import describe_parts
from gapjunction.runs._grid import Grid
from gapjunction.runs._states import unit_name


@dataclasses.dataclass(frozen=True, eq=False)
class PerStep:
    """An input that has a value of its own for each step.

    Parameters
    ----------
    values : array or Quantity, shape (n_steps, ...)
        The values, one row for each step. An array in a file (of Zarr, or a ``numpy.memmap``) is
        read chunk by chunk. When a run is resumed, the numbers in a file are not compared with
        those that it began with; those of other arrays are.
    unit : Unit, optional
        The unit of ``values`` if these are a plain array.

    Raises
    ------
    TypeError, ValueError
        If ``values`` is not an array, or ``unit`` is given for values that have a unit.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> ramp = gj.runs.PerStep(np.linspace(0, 1, 1000), u.nA)
    """

    __module__ = "gapjunction.runs"

    values: Any
    unit: u.Unit | None = None

    def __post_init__(self) -> None:
        # Arrays of Zarr and of other libraries are recognised by what is used of them.
        shape = getattr(self.values, "shape", None)
        if (
            not isinstance(shape, tuple)
            or not shape
            or not callable(getattr(self.values, "__getitem__", None))
        ):
            raise TypeError(
                f"values must be an array with one row for each step, got {describe(self.values)}."
            )
        if self.unit is not None and isinstance(self.values, u.Quantity):
            raise ValueError(
                f"unit must be left out for values with a unit, got {describe(self.values)}."
            )

    def check(self, name: str, n_steps: int) -> None:
        """Raise an error if there is not one value for each step."""
        if self.values.shape[0] != n_steps:
            raise ValueError(
                f"{name} must have {n_steps} rows, one for each step of the run; got an array of "
                f"shape {tuple(self.values.shape)}."
            )

    def rows(self, first: int, shape: tuple[int, ...]) -> jax.Array:
        """Return the values of some steps without their unit, the first axis split as ``shape``."""
        count = int(np.prod(shape))
        found = jnp.asarray(u.get_mantissa(self.values[first : first + count]))
        return found.reshape(*shape, *found.shape[1:])

    @property
    def unit_of_rows(self) -> u.Unit:
        """The unit of the values."""
        return u.get_unit(self.values) if self.unit is None else self.unit

    def facts(self) -> dict[str, str]:
        """Return what must be the same when the run is resumed."""
        unit = {"unit": unit_name(self.unit_of_rows)}
        # numpy.memmap is a subclass of numpy.ndarray, and its contents lie in a file.
        if isinstance(self.values, (u.Quantity, jax.Array)) or type(self.values) is np.ndarray:
            return {**describe_parts("values", self.values), **unit}
        # An array in a file may be larger than memory, so its contents are not read here.
        kind = f"{np.dtype(self.values.dtype).name}{list(self.values.shape)}"
        return {"values": kind, **unit}


Input: TypeAlias = "ArrayLike | Callable[[u.Quantity], Any] | PerStep"
"""A constant, a function of the time, or values for each step."""


class Inputs:
    """The arguments of a model in each step.

    Parameters
    ----------
    inputs : Input or tuple of Input or None
        As :func:`gapjunction.run` takes them; a tuple has one for each argument.
    grid : Grid
        The steps.
    """

    def __init__(self, inputs: Input | tuple[Input, ...] | None, grid: Grid) -> None:
        self.grid = grid
        if inputs is None:
            inputs = ()
        self.items: tuple[Any, ...] = inputs if isinstance(inputs, tuple) else (inputs,)
        for k, item in enumerate(self.items):
            name = f"inputs[{k}]" if isinstance(inputs, tuple) and len(inputs) > 1 else "inputs"
            if isinstance(item, PerStep):
                item.check(name, grid.n_steps)
            elif not callable(item):
                try:
                    jnp.asarray(u.get_mantissa(item))
                except TypeError as error:
                    raise TypeError(
                        f"{name} must be a number or an array, a function of the time, or a "
                        f"gapjunction.runs.PerStep; got {describe(item)}."
                    ) from error

    def rows(self, window: int, n_windows: int) -> tuple[jax.Array, ...]:
        """Return the rows of each PerStep for some windows, shape ``(n_windows, every, ...)``."""
        shape = (n_windows, self.grid.every)
        first = window * self.grid.every
        return tuple(i.rows(first, shape) for i in self.items if isinstance(i, PerStep))

    def at(self, rows: tuple[jax.Array, ...]) -> list[Any]:
        """Return the model's arguments in a step, given that step's row of each PerStep."""
        left, t = iter(rows), brainstate.environ.get("t")
        found: list[Any] = []
        for item in self.items:
            if isinstance(item, PerStep):
                row, unit = next(left), item.unit_of_rows
                found.append(row if unit.is_unitless else u.Quantity(row, unit=unit))
            else:
                found.append(item(t) if callable(item) else item)
        return found

    def facts(self) -> dict[str, str]:
        """Return what must be the same when the run is resumed."""
        found: dict[str, str] = {}
        for k, item in enumerate(self.items):
            parts = item.facts() if isinstance(item, PerStep) else describe_parts("", item)
            found.update({f"[{k}]{key}": text for key, text in parts.items()})
        return found
