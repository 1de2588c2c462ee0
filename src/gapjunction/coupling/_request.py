"""What a junction asks of a step that is solved together with its currents."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.coupling._deposit import Update
from gapjunction.coupling._ohmic import Network
from gapjunction.coupling._shares import Divisor
from gapjunction.coupling._solve import Settings
from gapjunction.hosts import Picks

End = TypeVar("End", bound=Hashable)
"""What stands for a population; here it is only compared with others."""


@dataclasses.dataclass(frozen=True, eq=False)
class Request(Generic[End]):
    """One ``update()`` of a junction, waiting to be solved with the step of its populations.

    In explicit coupling a junction hands over a current. In implicit coupling that current depends
    on voltages that do not exist yet, so the junction hands over the function that gives current
    at any voltages. Voltages and currents in it are plain arrays in fixed units, because linear
    algebra over several populations needs one unit for all of them.

    Parameters
    ----------
    keys : tuple of two str
        The keys of the junction in pre and in post. A second call of it in one step replaces the
        first.
    ends : tuple of two
        The couplers of pre and of post; the same one twice for a population coupled to itself.
    states : tuple of two str
        Names of the voltage states at the two ends.
    voltages : tuple of two arrays
        Voltages of the two ends at the instant of ``update()``, in ``volt``. An end is all of a
        population, or a part of it.
    currents : callable
        ``f(v_pre, v_post)`` returns the currents into pre and into post, in one unit for both. It
        is affine, so that the equations of a step are linear: the current of a law that is not
        ohmic is replaced by its tangent at ``voltages``, which makes a step one of Newton's method.
    flow : callable
        The same function in a faster form. Where both ends are the same voltages of one
        population, only the sum of its two results is meaningful.
    volt : Unit
        Unit of voltages.
    inputs : tuple of two Units
        The units of the currents that pre and post take.
    divisors : tuple of two arrays or None
        What currents are divided by to be in ``inputs``, one number or the shape of the population;
        None for 1. The current into a population per area has the areas of the cells here.
    given : tuple of two Units
        The units of the junction's own currents at pre and post: unit of the voltage times unit of
        the weight.
    network : Network or None
        The operator and the conductances of an ohmic junction within one population.
    picks : tuple of two Picks
        The units of the two ends among those of pre and of post.
    touched : tuple of two numpy.ndarrays of int
        Flat ids of the units of pre and of post that have an edge, into which alone current flows.
    symmetric : bool
        Whether the linearised law, as a matrix over all cells, is symmetric.
    settings : Settings or None
        How to solve for all voltages together. None for semi-implicit coupling: neighbours keep the
        voltages of the step's start, so that the equation of each cell stands alone.
    update : Update
        The call of the junction that made this request.
    spread : bool
        Whether the cells of the junction are spread over devices.
    """

    keys: tuple[str, str]
    ends: tuple[End, End]
    states: tuple[str, str]
    voltages: tuple[jax.Array, jax.Array]
    currents: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    flow: Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
    volt: u.Unit
    inputs: tuple[u.Unit, u.Unit]
    divisors: tuple[Divisor, Divisor]
    given: tuple[u.Unit, u.Unit]
    network: Network | None
    picks: tuple[Picks, Picks]
    touched: tuple[np.ndarray, np.ndarray]
    symmetric: bool
    settings: Settings | None
    update: Update
    spread: bool = False

    def handed_over(self, end: End, dtype: np.dtype) -> tuple[u.Unit, float]:
        """Return the unit in which a population is given its current, and a factor to that unit.

        The equations are solved in the unit in ``inputs``, which all junctions share. A population
        gets its current in that unit, except in half precision, where the number could be too
        large: neurons of `brainpy.state` have 1 ohm by default, and so take currents of 1e8 nA. It
        then gets the current in the junction's own unit, as in explicit coupling.
        """
        k = 0 if self.ends[0] is end else 1
        common, own = self.inputs[k], self.given[k]
        if jnp.finfo(dtype).bits >= 32 or common == own:
            return common, 1.0
        return own, float(u.Quantity(1.0, unit=common).to_decimal(own))

    def sides(self, end: End) -> list[int]:
        """Return which ends are at a population: 0 for pre, 1 for post."""
        return [k for k, own in enumerate(self.ends) if own is end]

    @property
    def alive(self) -> bool:
        """Whether a step can still answer this request: its trace is open, and it is not void."""
        return self.update.alive

    def slope(self, k: int) -> jax.Array:
        """Return the change of the current into one end with its own voltage, unit by unit.

        All neighbours keep their voltages of the instant of ``update()``, also those that are units
        of the same end. The current is the one before it is divided by ``divisors``.
        """
        now, other = self.voltages[k], self.voltages[1 - k]

        def current(v: jax.Array) -> jax.Array:
            return self.currents(*((v, other) if k == 0 else (other, v)))[k]

        # With neighbours frozen each current depends on one unit's voltage alone. The Jacobian is
        # then diagonal, and its product with a vector of ones is that diagonal. It does not depend
        # on voltages where conductances do not, and is then computed once per loop.
        return jax.jvp(current, (now,), (jnp.ones_like(now),))[1]
