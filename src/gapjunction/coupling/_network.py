r"""The equations of a coupled step, set up from the requests of its junctions.

Each population contributes an :class:`Answer`, each junction a :class:`Request`. Implicit junctions
connect the equations of all cells, which :mod:`gapjunction.coupling._solve` solves. A semi-implicit
junction sees its neighbours at the known voltages of the step's start: its current depends on the
cell's own voltage alone, and is eliminated here, cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Generic, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction.coupling._coupled import Coupled, Lagged
from gapjunction.coupling._front import Front
from gapjunction.coupling._iterations import Vector
from gapjunction.coupling._joint import System, solve_jointly
from gapjunction.coupling._ohmic import solve_network
from gapjunction.coupling._request import End, Request
from gapjunction.coupling._response import Answer
from gapjunction.coupling._shares import Shares, over, times
from gapjunction.coupling._solve import Law, Settings, solve

# The largest number of iterations where all junctions are semi-implicit: these do not set one.
_STEPS: Final = 2000


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
    solved = (
        []
        if predict
        else _unique(r for part in parts for r in part.requests if r.settings is not None)
    )
    point = point_of(r for part in parts for r in part.requests)
    answers = [part.answer.at(point) for part in parts]
    # If each cell answers to its own current alone, and junctions couple whole populations, the
    # equations are those of all cells. Otherwise they are those of the units that junctions touch.
    whole = all(answer.rho is not None for answer in answers) and all(
        pick.ids is None for part in parts for r in part.requests for pick in r.picks
    )
    fronts = [
        Front.whole(answer) if whole else Front.of(answer, _touched(part))
        for part, answer in zip(parts, answers, strict=True)
    ]
    coupled = Coupled([part.end for part in parts], fronts)
    own = [
        coupled.lagged(part.end, [r for r in part.requests if r not in solved]) for part in parts
    ]
    responses = [front.rho for front in fronts if front.rho is not None]
    if len(responses) < len(fronts):
        flows = _general(coupled, solved, own)
    elif all(r in solved for part in parts for r in part.requests):
        # Nothing to eliminate: with a slope of 0 it would still cost some operations.
        flows = _implicit(coupled, solved, [front.c for front in fronts], responses)
    else:
        flows = _cell_by_cell(coupled, responses, solved, own)
    return [front.picks.put(flow) for front, flow in zip(fronts, flows, strict=True)]


def _touched(part: Part[End]) -> np.ndarray:
    """Return the flat ids of the units of a population that have an edge."""
    return np.unique(
        np.concatenate([r.touched[k] for r in part.requests for k in r.sides(part.end)])
    )


def _cell_by_cell(
    coupled: Coupled[End], responses: Vector, solved: list[Request[End]], own: list[Lagged]
) -> Vector:
    """Return the currents where each cell answers to its own current alone."""
    c, rho, shares = [], [], []
    for front, response, (value, slope) in zip(coupled.fronts, responses, own, strict=True):
        # Eliminate the semi-implicit junctions. Their current is value + slope (y - c): put into
        # y = c + rho (flow + current) and solved for y, it is a change of c and of rho, and `flow`,
        # the current of the implicit junctions, is all that remains to be found.
        share = 1 / (1 - response * slope)
        c.append(front.c + response * share * value)
        rho.append(response * share)
        shares.append(share)
    flows = _implicit(coupled, solved, c, rho) if solved else [jnp.zeros_like(v) for v in c]
    # Eliminating y from the current of the semi-implicit junctions, value + slope (y - c), gives
    # share (value + slope rho flow). It is computed in this form, because y - c would be a small
    # difference of large numbers.
    return [
        flow + share * (value + slope * response * flow)
        for flow, share, response, (value, slope) in zip(flows, shares, responses, own, strict=True)
    ]


def _implicit(
    coupled: Coupled[End], requests: list[Request[End]], c: Vector, rho: Vector
) -> Vector:
    """Return the currents of implicit junctions, where each cell answers to its own alone.

    Parameters
    ----------
    coupled : Coupled
        The populations.
    requests : list of Request
        The junctions.
    c, rho : list of arrays
        The voltages without these junctions, and the change of each with the current into its cell.
    """
    law, shares = coupled.law(requests, c)
    scaled = [over(r, row) for r, row in zip(rho, shares.rows, strict=True)]
    flows = _solve(coupled, law, requests, shares, c, scaled)
    return [over(flow, row) for flow, row in zip(flows, shares.rows, strict=True)]


def _general(coupled: Coupled[End], solved: list[Request[End]], own: list[Lagged]) -> Vector:
    """Return the currents where units of a population answer to the current of others."""
    fronts = coupled.fronts
    c = [front.c for front in fronts]
    right, slopes = [value for value, _ in own], [slope for _, slope in own]
    answers_alike = all(f.answer.symmetric or f.rho is not None for f in fronts)
    if not solved:
        rows: list[jax.Array | None] = [None] * len(fronts)

        def alone(v: Vector) -> Vector:
            return [x * y for x, y in zip(slopes, v, strict=True)]

        system = System(fronts, rows, right, alone, slopes, answers_alike, apart=True)
        return solve_jointly(system, Settings(None, _STEPS, False, None))
    law, shares = coupled.law(solved, c)
    rows = [
        None if row is None else jnp.broadcast_to(jnp.asarray(row, x.dtype), x.shape)
        for row, x in zip(shares.rows, c, strict=True)
    ]
    # The currents that populations take are multiplied by the factors on their rows, as those of
    # `law` are.
    right = [times(x, row) + y for x, row, y in zip(right, shares.rows, law.affine(c), strict=True)]
    slopes = [times(x, row) for x, row in zip(slopes, shares.rows, strict=True)]

    def change(v: Vector) -> Vector:
        return [x * y + z for x, y, z in zip(slopes, v, law.linear(v), strict=True)]

    slope = [x + y for x, y in zip(slopes, law.slope, strict=True)]
    system = System(fronts, rows, right, change, slope, law.symmetric and answers_alike)
    flows = solve_jointly(system, _settings(solved))
    return [over(x, row) for x, row in zip(flows, shares.rows, strict=True)]


def _solve(
    coupled: Coupled[End],
    law: Law,
    requests: list[Request[End]],
    shares: Shares,
    c: Vector,
    rho: Vector,
) -> Vector:
    """Return the currents of implicit junctions, where each cell answers to its own alone.

    Parameters are those of :func:`gapjunction.coupling._solve.solve`, and the junctions.
    """
    settings, batch = _settings(requests), coupled.batch
    if len(requests) == 1 and batch == 0 and shares.into == [(None, None)]:
        network, (view, _) = requests[0].network, coupled.views(requests[0])
        # Where several places are in one unit, cells of the network are not units of the host.
        if network is not None and view.distinct:
            found = solve_network(network, view.take(c[0]), view.take(rho[0]), settings)
            if found is not None:
                return [view.put(found)]
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
