"""An estimate of how long a step takes, from what JAX has traced of it.

The estimate determines the number of steps in a chunk, and thus how often the progress bar moves;
an error by a factor of ten does not matter. Nothing is measured, so that a run has the same chunks
on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from jax.extend.core import ClosedJaxpr, Jaxpr

PER_OPERATION: Final = 1e-7
"""Seconds that an operation takes, however small its result."""

PER_ELEMENT: Final = 5e-10
"""Seconds that an operation takes for each number of its result."""

TURNS: Final = 10
"""Assumed repetitions of a loop whose length is not known, such as that of an iterative solver."""


def cost_of(jaxpr: Jaxpr, argument: int) -> tuple[bool, float]:
    """Return whether a traced function reads one of its arguments, and how long it takes in s.

    Examples
    --------
    >>> import jax
    >>> traced = jax.make_jaxpr(lambda i, t: i + 1)(0, 0.0)
    >>> cost_of(traced.jaxpr, 1)[0]
    False
    """
    read = jaxpr.invars[argument]
    readers = [*(eqn.invars for eqn in jaxpr.eqns), jaxpr.outvars]
    used = any(v is read for variables in readers for v in variables)
    return used, _seconds(jaxpr) + PER_OPERATION


def _seconds(jaxpr: Jaxpr) -> float:
    total = 0.0
    for eqn in jaxpr.eqns:
        inner = [_seconds(sub) for value in eqn.params.values() for sub in _jaxprs(value)]
        if not inner:
            size = sum(math.prod(getattr(v.aval, "shape", ())) for v in eqn.outvars)
            total += PER_OPERATION + PER_ELEMENT * size
        elif eqn.primitive.name == "scan":
            total += eqn.params["length"] * sum(inner)
        else:
            total += sum(inner) * (TURNS if eqn.primitive.name == "while" else 1)
    return total


def _jaxprs(value: object) -> Iterator[Jaxpr]:
    """Yield the functions within a parameter of an operation."""
    for item in value if isinstance(value, (list, tuple)) else [value]:
        # JAX has two forms of a traced function: with its constants, and without.
        if isinstance(item, Jaxpr):
            yield item
        elif isinstance(item, ClosedJaxpr):
            yield item.jaxpr
