"""Junctions with one conductance for both directions: what leaves one cell enters the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import brainstate

from gapjunction._checks import describe
from gapjunction._typing import Connection
from gapjunction.coupling import Mode
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._per import Per
from gapjunction.junctions._scale import Scale
from gapjunction.junctions._weights import Weight

Couples: TypeAlias = brainstate.nn.Dynamics | tuple[brainstate.nn.Dynamics, brainstate.nn.Dynamics]
"""One population that is coupled to itself, or the two populations (pre, post)."""


class OneConductance(GapJunction):
    """Base of the junctions that conserve charge.

    They take their two populations as one argument ``couples``, and the names of the two voltage
    states as one argument ``states``, as ``brainpy.state.SymmetryGapJunction`` does.
    """

    def __init__(
        self,
        couples: Couples,
        states: str | tuple[str, str],
        conn: Connection,
        weight: Weight,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        if isinstance(couples, brainstate.nn.Dynamics):
            couples = (couples, couples)
        pre, post = _pair("couples", couples, "a population or a pair (pre, post) of them")
        if isinstance(states, str):
            states = (states, states)
        pre_state, post_state = _pair("states", states, "a state name or a pair of them")
        super().__init__(
            pre,
            pre_state,
            post,
            post_state,
            conn,
            weight,
            param_type,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @staticmethod
    def _weight_shapes(n_edges: int) -> tuple[tuple[int, ...], ...]:
        return ((), (1,), (n_edges,))


def _pair(name: str, value: object, what: str) -> tuple[Any, Any]:
    """Return an argument that must be a pair as its two items."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be {what}, got {describe(value)}.")
    first, second = value
    return first, second
