r"""The equations of a coupled step, set up from the requests of its junctions.

Each population contributes an :class:`Answer`, each junction a :class:`Request`. Implicit junctions
connect the equations of all cells, which :mod:`gapjunction.coupling._solve` solves. A semi-implicit
junction sees its neighbours at the known voltages of the step's start: its current depends on the
cell's own voltage alone, and is eliminated here, cell by cell.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from gapjunction.coupling._modes import Implicit
from gapjunction.coupling._request import Request
from gapjunction.coupling._solve import Law, Vector, solve

if TYPE_CHECKING:
    from gapjunction.coupling._coupler import Coupler


@dataclasses.dataclass(frozen=True)
class Answer:
    """How a population's voltage answers to current in the step: ``y = c + rho I``.

    ``I`` is the current from junctions during the step, and ``y`` the voltage at which junctions
    take that current: at the end of the step, or in its middle for a solver whose step is centred.

    Parameters
    ----------
    c : array
        The voltage ``y`` if junctions gave no current.
    rho : array
        The change of ``y`` with current, of each cell with its own: a resistance, near ``dt / C``
        for a short step.
    start : array
        The voltage at the start of the step.
    point : float
        Where in the step ``y`` is: 0 is its start, 1 its end.
    """

    c: jax.Array
    rho: jax.Array
    start: jax.Array
    point: float

    @property
    def end(self) -> jax.Array:
        """The voltage at the end of the step if junctions gave no current."""
        return self.start + (self.c - self.start) / self.point


def alone(end: Coupler, requests: tuple[Request, ...], answer: Answer) -> jax.Array:
    """Return the current into a population with all neighbours at the step's start.

    This is all there is to solve for semi-implicit junctions, and a prediction for implicit ones.
    """
    value, slope = _lagged(end, requests, answer)
    # From I = value + slope (y - c) and y = c + rho I.
    return value / (1 - answer.rho * slope)


def together(answers: Mapping[Coupler, Answer]) -> dict[Coupler, jax.Array]:
    """Return the current into each population, with all voltages solved together.

    Parameters
    ----------
    answers : dict of Coupler to Answer
        All populations that implicit junctions connect.

    Returns
    -------
    dict of Coupler to array
        The sum of all currents into each population, also of its semi-implicit junctions.
    """
    ends = list(answers)
    every = {end: tuple(end.requests) for end in ends}
    lagged = {end: tuple(r for r in every[end] if r.mode is None) for end in ends}
    solved = _unique(r for end in ends for r in every[end] if r.mode is not None)
    c, rho, extra = [], [], []
    for end in ends:
        answer = answers[end]
        value, slope = _lagged(end, lagged[end], answer)
        # Eliminate the semi-implicit junctions. Their current is value + slope (y - c): put into
        # y = c + rho (flow + current) and solved for y, it is a change of c and of rho, and `flow`,
        # the current of the implicit junctions, is all that remains to be found.
        share = 1 / (1 - answer.rho * slope)
        c.append(answer.c + answer.rho * share * value)
        rho.append(answer.rho * share)
        # To compute the current of the semi-implicit junctions when y is known.
        extra.append((answer.c, value, slope))
    law, guess = _law(ends, solved, c)
    flows = (
        solve(law, c, rho, guess, _settings(solved)) if solved else [jnp.zeros_like(v) for v in c]
    )
    found = {}
    for end, flow, v, r, (start, value, slope) in zip(ends, flows, c, rho, extra, strict=True):
        found[end] = flow + value + slope * (v + r * flow - start)
    return found


def _lagged(
    end: Coupler, requests: tuple[Request, ...], answer: Answer
) -> tuple[jax.Array, jax.Array]:
    """Return the current with neighbours at the step's start, and its slope along y.

    The current is that at the cell's own voltage at the end of the step, even where the solver's
    step is centred. With the own voltage taken in the middle, each step would multiply the
    difference of two coupled cells by (1 - 1.5 kappa) / (1 + 0.5 kappa), with kappa = dt g / C:
    below -1, so that voltages grow, for kappa above 2. With that of the end the factor is
    (1 - kappa) / (1 + kappa), which is above -1 at any kappa.
    """
    # The slope is one along the voltage at the end, which changes 1 / point times as much as y.
    value, slope = _to_own_voltage(end, requests, answer.end)
    return value, slope / answer.point


def _to_own_voltage(
    end: Coupler, requests: tuple[Request, ...], v: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the sum of :meth:`Request.to_own_voltage` over several requests."""
    pairs = [request.to_own_voltage(end, v) for request in requests]
    zero = jnp.zeros_like(v)
    return sum((p[0] for p in pairs), zero), sum((p[1] for p in pairs), zero)


def _law(ends: list[Coupler], requests: list[Request], at: Vector) -> tuple[Law, Vector]:
    """Return the currents of implicit junctions as one law, and voltages to start from.

    Parameters
    ----------
    ends : list of Coupler
        The populations, in the order of all lists.
    requests : list of Request
        The implicit junctions.
    at : list of arrays
        Voltages at which to take the slope of each current along the cell's own voltage.

    Returns
    -------
    Law
        Each request is linearised at the voltages of its ``update()``. That is exact for ohmic
        junctions, and one step of Newton's method for others.
    list of arrays
        The voltages at the start of the step; ``at`` for a population without requests.
    """
    index: dict[Hashable, int] = {end: k for k, end in enumerate(ends)}
    places = [(index[r.ends[0]], index[r.ends[1]]) for r in requests]
    guess = list(at)
    for request, (i, j) in zip(requests, places, strict=True):
        guess[i], guess[j] = request.voltages
    expansions = [jax.linearize(r.flow, *r.voltages) for r in requests]

    def collect(flows: list[tuple[jax.Array, jax.Array]]) -> Vector:
        total = [jnp.zeros_like(v) for v in at]
        for (into_pre, into_post), (i, j) in zip(flows, places, strict=True):
            total[i] = total[i] + into_pre
            total[j] = total[j] + into_post
        return total

    def linear(v: Vector) -> Vector:
        return collect([f(v[i], v[j]) for (_, f), (i, j) in zip(expansions, places, strict=True)])

    def affine(v: Vector) -> Vector:
        # Relative to the voltages where the requests were linearised, which are those in `guess`.
        change = linear([x - y for x, y in zip(v, guess, strict=True)])
        start = collect([value for value, _ in expansions])
        return [x + y for x, y in zip(start, change, strict=True)]

    slope = [
        _to_own_voltage(end, tuple(r for r in requests if end in r.ends), v)[1]
        for end, v in zip(ends, at, strict=True)
    ]
    return Law(affine, linear, slope, all(r.symmetric for r in requests)), guess


def _settings(requests: list[Request]) -> Implicit:
    """Return the strictest settings of several junctions: they are solved in one system."""
    modes = [r.mode for r in requests if r.mode is not None]
    tolerances = [m.rtol for m in modes if m.rtol is not None]
    return Implicit(
        rtol=min(tolerances, default=None),
        max_steps=max(m.max_steps for m in modes),
        check=any(m.check for m in modes),
    )


def _unique(items: Iterable[Request]) -> list[Request]:
    """Return the requests without repetition: one between two populations is at both of them."""
    return list(dict.fromkeys(items))
