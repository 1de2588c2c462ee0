r"""Units that are held at a voltage, among others that answer to the current into them.

A compartment that is held acts on the rest of its cell within a step: the other compartments see it
at the holding voltage. The population computes this step, and knows of no clamp. So the clamp's
amplifier puts a current into the unit: the one with which the step ends at the holding voltage.
Let H be the held units, c the voltages without current, and R the response: ``y = c + R (I + a)``,
with the current I of junctions, and that of the amplifiers a, which is 0 outside of H. Then::

    R_HH a = v - c_H - (R I)_H

The other units then answer to current as in a population without clamps, with the Schur complement
of ``R_HH`` as their response. It is symmetric if R is, and 0 in the rows and columns of H. All of
this is exact if voltages at the end of the step are affine in the currents, as in an implicit step
of the cable equation: the result is the step in which the voltages at H are given and the others
are solved for.
"""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.coupling._front import seats_of, written_response
from gapjunction.coupling._response import Answer
from gapjunction.hosts import Picks


@dataclasses.dataclass(frozen=True)
class Clamping:
    """The currents of amplifiers in one step of a population.

    Parameters
    ----------
    answer : Answer
        The answer of the population without clamps.
    picks : Picks
        The held units, a row for each cell.
    response : array
        The response of the held units of each cell to currents into them, ``R_HH``: shape
        ``(*batch, n_groups, n_in_group, n_in_group)``.
    mask : numpy.ndarray of bool
        Which units are held.
    value : array
        Voltages of all units, of which those in ``mask`` are holding voltages.
    """

    answer: Answer
    picks: Picks
    response: jax.Array
    mask: np.ndarray
    value: jax.Array

    @classmethod
    def of(cls, answer: Answer, mask: np.ndarray, value: jax.Array) -> Clamping:
        """Return the clamping of some units of a population, with this answer to current."""
        units = answer.c.shape[answer.batch :]
        axes = 0 if answer.rho is not None else answer.cell_axes
        ids = seats_of(np.flatnonzero(mask), units, axes)
        picks = Picks(ids, units)
        R = written_response(answer, picks)
        # Ids out of range only fill up rows, and have a response of 0. A 1 on their diagonal keeps
        # the matrix invertible, and gives them no current.
        none = jnp.asarray(ids >= picks.n, R.dtype)
        return cls(
            answer, picks, R + none[..., None] * jnp.eye(ids.shape[1], dtype=R.dtype), mask, value
        )

    def amplifiers(self, current: jax.Array) -> jax.Array:
        """Return the current of the amplifier into each unit, for a given current of junctions."""
        off = self.value - self.answer.c - self.answer.apply(current)
        return self._driving(off)

    def held(self) -> Answer:
        """Return the answer of the population with its units held."""
        answer = self.answer
        c = answer.c + answer.apply(self._driving(self.value - answer.c))

        def apply(x: jax.Array) -> jax.Array:
            x = jnp.where(self.mask, 0, x)
            # The answers to the current, and to the amplifiers that hold the units against it, are
            # computed in one product with the response.
            against = self._driving(-answer.apply(x))
            return jnp.where(self.mask, 0, answer.apply(x + against))

        return dataclasses.replace(
            answer,
            # Up to rounding, the held units are at these voltages already.
            c=jnp.where(self.mask, self.value, c),
            start=jnp.where(self.mask, self.value, answer.start),
            rho=None if answer.rho is None else jnp.where(self.mask, 0, answer.rho),
            apply=apply,
        )

    def _driving(self, change: jax.Array) -> jax.Array:
        """Return the current into the held units with which their voltages change by ``change``."""
        found = jnp.linalg.solve(self.response, self.picks.take(change)[..., None])[..., 0]
        return self.picks.put(found)
