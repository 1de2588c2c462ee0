"""The two populations of a junction, given as one argument."""

from __future__ import annotations

from typing import Any, TypeAlias

import brainstate

from gapjunction._checks import describe
from gapjunction.hosts import check_population, is_view

Couples: TypeAlias = brainstate.nn.Dynamics | tuple[brainstate.nn.Dynamics, brainstate.nn.Dynamics]
"""One population that is coupled to itself, or the two populations (pre, post)."""


def ends_of(couples: Couples, states: str | tuple[str, str]) -> tuple[Any, Any, Any, Any]:
    """Return pre, the name of its state, post, and the name of its state.

    The arguments have the forms that `brainpy.state.SymmetryGapJunction` accepts.
    """
    if isinstance(couples, brainstate.nn.Dynamics) or is_view(couples):
        # A selection of cells is refused later, by an error that says what to write instead.
        couples = (couples, couples)
    pre, post = _pair("couples", couples, "a population or a pair (pre, post) of them")
    if isinstance(states, str):
        states = (states, states)
    pre_state, post_state = _pair("states", states, "a state name or a pair of them")
    return pre, pre_state, post, post_state


def check_ends(hosts: tuple[object, object], states: tuple[object, object]) -> None:
    """Raise an error if an end is not a population, or the name of its state is not a string."""
    for label, state in zip(("pre_state", "post_state"), states, strict=True):
        if not isinstance(state, str):
            raise TypeError(f"{label} must be the name of a state, got {describe(state)}.")
    for label, host in zip(("pre", "post"), hosts, strict=True):
        check_population(label, host)


def _pair(name: str, value: object, what: str) -> tuple[Any, Any]:
    """Return an argument that must be a pair as its two items."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be {what}, got {describe(value)}.")
    first, second = value
    return first, second
