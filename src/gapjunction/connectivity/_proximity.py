"""Edges between places of different cells that are near each other."""

from __future__ import annotations

import numpy as np
import saiunit as u
from scipy.spatial import cKDTree

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._positions import as_length
from gapjunction.hosts import Sites


def proximity(sites: Sites, reach: QuantityLike, origins: QuantityLike | None = None) -> Edges:
    """Join each two places of different cells that are within a distance in space.

    Dendrites that come near each other may have an electrical synapse there. Such pairs of places
    are the candidates from which a model draws those that are coupled.

    Parameters
    ----------
    sites : Sites
        Places of multi-compartment cells whose morphology has points in space, such as
        ``gj.sites(cells)`` or ``gj.sites(cells, region)``. The position of a place is the middle of
        its control volume.
    reach : Quantity of length
        The largest distance.
    origins : Quantity of length, shape ``(n_cells, 3)``, optional
        By how much each cell of the population is moved; by default not at all, so that all cells
        lie at one place.

    Returns
    -------
    Edges
        Of the population ``sites``, with the smaller id as pre, the names of the places as
        ``labels``, and the distances in um as ``values``.

    Raises
    ------
    TypeError
        If ``sites`` is something else.
    saiunit.UnitMismatchError
        If ``reach`` or ``origins`` is not a length.
    ValueError
        If the morphology has no points in space, or ``origins`` has another shape.
    """
    if not isinstance(sites, Sites):
        raise TypeError(f"sites must be places made by gapjunction.sites(), got {describe(sites)}.")
    limit = as_length("reach", reach, positive=True)
    if limit.ndim:
        raise ValueError(f"reach must be one length, got {describe(reach)}.")
    where = np.asarray(sites.local_positions.to_decimal(u.um))
    if origins is not None:
        n_cells = int(np.prod(sites.owner.pop_size))
        moved = as_length("origins", origins)
        if moved.shape != (n_cells, 3):
            raise ValueError(
                f"origins must have the shape {(n_cells, 3)}, one for each cell, got "
                f"{describe(origins)}."
            )
        where = where + np.asarray(moved.to_decimal(u.um))[sites.cells]
    pairs = cKDTree(where).query_pairs(float(limit.to_decimal(u.um)), output_type="ndarray")
    pairs = pairs[sites.cells[pairs[:, 0]] != sites.cells[pairs[:, 1]]]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = np.linalg.norm(where[pairs[:, 0]] - where[pairs[:, 1]], axis=1)
    return Edges(pairs[:, 0], pairs[:, 1], len(where), values=apart, labels=sites.labels)
