r"""The equations of a coupled step, set up from the requests of its junctions.

Each population contributes an :class:`Answer`, each junction a :class:`Request`. Implicit junctions
connect the equations of all cells, which :mod:`gapjunction.coupling._solve` solves. A semi-implicit
junction sees its neighbours at the known voltages of the step's start: its current depends on the
cell's own voltage alone, and is eliminated here, cell by cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.coupling._front import Front
from gapjunction.coupling._iterations import Vector
from gapjunction.coupling._joint import System, solve_jointly
from gapjunction.coupling._ohmic import solve_network
from gapjunction.coupling._request import End, Request
from gapjunction.coupling._response import Answer
from gapjunction.coupling._shares import Link, Shares, over, shares_of, times
from gapjunction.coupling._solve import Law, Settings, solve

# The largest number of iterations where all junctions are semi-implicit: these do not set one.
_STEPS: Final = 2000

Lagged: TypeAlias = tuple[jax.Array, jax.Array]
"""Current of junctions whose neighbours keep their voltages, and its slope along ``y``."""


class Part(NamedTuple, Generic[End]):
    """One of the populations that are solved together."""

    end: End
    """What identifies the population among the ends of its junctions."""
    answer: Answer
    """How its voltage answers to current."""
    requests: tuple[Request[End], ...]
    """What its junctions have asked for."""


def together(parts: Sequence[Part[End]], predict: bool = False) -> list[jax.Array]:
    """Return the current into each population, with all voltages solved together.

    Parameters
    ----------
    parts : sequence of Part
        All populations that implicit junctions connect.
    predict : bool
        Whether implicit junctions, too, see their neighbours at the start of the step. All
        populations that are solved together, apart from the last, first step with this prediction.

    Returns
    -------
    list of arrays
        The sum of all currents into each population, also of its semi-implicit junctions.
    """
    ends = [part.end for part in parts]
    solved = (
        []
        if predict
        else _unique(r for part in parts for r in part.requests if r.settings is not None)
    )
    point = point_of(r for part in parts for r in part.requests)
    answers = [part.answer.at(point) for part in parts]
    own = [
        _lagged(part.end, tuple(r for r in part.requests if r not in solved), answer)
        for part, answer in zip(parts, answers, strict=True)
    ]
    diagonal = [answer.rho for answer in answers if answer.rho is not None]
    if len(diagonal) == len(ends):
        if all(r in solved for part in parts for r in part.requests):
            # Nothing to eliminate: with a slope of 0 it would still cost some operations.
            free = [answer.c for answer in answers]
            return _implicit(ends, solved, free, diagonal, answers[0].batch)
        return _cell_by_cell(ends, answers, diagonal, solved, own)
    return _general(ends, answers, parts, solved, own)


def _cell_by_cell(
    ends: list[End],
    answers: list[Answer],
    responses: Vector,
    solved: list[Request[End]],
    own: list[Lagged],
) -> Vector:
    """Return the currents where each cell answers to its own current alone."""
    c, rho, shares = [], [], []
    for answer, response, (value, slope) in zip(answers, responses, own, strict=True):
        # Eliminate the semi-implicit junctions. Their current is value + slope (y - c): put into
        # y = c + rho (flow + current) and solved for y, it is a change of c and of rho, and `flow`,
        # the current of the implicit junctions, is all that remains to be found.
        share = 1 / (1 - response * slope)
        c.append(answer.c + response * share * value)
        rho.append(response * share)
        shares.append(share)
    if solved:
        flows = _implicit(ends, solved, c, rho, answers[0].batch)
    else:
        flows = [jnp.zeros_like(v) for v in c]
    # The current of the semi-implicit junctions, value + slope (y - c), with y - c written as what
    # it consists of: the difference of the voltages themselves would be one of large numbers.
    return [
        flow + share * (value + slope * response * flow)
        for flow, share, response, (value, slope) in zip(flows, shares, responses, own, strict=True)
    ]


def _implicit(
    ends: list[End], requests: list[Request[End]], c: Vector, rho: Vector, batch: int
) -> Vector:
    """Return the currents of implicit junctions, where each cell answers to its own alone.

    Parameters
    ----------
    ends : list
        The populations, in the order of all lists.
    requests : list of Request
        The junctions.
    c, rho : list of arrays
        The voltages without these junctions, and the change of each with the current into its cell.
    batch : int
        How many leading axes are those of a batch.
    """
    law, shares = _law(ends, requests, c)
    scaled = [over(r, row) for r, row in zip(rho, shares.rows, strict=True)]
    flows = _solve(law, requests, shares, c, scaled, batch)
    return [over(flow, row) for flow, row in zip(flows, shares.rows, strict=True)]


def _general(
    ends: list[End],
    answers: list[Answer],
    parts: Sequence[Part[End]],
    solved: list[Request[End]],
    own: list[Lagged],
) -> Vector:
    """Return the currents where units of a population answer to the current of others."""
    touched = [
        np.unique(np.concatenate([r.touched[k] for r in p.requests for k in r.sides(p.end)]))
        for p in parts
    ]
    fronts = [Front.of(answer, ids) for answer, ids in zip(answers, touched, strict=True)]
    c = [answer.c for answer in answers]
    law: Law | None = None
    rows: list[jax.Array | None] = [None] * len(ends)
    kind = Settings(None, _STEPS, False, None)
    if solved:
        law, shares = _law(ends, solved, c)
        kind = _settings(solved)
        rows = [
            None if row is None else front.take(jnp.broadcast_to(row, x.shape).astype(x.dtype), 1)
            for front, row, x in zip(fronts, shares.rows, c, strict=True)
        ]

    def whole(front: Front, row: jax.Array | None, x: jax.Array) -> jax.Array:
        """Return a current as a population takes it in the common terms of all junctions."""
        found = front.take(x)
        return found if row is None else found * row

    sides = list(zip(fronts, rows, own, strict=True))
    right = [whole(front, row, value) for front, row, (value, _) in sides]
    slopes = [whole(front, row, slope) for front, row, (_, slope) in sides]
    slope = slopes
    if law is not None:
        right = [x + f.take(y) for x, f, y in zip(right, fronts, law.affine(c), strict=True)]
        slope = [x + f.take(y) for x, f, y in zip(slopes, fronts, law.slope, strict=True)]

    def change(v: Vector) -> Vector:
        found = [x * y for x, y in zip(slopes, v, strict=True)]
        if law is None:
            return found
        flow = law.linear([front.put(x) for front, x in zip(fronts, v, strict=True)])
        return [x + front.take(y) for x, front, y in zip(found, fronts, flow, strict=True)]

    symmetric = (law is None or law.symmetric) and all(
        answer.symmetric or answer.rho is not None for answer in answers
    )
    system = System(fronts, rows, right, change, slope, symmetric)
    flows = solve_jointly(system, kind)
    found = [x if row is None else x / row for x, row in zip(flows, rows, strict=True)]
    return [front.put(x) for front, x in zip(fronts, found, strict=True)]


def _lagged(end: End, requests: tuple[Request[End], ...], answer: Answer) -> Lagged:
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
    end: End, requests: tuple[Request[End], ...], v: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the sum of :meth:`Request.to_own_voltage` over several requests."""
    pairs = [request.to_own_voltage(end, v) for request in requests]
    zero = jnp.zeros_like(v)
    return sum((p[0] for p in pairs), zero), sum((p[1] for p in pairs), zero)


