"""Cells of several populations, numbered one population after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import brainstate
import saiunit as u

from gapjunction._checks import check_choice, check_int
from gapjunction.hosts import Sites
from gapjunction.junctions._base import GapJunction

Cell: TypeAlias = int | tuple[str, int] | tuple[Sites, int]
"""One cell: its flat id among the cells of all populations; the name of a population and an id in
it; or places of multi-compartment cells and the number of one of them."""

Model: TypeAlias = brainstate.nn.Module | Sequence[GapJunction]
"""A gap junction, several of them, or a model that contains gap junctions."""


def cell_id(name: str, value: Cell, populations: Mapping[str, slice], n_cells: int) -> int:
    """Return the flat id of a cell, given as a flat id or as ``(population, id)``.

    Examples
    --------
    >>> cell_id('pre', ('inhibitory', 1), {'excitatory': slice(0, 4), 'inhibitory': slice(4, 6)}, 6)
    5
    """
    first, last = 0, n_cells
    if isinstance(value, tuple) and len(value) == 2:
        where = populations[check_choice(f"{name}[0]", value[0], populations)]
        first, last, value = where.start, where.stop, value[1]
    found = check_int(name, value)
    if found >= last - first:
        raise ValueError(f"{name} must be a cell's id below {last - first}, got {value!r}.")
    return first + found


def divisors_of(junctions: Sequence[GapJunction]) -> dict[int, u.Quantity]:
    """Return what absolute currents are divided by in each population, by its ``id()``.

    It is the ``per`` of the first junction of the population that has one. Populations whose
    junctions have none take absolute currents, and have no entry.
    """
    found: dict[int, u.Quantity] = {}
    for junction in junctions:
        for host, per in zip((junction.pre, junction.post), junction.per, strict=True):
            if per is not None:
                found.setdefault(id(host), per)
    return found
