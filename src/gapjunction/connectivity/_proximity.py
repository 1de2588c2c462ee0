"""Edges between places of different cells that are near each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import saiunit as u
from scipy.spatial import cKDTree

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._positions import as_length
from gapjunction.hosts import Sites


def proximity(
    sites: Sites | tuple[Sites, Sites],
    reach: QuantityLike,
    origins: QuantityLike | tuple[QuantityLike | None, QuantityLike | None] | None = None,
) -> Edges:
    """Join all pairs of places on different cells that are near each other in space.

    Dendrites that come near each other may have an electrical synapse there. Such pairs of places
    are the candidates from which a model draws those that are coupled.

    Parameters
    ----------
    sites : Sites or pair of Sites
        Places of multi-compartment cells whose morphology has points in space, such as
        ``gj.sites(cells)`` or ``gj.sites(cells, region)``. The position of a place is the middle of
        its control volume. With a pair, each place of the first is compared with each place of the
        second.
    reach : Quantity of length
        The largest distance.
    origins : Quantity of length, shape ``(n_cells, 3)``, or pair of them, optional
        The displacement of each cell from the coordinates of its morphology. By default cells are
        not displaced, so that all cells of a population lie at the same place. For two populations
        of cells it is a pair, either of which may be None.

    Returns
    -------
    Edges
        Edges in the population of ``sites``, with the smaller id as pre, or between the two
        populations of a pair. Their ``values`` are the distances in um, and their ``labels`` the
        names of the places, if all names differ.

    Raises
    ------
    TypeError
        If ``sites`` is neither Sites nor a pair of them.
    saiunit.UnitMismatchError
        If ``reach`` or ``origins`` is not a length.
    ValueError
        If the morphology has no points in space, or ``origins`` has another shape.

    Examples
    --------
    Two cells, each a straight branch of 100 um along x. The second is displaced by 80 um along x
    and by 3 um along y:

    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> from braincell import Branch, Cell, CVPerBranch, Morphology
    >>> branch = Branch.from_points(
    ...     points=[[0.0, 0.0, 0.0], [100.0, 0.0, 0.0]] * u.um, radii=[1.0, 1.0] * u.um,
    ...     type='soma')
    >>> cells = Cell(Morphology.from_root(branch, name='soma'), pop_size=2,
    ...              cv_policy=CVPerBranch(5), V_init=-65.0 * u.mV)
    >>> places = gj.sites(cells)
    >>> near = gj.connectivity.proximity(
    ...     places, 5 * u.um, [[0.0, 0.0, 0.0], [80.0, 3.0, 0.0]] * u.um)
    >>> places.labels[near.pre_ids[0]], places.labels[near.post_ids[0]], near.values
    ('0:soma(0.9)', '1:soma(0.1)', array([3.]))
    """
    pre, post = pair_of("sites", sites)
    limit = as_length("reach", reach, positive=True)
    if limit.ndim:
        raise ValueError(f"reach must be one length, got {describe(reach)}.")
    owners = [pre.owner] if post.owner is pre.owner else [pre.owner, post.owner]
    moved = moves("origins", origins, [int(np.prod(owner.pop_size)) for owner in owners])
    first = positions(pre, moved[0])
    distance = float(limit.to_decimal(u.um))
    if post is pre:
        pairs = cKDTree(first).query_pairs(distance, output_type="ndarray")
        second = first
    else:
        second = positions(post, moved[-1])
        found = cKDTree(first).query_ball_tree(cKDTree(second), distance)
        ids = [(i, j) for i, near in enumerate(found) for j in near]
        pairs = np.array(ids, np.int64).reshape(-1, 2)
    if pre.owner is post.owner:
        pairs = pairs[pre.cells[pairs[:, 0]] != post.cells[pairs[:, 1]]]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = np.linalg.norm(first[pairs[:, 0]] - second[pairs[:, 1]], axis=1)
    if post is pre:
        return Edges(pairs[:, 0], pairs[:, 1], len(first), values=apart, labels=pre.labels)
    names = (*pre.labels, *post.labels)
    labels = names if len(set(names)) == len(names) else None
    sizes = len(first), len(second)
    return Edges(pairs[:, 0], pairs[:, 1], *sizes, True, values=apart, labels=labels)


def pair_of(name: str, sites: object) -> tuple[Sites, Sites]:
    """Return a pair of places, which are the same if only one population's are given.

    Raises
    ------
    TypeError
        If ``sites`` is neither Sites nor a pair of them.
    """
    pair = sites if isinstance(sites, (tuple, list)) else (sites, sites)
    if len(pair) != 2 or not all(isinstance(one, Sites) for one in pair):
        raise TypeError(
            f"{name} must be places made by gapjunction.sites(), or a pair of them, got "
            f"{describe(sites)}."
        )
    return pair[0], pair[1]


def for_each(name: str, given: Any, n: int) -> dict[str, Any]:
    """Return the parts of an argument for one or two populations, by their names in messages.

    Raises
    ------
    ValueError
        If there are two populations, and the argument is not a pair.
    """
    if n == 1:
        return {name: given}
    if not isinstance(given, (tuple, list)) or len(given) != n:
        raise ValueError(
            f"{name} must be a pair for places of two populations of cells, got {describe(given)}."
        )
    return {f"{name}[{k}]": part for k, part in enumerate(given)}


def moves(name: str, origins: object, n_cells: Sequence[int]) -> list[np.ndarray]:
    """Return the displacements of cells in um, shape ``(n_cells, 3)`` for each population.

    Raises
    ------
    saiunit.UnitMismatchError
        If ``origins`` is not a length.
    ValueError
        If there is not one array for each population, or an array has another shape.
    """
    n = len(n_cells)
    parts = for_each(name, (None,) * n if origins is None and n > 1 else origins, n)
    found = []
    for (label, part), size in zip(parts.items(), n_cells, strict=True):
        moved = np.zeros((size, 3))
        if part is not None:
            moved = np.asarray(as_length(label, part).to_decimal(u.um))
        if moved.shape != (size, 3):
            raise ValueError(
                f"{label} must have the shape {(size, 3)}, one for each cell, got {describe(part)}."
            )
        found.append(moved)
    return found


def positions(sites: Sites, moved: np.ndarray) -> np.ndarray:
    """Return the positions of places in um, shape ``(n, 3)``, in cells that are displaced.

    Raises
    ------
    ValueError
        If the morphology has no points in space.
    """
    where = np.asarray(sites.local_positions.to_decimal(u.um))
    return np.asarray(where + moved[sites.cells])
