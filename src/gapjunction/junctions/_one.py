"""Junctions with one conductance, whose current leaves one end and enters the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainstate

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Connection
from gapjunction.coupling import Implicit
from gapjunction.junctions._base import GapJunction


class OneConductance(GapJunction):
    """Base of the junctions that conserve charge."""

    def __init__(
        self,
        couples: Any,
        states: str | tuple[str, str],
        conn: Connection,
        weight: ArrayLike | Callable[..., Any] | Any,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        coupling: str | Implicit = "stage",
        layout: str | None = None,
        scale: Any = None,
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
            name=name,
        )

    @staticmethod
    def _weight_shapes(n_edges: int) -> tuple[tuple[int, ...], ...]:
        return ((), (1,), (n_edges,))


def _pair(name: str, value: Any, what: str) -> tuple[Any, Any]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be {what}, got {describe(value)}.")
    first, second = value
    return first, second
