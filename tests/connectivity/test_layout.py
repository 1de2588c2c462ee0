"""Places of cells for a picture."""

import numpy as np
import pytest

from gapjunction.connectivity import Edges, grid, layout, random, ring


@pytest.mark.parametrize(
    "edges",
    [
        ring()(5, 5),
        ring()(100, 100),
        grid()((4, 5), (4, 5)),
        grid()((3, 4, 5), (3, 4, 5)),
        random(mean_degree=1, seed=1)(60, 60),
        random(mean_degree=4, seed=1)(1500, 1500),
        Edges([], [], 1),
        Edges([], [], 40),
        Edges([0, 1], [0, 1], 2, 3),
        Edges([0] * 30, range(1, 31), 31),
        Edges([0, 0], [0, 0], 1, bipartite=True),
    ],
    ids=repr,
)
def test_layout_gives_every_cell_a_place_of_its_own(edges):
    places = layout(edges)
    assert places.shape == (edges.n_cells, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(9), axis=0)) == edges.n_cells
    np.testing.assert_array_equal(places, layout(edges))


def test_layout_of_a_ring_is_round():
    places = layout(ring(k=2)(60, 60))
    radius = np.linalg.norm(places - places.mean(axis=0), axis=1)
    assert radius.min() > 0.9 * radius.max()


def test_layout_puts_coupled_cells_near_each_other():
    edges = grid()((1, 10, 10), (1, 10, 10))
    places = layout(edges)
    coupled = np.linalg.norm(places[edges.pre_ids] - places[edges.post_ids], axis=1)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert coupled.mean() < 0.3 * apart.mean()
    # Springs pull edges to one length.
    assert coupled.std() < 0.25 * coupled.mean()
