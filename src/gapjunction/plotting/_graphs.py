"""The graph and the conductances of what is given to a picture."""

from __future__ import annotations

from typing import Any

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import value_of
from gapjunction.connectivity import Edges
from gapjunction.connectivity._numbers import edge_numbers
from gapjunction.junctions import GapJunction
from gapjunction.limits._network import per_edge

MAX_CELLS = 5000
"""Of a matrix with an entry for each pair."""


def graph_of(graph: Any, weight: Any = None) -> tuple[Edges, np.ndarray | None, u.Unit]:
    """Return edges, and a number for each with its unit.

    Parameters
    ----------
    graph : Edges or GapJunction
    weight : float, array_like or Quantity, optional
        Of shape (), ``(n_edges,)`` or ``(n_edges, 2)``; by default what :func:`conductances` finds
        of a junction, or the edges' values.

    Returns
    -------
    Edges
    numpy.ndarray or None
        Shape ``(n_edges,)``, or ``(n_edges, 2)`` as :class:`gapjunction.AsymmetryGapJunction` has
        them; None if edges have no values.
    saiunit.Unit
    """
    if isinstance(graph, GapJunction):
        edges = graph.edges
        weight = conductances(graph) if weight is None else weight
    elif isinstance(graph, Edges):
        edges = graph
        weight = edges.values if weight is None else weight
    else:
        raise TypeError(f"graph must be Edges or a gap junction, got {describe(graph)}.")
    if weight is None:
        return edges, None, u.UNITLESS
    weight = value_of(weight)
    return edges, edge_numbers(edges, weight, two_sided=True), u.get_unit(weight)


def conductances(junction: GapJunction) -> Any:
    """Return a junction's conductances: the present ones, or weights before voltages exist.

    Raises
    ------
    ValueError
        If there is a batch of them.
    """
    ends = ((junction.pre, junction.pre_state), (junction.post, junction.post_state))
    if not all(isinstance(getattr(pop, name, None), brainstate.State) for pop, name in ends):
        return per_edge(junction, value_of(junction.weight))
    found = junction.conductance()
    tail = () if junction._symmetric else (2,)
    shape = (junction.edges.n_edges, *tail)
    if u.math.shape(found) != shape:
        raise ValueError(
            "weight must be given for a junction whose conductances are a batch, of shape "
            f"{u.math.shape(found)}: weight=junction.conductance()[0], for one of it."
        )
    return found


def check_small(edges: Edges) -> None:
    """Refuse a graph whose matrix would be too large."""
    if edges.n_cells > MAX_CELLS:
        raise ValueError(f"graph must have at most {MAX_CELLS} cells, got {edges.n_cells}.")


def cell_values(edges: Edges, name: str, values: Any) -> tuple[Any, u.Unit]:
    """Return a number for each cell of the graph, with its unit.

    Parameters
    ----------
    edges : Edges
    name : str
        What ``values`` are called in messages.
    values : array_like, Quantity, or a pair of them for two populations
        In all, one for each cell.
    """
    parts = values if isinstance(values, tuple) else (values,)
    unit = u.get_unit(parts[0])
    found = []
    for part in parts:
        if u.get_unit(part).dim != unit.dim:
            raise u.UnitMismatchError(
                f"{name} must have one kind of unit, got {unit} and {u.get_unit(part)}."
            )
        numbers = np.asarray(u.Quantity(part).to_decimal(unit))
        if numbers.dtype.kind not in "biuf":
            raise TypeError(f"{name} must be real numbers, got {describe(part)}.")
        found.append(numbers.astype(np.float64).reshape(-1))
    together = np.concatenate(found)
    if len(together) != edges.n_cells:
        raise ValueError(
            f"{name} must have a number for each of the {edges.n_cells} cells, got {len(together)}."
        )
    return together, unit
