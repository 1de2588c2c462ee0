"""A plain number for each edge."""

from __future__ import annotations

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Numbers
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._ids import refuse_traced


def edge_numbers(
    edges: Edges, weight: Numbers, unit: u.Unit | None = None, *, two_sided: bool = False
) -> np.ndarray:
    """Return a weight as a float64 array of shape ``(n_edges,)``.

    Parameters
    ----------
    edges : Edges
        The graph.
    weight : float, array_like or Quantity
        One number for all edges, or one for each.
    unit : saiunit.Unit, optional
        The unit of the returned numbers; by default the weight's own.
    two_sided : bool
        Whether an edge may have two weights. A weight of shape ``(n_edges, 2)`` is then allowed
        and keeps its shape.

    Raises
    ------
    TypeError
        If the weight is not made of real numbers, or is traced by a JAX transform.
    ValueError
        If it has another shape.
    saiunit.UnitMismatchError
        If it cannot be expressed in ``unit``.
    """
    mantissa: Numbers = weight
    if unit is not None:
        if u.get_unit(weight).dim != unit.dim:
            raise u.UnitMismatchError(
                f"weight must have a unit such as {unit}, got {describe(weight)}.",
                u.get_unit(weight),
                unit,
            )
        mantissa = u.Quantity(weight).to_decimal(unit)
    elif isinstance(weight, u.Quantity):
        mantissa = weight.mantissa
    refuse_traced("weight", mantissa)
    numbers = np.asarray(mantissa)
    if numbers.dtype.kind not in "biuf":
        raise TypeError(f"weight must be real numbers, got {describe(weight)}.")
    shapes: tuple[tuple[int, ...], ...] = ((), (edges.n_edges,))
    if two_sided:
        shapes = (*shapes, (edges.n_edges, 2))
    if numbers.shape not in shapes:
        raise ValueError(
            f"weight must have one of the shapes {', '.join(map(str, shapes))}, got "
            f"{describe(weight)}."
        )
    if numbers.ndim == 0:
        numbers = np.broadcast_to(numbers, (edges.n_edges,))
    return numbers.astype(np.float64)
