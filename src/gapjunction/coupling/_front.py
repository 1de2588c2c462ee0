"""How the units of a population that junctions touch respond to each other's current.

Junctions often touch few of the units of a population: in a hundred cells with fifty compartments
each, perhaps one compartment of each cell. The current of junctions flows into these units alone,
and depends on their voltages alone, so these units are all that the equations of a step need to
contain. They are called the *front*.

Where it is known which units are compartments of one cell, the response of the front is written
out as a small matrix for each cell. This takes as many products with the derivative of the step as
a cell has units in the front, because all cells are probed at once. Otherwise, or if a cell has
many units in the front, the response is not written out, and each product with it costs one product
with that derivative.
"""

from __future__ import annotations

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.coupling._response import Answer
from gapjunction.hosts import Picks

# A cell's response is written out if it has at most this many units in the front.
_MOST_IN_A_CELL = 16


def seats_of(touched: np.ndarray, units: tuple[int, ...], cell_axes: int | None) -> np.ndarray:
    """Return the units of a front, one row for each cell if cells are told apart.

    Parameters
    ----------
    touched : numpy.ndarray of int
        Flat ids of the units, each once, in ascending order.
    units : tuple of int
        Shape of the population.
    cell_axes : int, optional
        How many trailing axes of ``units`` are those of one cell.

    Returns
    -------
    numpy.ndarray of int, shape (n_groups, n_in_group)
        Flat ids. Rows are filled up with different numbers that are out of range.

    Examples
    --------
    >>> import numpy as np
    >>> seats_of(np.array([0, 2, 4]), (2, 3), 1).tolist()
    [[0, 2], [4, 9]]
    """
    n = math.prod(units)
    if cell_axes is None or not len(touched):
        return touched[None]
    of_cell = touched // math.prod(units[len(units) - cell_axes :])
    cells, rows, counts = np.unique(of_cell, return_inverse=True, return_counts=True)
    shape = (len(cells), int(counts.max()))
    # Numbers that fill rows up differ from each other, so that no place is written to twice.
    ids = n + np.arange(math.prod(shape)).reshape(shape)
    # The ids ascend, so those of one cell follow each other.
    first = np.cumsum(counts) - counts
    ids[rows, np.arange(len(touched)) - first[rows]] = touched
    return ids


def written_response(answer: Answer, picks: Picks) -> jax.Array:
    """Return the response of the picked units of each cell to currents into them.

    Shape ``(*batch, n_cells, n, n)`` for picks of the shape ``(n_cells, n)``. It takes ``n``
    products with the derivative of the step: cells do not respond to each other, so that one
    product gives the same column for all cells.
    """
    width = picks.shape[1]
    like = picks.take(answer.c)

    def column(k: jax.Array | int) -> jax.Array:
        probe = jnp.broadcast_to(jnp.arange(width) == k, picks.shape)
        unit = jnp.broadcast_to(probe.astype(like.dtype), like.shape)
        return picks.take(answer.apply(picks.put(unit)))

    if width == 1:
        return column(0)[..., None]
    return jax.vmap(column, out_axes=-1)(jnp.arange(width))


@dataclasses.dataclass(frozen=True)
class Front:
    """The units of one population in the equations of a step, and their answer to current.

    Vectors over the front have the shape ``(*batch, *picks.shape)``.

    Parameters
    ----------
    answer : Answer
        The answer of the whole population.
    picks : Picks
        The units: those that junctions touch, or all.
    c, start : array
        The attributes of the answer with these names, over the front.
    rho : array or None
        The response, if each unit of the front responds to its own current alone.
    written : array or None
        The response, shape ``(*batch, n_groups, n_in_group, n_in_group)``; None if it is applied,
        and where the front is the whole population.
    """

    answer: Answer
    picks: Picks
    c: jax.Array
    start: jax.Array
    rho: jax.Array | None
    written: jax.Array | None

    @classmethod
    def whole(cls, answer: Answer) -> Front:
        """Return all units of a population as a front."""
        units = Picks(None, answer.c.shape[answer.batch :])
        return cls(answer, units, answer.c, answer.start, answer.rho, None)

    @classmethod
    def of(cls, answer: Answer, touched: np.ndarray) -> Front:
        """Return the front of a population at the units with these flat ids."""
        units = answer.c.shape[answer.batch :]
        axes = 0 if answer.rho is not None else answer.cell_axes
        picks = Picks(seats_of(touched, units, axes), units)
        c, start = picks.take(answer.c), picks.take(answer.start)
        front = cls(answer, picks, c, start, None, None)
        if answer.rho is not None:
            rho = picks.take(answer.rho)
            return dataclasses.replace(front, rho=rho, written=rho[..., None])
        width = picks.shape[1]
        if axes is None or width > _MOST_IN_A_CELL or not len(touched):
            return front
        written = written_response(answer, picks)
        # With one unit in each cell, the equations are those of point neurons. They are solved with
        # the square root of the response, so it must not be negative: that is known of hosts that
        # state a symmetric response.
        alone = written[..., 0] if width == 1 and answer.symmetric else None
        return dataclasses.replace(front, rho=alone, written=written)

    @property
    def end(self) -> jax.Array:
        """The voltage at the end of the step if junctions gave no current."""
        return self.start + (self.c - self.start) / self.answer.point

    def respond(self, x: jax.Array) -> jax.Array:
        """Return the change of the voltages with currents into the front."""
        if self.rho is not None:
            return self.rho * x
        if self.written is None:
            return self.picks.take(self.answer.apply(self.picks.put(x)))
        if self.written.shape[-1] == 1:
            return self.written[..., 0] * x
        return jnp.einsum("...ij,...j->...i", self.written, x)
