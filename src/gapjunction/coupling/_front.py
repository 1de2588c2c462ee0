"""How those units of a population that junctions touch answer to the current of each other.

A population has many units, and junctions touch few of them: of a hundred cells with fifty
compartments each, say one compartment of each cell. Current flows into these alone, and only their
voltages drive it, so the equations of a step are those of these units, the *front*.

Where it is known which units are compartments of one cell, the response of the front is written
out, a small matrix for each cell, from as many products with the derivative of the step as a cell
has units in the front. Otherwise, or where a cell has many of them, each product with the response
is one with that derivative.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.coupling._response import Answer

# Up to so many units of one cell its response is written out.
_MOST_IN_A_CELL = 16


class Seats(NamedTuple):
    """Where the units of a front are in a population.

    Attributes
    ----------
    ids : numpy.ndarray, shape (n_groups, n_in_group)
        Flat id of each unit. Rows are filled up with numbers from ``n`` on, which are no ids, and
        of which each is there once: the transpose of a scatter asks for that.
    n : int
        Number of units of the population.
    """

    ids: np.ndarray
    n: int


def seats_of(touched: np.ndarray, units: tuple[int, ...], cell_axes: int | None) -> Seats:
    """Return where the units of a front are, one row for each cell if cells are told apart.

    Parameters
    ----------
    touched : numpy.ndarray of int
        Flat ids of the units, each once, in ascending order.
    units : tuple of int
        Shape of the population.
    cell_axes : int, optional
        How many trailing axes of ``units`` are those of one cell.

    Examples
    --------
    >>> import numpy as np
    >>> seats_of(np.array([0, 2, 4]), (2, 3), 1).ids.tolist()
    [[0, 2], [4, 9]]
    """
    n = math.prod(units)
    if cell_axes is None or not len(touched):
        return Seats(touched[None], n)
    of_cell = touched // math.prod(units[len(units) - cell_axes :])
    cells, counts = np.unique(of_cell, return_counts=True)
    shape = (len(cells), int(counts.max()))
    ids = n + np.arange(math.prod(shape)).reshape(shape)
    for row, cell in enumerate(cells):
        own = touched[of_cell == cell]
        ids[row, : len(own)] = own
    return Seats(ids, n)


@dataclasses.dataclass(frozen=True)
class Front:
    """The units of one population that junctions touch, and their answer to current.

    Vectors over the front have the shape ``(*batch, *seats.ids.shape)``.

    Parameters
    ----------
    answer : Answer
        The answer of the whole population.
    seats : Seats
        Where the units are in it.
    written : array or None
        The response, shape ``(*batch, n_groups, n_in_group, n_in_group)``; None if it is applied.
    """

    answer: Answer
    seats: Seats
    written: jax.Array | None

    @classmethod
    def of(cls, answer: Answer, touched: np.ndarray) -> Front:
        """Return the front of a population at the units with these flat ids."""
        batch = answer.batch
        units = answer.c.shape[batch:]
        axes = 0 if answer.rho is not None else answer.cell_axes
        seats = seats_of(touched, units, axes)
        front = cls(answer, seats, None)
        width = seats.ids.shape[1]
        if answer.rho is not None:
            return dataclasses.replace(front, written=front.take(answer.rho)[..., None])
        if axes is None or width > _MOST_IN_A_CELL or not len(touched):
            return front

        def column(k: jax.Array) -> jax.Array:
            probe = jnp.broadcast_to(jnp.arange(width) == k, seats.ids.shape)
            unit = jnp.broadcast_to(probe.astype(answer.c.dtype), front.shape)
            return front.take(answer.apply(front.put(unit)))

        return dataclasses.replace(front, written=jax.vmap(column, out_axes=-1)(jnp.arange(width)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a vector over the front."""
        return (*self.answer.c.shape[: self.answer.batch], *self.seats.ids.shape)

    def take(self, x: jax.Array, fill: float = 0) -> jax.Array:
        """Return the values of the front of a vector over the population; ``fill`` at no unit."""
        flat = x.reshape(*x.shape[: self.answer.batch], self.seats.n)
        return flat.at[..., self.seats.ids].get(mode="fill", fill_value=fill, unique_indices=True)

    def put(self, x: jax.Array) -> jax.Array:
        """Return a vector over the population that is 0 apart from the front."""
        flat = jnp.zeros((*x.shape[: self.answer.batch], self.seats.n), x.dtype)
        flat = flat.at[..., self.seats.ids].set(x, mode="drop", unique_indices=True)
        return flat.reshape(
            *x.shape[: self.answer.batch], *self.answer.c.shape[self.answer.batch :]
        )

    def respond(self, x: jax.Array) -> jax.Array:
        """Return the change of the voltages with currents into the front."""
        if self.written is None:
            return self.take(self.answer.apply(self.put(x)))
        if self.written.shape[-1] == 1:
            return self.written[..., 0] * x
        return jnp.einsum("...ij,...j->...i", self.written, x)

    def transposed(self, x: jax.Array) -> jax.Array:
        """Return the product with the transpose of the response."""
        (found,) = jax.linear_transpose(self.respond, x)(x)
        return found
