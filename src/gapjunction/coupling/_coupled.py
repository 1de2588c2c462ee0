"""The currents of junctions as laws between the units of a step's equations.

A junction states its currents as functions of the voltages of its two ends. An end is a population
or places of cells. The equations are about all units of each population, or about those that
junctions touch, its *front*. Which units these are is known when a step is compiled, so a law
between ends becomes one between fronts by reading and writing values at known places.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable
from typing import Generic, TypeAlias

import jax
import jax.numpy as jnp

from gapjunction.coupling._front import Front
from gapjunction.coupling._iterations import Vector
from gapjunction.coupling._request import End, Request
from gapjunction.coupling._shares import Divisor, Link, Shares, over, shares_of, times
from gapjunction.coupling._solve import Law
from gapjunction.hosts import Picks

Lagged: TypeAlias = tuple[jax.Array, jax.Array]
"""Current of junctions whose neighbours keep their voltages, and its slope along ``y``."""


@dataclasses.dataclass(frozen=True)
class Coupled(Generic[End]):
    """Populations whose voltages are solved for together.

    Parameters
    ----------
    ends : list
        What identifies each population among the ends of its junctions, in the order of all lists.
    fronts : list of Front
        The units of each.
    """

    ends: list[End]
    fronts: list[Front]

    @property
    def batch(self) -> int:
        """How many leading axes are those of a batch."""
        return self.fronts[0].answer.batch

    def views(self, request: Request[End]) -> tuple[Picks, Picks]:
        """Return the units of a junction's two ends as places in the fronts of its populations."""
        first, second = request.picks
        i, j = self._places(request)
        pre = first.within(self.fronts[i].picks)
        if first is second and i == j:
            return pre, pre
        return pre, second.within(self.fronts[j].picks)

    def lagged(self, end: End, requests: list[Request[End]]) -> Lagged:
        """Return the current with neighbours at the step's start, and its slope along y.

        The current is that at the cell's own voltage at the end of the step, even where the
        solver's step is centred. With the own voltage taken in the middle, each step would multiply
        the difference of two coupled cells by (1 - 1.5 kappa) / (1 + 0.5 kappa), with
        kappa = dt g / C: below -1, so that voltages grow, for kappa above 2. With the own voltage
        at the end the factor is (1 - kappa) / (1 + kappa), which is above -1 for every kappa.
        """
        front = self.fronts[self.ends.index(end)]
        value, slope = jnp.zeros_like(front.c), jnp.zeros_like(front.c)
        for request in requests:
            # For a junction within one population, only the sum of these two is meaningful. Both
            # are added below.
            flows = request.flow(*request.voltages)
            for k in request.sides(end):
                # The population at the other end may not be among those that are solved for.
                view, by = request.picks[k].within(front.picks), _over_front(front, request, k)
                own = request.slope(k)
                moved = own * (view.take(front.end) - request.voltages[k])
                value = value + over(view.put(flows[k] + moved), by)
                slope = slope + over(view.put(own), by)
        # The slope so far is that along the voltage at the end, which changes by 1 / point times
        # the change of y.
        return value, slope / front.answer.point

    def law(self, requests: list[Request[End]], at: Vector) -> tuple[Law, Shares]:
        """Return the currents of implicit junctions as one law.

        Parameters
        ----------
        requests : list of Request
            The implicit junctions.
        at : list of arrays
            Voltages, for their shapes.

        Returns
        -------
        Law
            The currents, brought to one kind in each population.
        Shares
            The factors between the currents of the law and those that each population takes.
        """
        places, views = [self._places(r) for r in requests], [self.views(r) for r in requests]
        links = [
            Link((i, j), (_over_front(self.fronts[i], r, 0), _over_front(self.fronts[j], r, 1)))
            for r, (i, j) in zip(requests, places, strict=True)
        ]
        shares = shares_of(len(self.ends), links)
        tangents = [jax.linearize(r.flow, *r.voltages)[1] for r in requests]

        def seen(k: int, v: Vector) -> tuple[jax.Array, jax.Array]:
            """Return the voltages of the ends of one junction."""
            (i, j), (first, second) = places[k], views[k]
            pre = first.take(v[i])
            return pre, pre if first is second else second.take(v[j])

        def collect(flows: Iterable[tuple[jax.Array, jax.Array]]) -> Vector:
            total = [jnp.zeros_like(v) for v in at]
            parts = zip(flows, places, views, shares.into, strict=True)
            for (into_pre, into_post), (i, j), (first, second), (at_pre, at_post) in parts:
                total[i] = total[i] + times(first.put(into_pre), at_pre)
                total[j] = total[j] + times(second.put(into_post), at_post)
            return total

        def affine(v: Vector) -> Vector:
            return collect(r.flow(*seen(k, v)) for k, r in enumerate(requests))

        def linear(v: Vector) -> Vector:
            return collect(f(*seen(k, v)) for k, f in enumerate(tangents))

        slope = collect((r.slope(0), r.slope(1)) for r in requests)
        symmetric = shares.symmetric and all(r.symmetric for r in requests)
        spread = any(r.spread for r in requests)
        return Law(affine, linear, slope, symmetric, spread), shares

    def _places(self, request: Request[End]) -> tuple[int, int]:
        """Return the numbers of the populations at a junction's ends."""
        index: dict[Hashable, int] = {end: k for k, end in enumerate(self.ends)}
        pre, post = request.ends
        return index[pre], index[post]


def _over_front(front: Front, request: Request[End], k: int) -> Divisor:
    """Return what the current into an end of a junction is divided by, over a front."""
    by = request.divisors[k]
    return None if by is None else front.picks.at(by)
