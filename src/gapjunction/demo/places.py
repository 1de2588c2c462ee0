"""The layout of the network in the figure."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csgraph

from gapjunction.connectivity import Edges, components, to_scipy

_PER_ROW = 16


def place_neurons(edges: Edges, steps: int = 100) -> np.ndarray:
    """Return a place for each neuron, such that coupled neurons are near each other.

    The largest component is laid out by stress majorisation [1]_, which makes the distance of two
    neurons nearly proportional to the number of junctions on the shortest path between them. All
    other neurons stand in rows below.

    Parameters
    ----------
    edges : Edges
        Edges in one population.
    steps : int, default 100
        Number of iterations; more than 100 change little.

    Returns
    -------
    numpy.ndarray, shape (n_neurons, 2)
        Places in the unit square; the rows are below it.

    References
    ----------
    .. [1] Gansner ER, Koren Y, North S (2005). Graph drawing by stress majorization. Lecture
       Notes in Computer Science 3383:239-250.

    Examples
    --------
    Three neurons in a chain lie on a line, one without a junction below:

    >>> place_neurons(Edges([0, 1], [1, 2], 4)).round(2) + 0.0
    array([[ 0.  ,  0.  ],
           [ 0.5 ,  0.  ],
           [ 1.  ,  0.  ],
           [ 0.  , -0.06]])
    """
    giant, *others = components(edges)
    places = np.empty((edges.n_cells, 2))
    graph = to_scipy(edges)[giant][:, giant]
    steps_between = csgraph.shortest_path(graph, directed=False, unweighted=True)
    inside = _majorise(steps_between, steps)
    inside = inside - inside.min(axis=0)
    places[giant] = inside / max(inside.max(), 1e-9)
    rest = np.concatenate([giant[:0], *others])
    row, column = np.divmod(np.arange(rest.size), _PER_ROW)
    places[rest] = np.stack([column / (_PER_ROW - 1), -0.06 - 0.05 * row], axis=1)
    return places


def _majorise(distance: np.ndarray, steps: int) -> np.ndarray:
    """Reduce ``sum (|x_i - x_j| / d_ij - 1)^2``, starting from classical scaling."""
    n = len(distance)
    centre = np.eye(n) - 1 / n
    size, axes = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    places = axes[:, :-3:-1] * np.sqrt(np.maximum(size[:-3:-1], 0.0))
    # The signs of eigenvectors differ between versions of LAPACK; the figure should not.
    places = places * np.where(places[0] > 0, -1.0, 1.0)
    # Neurons with the same neighbours would stay at the same place, so each is moved a little.
    places = places + 1e-3 * np.random.default_rng(0).standard_normal(places.shape)
    stiffness = np.divide(1, distance**2, out=np.zeros_like(distance), where=distance > 0)
    inverse = np.linalg.pinv(np.diag(stiffness.sum(axis=1)) - stiffness)
    for _ in range(steps):
        apart = np.linalg.norm(places[:, None] - places[None], axis=2)
        ratio = np.divide(distance, apart, out=np.zeros_like(distance), where=apart > 1e-9)
        pull = -stiffness * ratio
        places = inverse @ ((pull - np.diag(pull.sum(axis=1))) @ places)
    return places
