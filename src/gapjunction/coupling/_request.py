"""What a junction asks of a step that is solved together with its currents."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.coupling._deposit import Update
from gapjunction.coupling._modes import Implicit

if TYPE_CHECKING:
    from gapjunction.coupling._coupler import Coupler


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """One ``update()`` of a junction, waiting to be solved with the step of its populations.

    In explicit coupling a junction hands over a current. In implicit coupling that current depends
    on voltages that do not exist yet, so the junction hands over the function that gives current
    at any voltages. Voltages and currents in it are plain arrays in fixed units, because linear
    algebra over several populations needs one unit for all of them.

    Parameters
    ----------
    owner : object
        Identifies the junction, so that a second call of it in one step replaces the first.
    ends : tuple of two Couplers
        The couplers of pre and of post; the same one twice for a population coupled to itself.
    states : tuple of two str
        Names of the voltage states at the two ends.
    voltages : tuple of two arrays
        Voltages of the two ends at the instant of ``update()``, in ``volt``.
    currents : callable
        ``f(v_pre, v_post)`` returns the currents into pre and into post, in ``ampere``.
    flow : callable
        The same function in a faster form. Where both ends are the same voltages of one
        population, only the sum of its two results is meaningful.
    now : tuple of two arrays
        ``flow`` at ``voltages``.
    volt, ampere : Unit
        Units of voltages and currents.
    given : Unit
        Unit of the junction's own currents, that of a voltage of pre times that of the weight.
    symmetric : bool
        Whether the linearised law, as a matrix over all cells, is symmetric.
    mode : Implicit or None
        Settings of implicit coupling. None for semi-implicit coupling: neighbours keep the
        voltages of the step's start, so that the equation of each cell stands alone.
    update : Update
        The call of the junction that made this request.
    """

    owner: object
    ends: tuple[Coupler, Coupler]
    states: tuple[str, str]
    voltages: tuple[jax.Array, jax.Array]
    currents: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    flow: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    now: tuple[jax.Array, jax.Array]
    volt: u.Unit
    ampere: u.Unit
    given: u.Unit
    symmetric: bool
    mode: Implicit | None
    update: Update

    def handed_over(self, dtype: np.dtype) -> tuple[u.Unit, float]:
        """Return the unit in which a population is given its current, and ``ampere`` in it.

        In half precision that is the junction's own unit, which explicit coupling uses as well.
        In the one that all junctions share, a current may be beyond the range of its numbers: the
        neurons of `brainpy.state` have 1 ohm by default, and currents of 1e8 nA.
        """
        if jnp.finfo(dtype).bits >= 32 or self.ampere == self.given:
            return self.ampere, 1.0
        return self.given, float(u.Quantity(1.0, unit=self.ampere).to_decimal(self.given))

    @property
    def alive(self) -> bool:
        """Whether a step can still answer this request: its trace is open, and it is not void."""
        return not (self.update.void or self.update.has_ended)

    def into(self, end: Coupler) -> jax.Array | int:
        """Return the current into a population at the instant of ``update()``.

        It is the sum over both ends for a population that is coupled to itself, and 0 for one that
        the junction does not touch.
        """
        return sum(x for x, own in zip(self.now, self.ends, strict=True) if own is end)

    def to_own_voltage(self, end: Coupler, v: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the current into a population at its voltages ``v``, and its slope, cell by cell.

        All neighbours keep their voltages of the instant of ``update()``, also those neighbours
        that are cells of the same population: hence ``v`` is put in at one end at a time.
        """
        v_pre, v_post = self.voltages

        def current(v: jax.Array) -> jax.Array:
            total = jnp.zeros_like(v)
            if self.ends[0] is end:
                total = total + self.currents(v, v_post)[0]
            if self.ends[1] is end:
                total = total + self.currents(v_pre, v)[1]
            return total

        # With neighbours frozen each current depends on one cell's voltage alone. The Jacobian is
        # then diagonal, and its product with a vector of ones is that diagonal.
        return jax.jvp(current, (v,), (jnp.ones_like(v),))
