"""The equations of all populations of a coupled step, from their junctions' requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from gapjunction.coupling._modes import Implicit
from gapjunction.coupling._request import Request
from gapjunction.coupling._solve import Law, Vector, solve


@dataclasses.dataclass(frozen=True)
class Answer:
    """How a population's voltage answers to current in the step: ``y = c + rho I``.

    Parameters
    ----------
    c : array
        The voltage at which junctions take their current, were there none.
    rho : array
        Its change with current, cell by cell.
    start : array
        The voltage at the start of the step.
    point : float
        Where between the start and the end of the step ``y`` is.
    """

    c: jax.Array
    rho: jax.Array
    start: jax.Array
    point: float

    @property
    def end(self) -> jax.Array:
        """The voltage at the end of the step, were there no junctions."""
        return self.start + (self.c - self.start) / self.point


def alone(end: Any, requests: tuple[Request, ...], answer: Answer) -> jax.Array:
    """Return the current into a population with all neighbours as they were."""
    value, slope = _lagged(end, requests, answer)
    return value / (1 - answer.rho * slope)


def together(answers: Mapping[Any, Answer]) -> dict[Any, jax.Array]:
    """Return the current into each population, with all voltages solved together.

    Parameters
    ----------
    answers : dict of Coupler to Answer
        All populations that implicit junctions connect.
    """
    ends = list(answers)
    every = {end: tuple(end.requests) for end in ends}
    lagged = {end: tuple(r for r in every[end] if r.mode is None) for end in ends}
    solved = _unique(r for end in ends for r in every[end] if r.mode is not None)
    c, rho, extra = [], [], []
    for end in ends:
        answer = answers[end]
        value, slope = _lagged(end, lagged[end], answer)
        # What depends on the cell's own voltage alone is part of its answer.
        share = 1 / (1 - answer.rho * slope)
        c.append(answer.c + answer.rho * share * value)
        rho.append(answer.rho * share)
        extra.append((answer.c, value, slope))
    law, guess = _law(ends, solved, c)
    flows = (
        solve(law, c, rho, guess, _settings(solved)) if solved else [jnp.zeros_like(v) for v in c]
    )
    found = {}
    for end, flow, v, r, (start, value, slope) in zip(ends, flows, c, rho, extra, strict=True):
        found[end] = flow + value + slope * (v + r * flow - start)
    return found


def _lagged(end: Any, requests: tuple[Request, ...], answer: Answer) -> tuple[jax.Array, jax.Array]:
    """Return the current at the cell's own voltage of the step's end, and its slope along y.

    At any other instant of the step it would not be bounded, with neighbours as they were.
    """
    value, slope = _to_own_voltage(end, requests, answer.end)
    return value, slope / answer.point


def _to_own_voltage(
    end: Any, requests: tuple[Request, ...], v: jax.Array
) -> tuple[jax.Array, jax.Array]:
    pairs = [request.to_own_voltage(end, v) for request in requests]
    zero = jnp.zeros_like(v)
    return sum((p[0] for p in pairs), zero), sum((p[1] for p in pairs), zero)


def _law(ends: list[Any], requests: list[Request], at: Vector) -> tuple[Law, Vector]:
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
        change = linear([x - y for x, y in zip(v, guess, strict=True)])
        start = collect([value for value, _ in expansions])
        return [x + y for x, y in zip(start, change, strict=True)]

    slope = [
        _to_own_voltage(end, tuple(r for r in requests if end in r.ends), v)[1]
        for end, v in zip(ends, at, strict=True)
    ]
    return Law(affine, linear, slope, all(r.symmetric for r in requests)), guess


def _settings(requests: list[Request]) -> Implicit:
    """Return the strictest settings of several junctions."""
    modes = [r.mode for r in requests if r.mode is not None]
    tolerances = [m.rtol for m in modes if m.rtol is not None]
    return Implicit(
        rtol=min(tolerances, default=None),
        max_steps=max(m.max_steps for m in modes),
        check=any(m.check for m in modes),
    )


def _unique(items: Any) -> list[Any]:
    return list(dict.fromkeys(items))
