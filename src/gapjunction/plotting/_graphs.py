"""The graph and the conductances of a junction, or of edges, that are to be drawn."""

from __future__ import annotations

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import value_of
from gapjunction._typing import Numbers, Value
from gapjunction.connectivity import Edges
from gapjunction.connectivity._numbers import edge_numbers
from gapjunction.hosts import is_initialised
from gapjunction.junctions import GapJunction
from gapjunction.limits._network import per_edge

MAX_CELLS = 5000
"""Largest number of cells for which a dense matrix, with an entry for each pair, is made."""


def graph_of(
    graph: GapJunction | Edges, weight: Numbers | None = None
) -> tuple[Edges, np.ndarray | None, u.Unit]:
    """Return edges, a conductance for each of them, and the unit of the conductances.

    Parameters
    ----------
    graph : Edges or GapJunction
        The network.
    weight : float, array_like or Quantity, optional
        Conductances of shape (), ``(n_edges,)`` or ``(n_edges, 2)``; by default those that
        :func:`conductances` returns for a junction, or the edges' values.

    Returns
    -------
    edges : Edges
        The edges.
    numbers : numpy.ndarray or None
        Shape ``(n_edges,)``, or ``(n_edges, 2)`` with the two columns of the weight of
        :class:`gapjunction.AsymmetryGapJunction`; None for edges without values.
    unit : saiunit.Unit
        The unit of ``numbers``.
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


def conductances(junction: GapJunction) -> Value:
    """Return a junction's present conductances, or its weights before its populations have states.

    Raises
    ------
    ValueError
        If the conductances are a batch.
    """
    ends = ((junction.pre, junction.pre_state), (junction.post, junction.post_state))
    if not all(is_initialised(pop, name) for pop, name in ends):
        return per_edge(junction, value_of(junction.weight))
    found = junction.conductance()
    tail = () if junction.symmetric else (2,)
    shape = (junction.edges.n_edges, *tail)
    if u.math.shape(found) != shape:
        raise ValueError(
            "weight must be given for a junction whose conductances are a batch, of shape "
            f"{u.math.shape(found)}; weight=junction.conductance()[0] takes the first member."
        )
    return found


def check_small(edges: Edges) -> None:
    """Raise a ValueError for a graph whose matrix would be too large."""
    if edges.n_cells > MAX_CELLS:
        raise ValueError(f"graph must have at most {MAX_CELLS} cells, got {edges.n_cells}.")


def cell_values(edges: Edges, name: str, values: Numbers) -> tuple[np.ndarray, u.Unit]:
    """Return a number for each cell of the graph, and the unit of the numbers.

    Parameters
    ----------
    edges : Edges
        The graph.
    name : str
        The name of ``values`` in error messages.
    values : array_like, Quantity, or a pair of them for two populations
        One number for each cell.
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
