"""Places in the plane for drawing cells that have no positions."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh

from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._facts import components, degree, endpoints, laplacian
from gapjunction.connectivity._pairs import unique_pairs

# The largest component that is laid out by forces between all pairs; for larger ones this would
# take too long.
_MAX_SPRING = 1000
# Components of up to this many cells are drawn on a circle.
_MAX_CIRCLE = 16


def layout(edges: Edges) -> np.ndarray:
    """Return a place in the plane for each cell.

    A sheet of cells is drawn as a sheet, two populations as two columns, a few cells on a circle.
    In other graphs coupled cells lie near each other. The largest component is laid out by modes
    of its scaled adjacency matrix, and then by springs if it has up to 1000 cells. The other cells
    lie on a circle around it.

    Parameters
    ----------
    edges : Edges
        The graph.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_cells, 2)``. The same edges always give the same places.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.layout(gj.connectivity.grid()((2, 3), (2, 3)))[:4]
    array([[ 0.,  0.],
           [ 1.,  0.],
           [ 2.,  0.],
           [ 0., -1.]])
    """
    if edges.bipartite:
        return np.concatenate([_column(edges.n_pre, 0.0), _column(edges.n_post, 1.0)])
    if len(edges.pre_size) == 2:
        row, column = np.divmod(np.arange(edges.n_cells), edges.pre_size[1])
        return np.stack([column, 0.0 - row], axis=1).astype(float)
    if edges.n_cells <= _MAX_CIRCLE:
        return _circle(edges.n_cells, 1.0)
    parts = components(edges)
    giant = parts[0]
    places = np.empty((edges.n_cells, 2))
    rest = np.concatenate([giant[:0], *parts[1:]])
    places[rest] = _circle(rest.size, 1.35)
    places[giant] = _largest(edges, giant)
    return places


def _column(count: int, x: float) -> np.ndarray:
    y = np.linspace(1.0, 0.0, count) if count > 1 else np.array([0.5])
    return np.stack([np.full(count, x), y], axis=1)


def _circle(count: int, radius: float) -> np.ndarray:
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / max(count, 1)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _largest(edges: Edges, cells: np.ndarray) -> np.ndarray:
    if cells.size <= _MAX_CIRCLE:
        return _circle(cells.size, 1.0)
    places = _spectral(edges, cells)
    if cells.size <= _MAX_SPRING:
        number = np.full(edges.n_cells, -1)
        number[cells] = np.arange(cells.size)
        ends = np.stack(endpoints(edges))
        inside = number[ends[0]] >= 0
        places = _spring(places, number[ends[:, inside]])
    places = places - (places.max(axis=0) + places.min(axis=0)) / 2
    return places / np.linalg.norm(places, axis=1).max()


def _spectral(edges: Edges, cells: np.ndarray) -> np.ndarray:
    """Return the second and third mode of the scaled adjacency matrix."""
    own = degree(edges)[cells].astype(float)
    # Without the mean degree in this sum, the first modes of a sparse graph would be nearly zero
    # except on chains of cells that hang on the rest of the graph.
    scale = 1 / np.sqrt(own + own.mean())
    within = sp.diags_array(own) - laplacian(edges)[cells][:, cells]
    scaled = sp.diags_array(scale) @ within @ sp.diags_array(scale)
    rng = np.random.default_rng(0)
    if cells.size <= _MAX_SPRING:
        # In symmetric graphs, such as rings, several modes have the same eigenvalue; only the dense
        # solver is sure to find all of them.
        _, modes = np.linalg.eigh(scaled.toarray())
    else:
        start = rng.standard_normal(cells.size)
        _, modes = eigsh(scaled.tocsr(), k=3, which="LA", v0=start, tol=1e-3)
    places = modes[:, [-2, -3]] * scale[:, None]
    # Springs could not separate cells at exactly the same place, so each is moved a little.
    return places / np.abs(places).max() + 1e-3 * rng.standard_normal(places.shape)


def _spring(places: np.ndarray, ends: np.ndarray, steps: int = 100) -> np.ndarray:
    """Move cells that all repel each other while edges attract (Fruchterman & Reingold 1991)."""
    n_cells = len(places)
    rest = 1 / math.sqrt(n_cells)
    # Several edges between two cells attract like a single one.
    first, second = unique_pairs(ends[0], ends[1], n_cells)
    edge = np.arange(first.size)
    signs = np.repeat([1.0, -1.0], first.size)
    incidence = sp.csr_array(
        (signs, (np.concatenate([first, second]), np.concatenate([edge, edge]))),
        shape=(n_cells, first.size),
    )
    for step in range(steps):
        square = (places**2).sum(axis=1)
        apart = np.maximum(square[:, None] + square - 2 * places @ places.T, 1e-6)
        push = rest**2 / apart
        along = places[second] - places[first]
        pull = along * np.linalg.norm(along, axis=1, keepdims=True) / rest
        move = push.sum(axis=1, keepdims=True) * places - push @ places + incidence @ pull
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        # Steps shrink, so that the cells come to rest.
        places = places + move / length * np.minimum(length, 0.1 * (1 - step / steps))
    return places