def _law(ends: list[End], requests: list[Request[End]], at: Vector) -> tuple[Law, Shares]:
    """Return the currents of implicit junctions as one law.

    Parameters
    ----------
    ends : list
        The populations, in the order of all lists.
    requests : list of Request
        The implicit junctions.
    at : list of arrays
        Voltages at which to take the slope of each current along the cell's own voltage.

    Returns
    -------
    Law
        The currents, brought to one kind in each population.
    Shares
        What the currents of the law are over those that each population takes.
    """
    index: dict[Hashable, int] = {end: k for k, end in enumerate(ends)}
    places = [(index[r.ends[0]], index[r.ends[1]]) for r in requests]
    shares = shares_of(
        len(ends), [Link(p, r.divisors) for p, r in zip(places, requests, strict=True)]
    )
    tangents = [jax.linearize(r.flow, *r.voltages)[1] for r in requests]

    def collect(flows: Iterable[tuple[jax.Array, jax.Array]]) -> Vector:
        total = [jnp.zeros_like(v) for v in at]
        parts = zip(flows, places, shares.into, strict=True)
        for (into_pre, into_post), (i, j), (at_pre, at_post) in parts:
            total[i] = total[i] + times(into_pre, at_pre)
            total[j] = total[j] + times(into_post, at_post)
        return total

    def affine(v: Vector) -> Vector:
        return collect(r.flow(v[i], v[j]) for r, (i, j) in zip(requests, places, strict=True))

    def linear(v: Vector) -> Vector:
        return collect(f(v[i], v[j]) for f, (i, j) in zip(tangents, places, strict=True))

    slope = [
        times(_to_own_voltage(end, tuple(r for r in requests if end in r.ends), v)[1], row)
        for end, v, row in zip(ends, at, shares.rows, strict=True)
    ]
    symmetric = shares.symmetric and all(r.symmetric for r in requests)
    spread = any(r.spread for r in requests)
    return Law(affine, linear, slope, symmetric, spread), shares


def _solve(
    law: Law, requests: list[Request[End]], shares: Shares, c: Vector, rho: Vector, batch: int
) -> Vector:
    """Return the currents of implicit junctions, where each cell answers to its own alone.

    Parameters are those of :func:`gapjunction.coupling._solve.solve`, and the junctions.
    """
    settings = _settings(requests)
    if len(requests) == 1 and batch == 0 and shares.into == [(None, None)]:
        network = requests[0].network
        found = None if network is None else solve_network(network, c[0], rho[0], settings)
        if found is not None:
            return [found]
    return solve(law, c, rho, settings, batch)


def point_of(requests: Iterable[Request[End]]) -> float | None:
    """Return where in the step implicit junctions take their current; None if none of them sets it.

    Raises
    ------
    ValueError
        If they do not agree.
    """
    points = {r.settings.point for r in requests if r.settings is not None}
    if len(points) > 1:
        raise ValueError(
            "theta must be the same for all implicit junctions that are solved together, got "
            f"{sorted(points, key=str)}."
        )
    return points.pop() if points else None


def _settings(requests: list[Request[End]]) -> Settings:
    """Return the strictest settings of several junctions: they are solved in one system."""
    every = [r.settings for r in requests if r.settings is not None]
    tolerances = [own.rtol for own in every if own.rtol is not None]
    return Settings(
        rtol=min(tolerances, default=None),
        max_steps=max(own.max_steps for own in every),
        check=any(own.check for own in every),
        point=every[0].point,
    )


def _unique(items: Iterable[Request[End]]) -> list[Request[End]]:
    """Return the requests without repetition: one between two populations is at both of them."""
    return list(dict.fromkeys(items))
