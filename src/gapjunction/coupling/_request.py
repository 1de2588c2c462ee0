"""What a junction asks of a step that is solved for voltages yet to come."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction.coupling._modes import Implicit
from gapjunction.coupling._terminal import Update


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """One ``update()`` of a junction, waiting to be solved with the step of its populations.

    Parameters
    ----------
    owner : object
        Tells the calls of one junction from those of others.
    ends : tuple of two Couplers
        Of pre and of post; the same one twice for a population coupled to itself.
    states : tuple of two str
        The voltages of the two ends.
    voltages : tuple of two arrays
        Those at the instant of ``update()``, in ``volt``.
    currents : callable
        ``f(v_pre, v_post)`` returns the currents into pre and into post, in ``ampere``.
    flow : callable
        The same, faster, in their sum where both ends are the same voltages.
    now : tuple of two arrays
        ``flow`` of ``voltages``.
    volt, ampere : Unit
        Units of voltages and currents.
    symmetric : bool
        Whether the linearised law is symmetric.
    mode : Implicit, optional
        Settings; None if neighbours stay as they were: each cell's equation then stands alone.
    update : Update
        The call.
    """

    owner: object
    ends: tuple[Any, Any]
    states: tuple[str, str]
    voltages: tuple[jax.Array, jax.Array]
    currents: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    flow: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    now: tuple[jax.Array, jax.Array]
    volt: u.Unit
    ampere: u.Unit
    symmetric: bool
    mode: Implicit | None
    update: Update

    @property
    def alive(self) -> bool:
        """Whether a step can still answer it."""
        return not (self.update.void or self.update.has_ended)

    def into(self, end: Any) -> Any:
        """Return the current into a population at the instant of ``update()``."""
        return sum(x for x, own in zip(self.now, self.ends, strict=True) if own is end)

    def to_own_voltage(self, end: Any, v: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the current into a population at its voltage ``v``, and its slope, cell by cell.

        Neighbours are as they were, also those in the same population.
        """
        v_pre, v_post = self.voltages

        def current(v: jax.Array) -> jax.Array:
            total = jnp.zeros_like(v)
            if self.ends[0] is end:
                total = total + self.currents(v, v_post)[0]
            if self.ends[1] is end:
                total = total + self.currents(v_pre, v)[1]
            return total

        return jax.jvp(current, (v,), (jnp.ones_like(v),))
