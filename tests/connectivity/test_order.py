"""Orders of cells for several devices."""

import importlib.util

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj

rng = np.random.default_rng(0)
PLACES = rng.uniform(0, 1, (600, 2)) * u.mm
EDGES = gj.connectivity.distance(PLACES, lambda d: 1.0, max_distance=0.07 * u.mm)(600, 600)
METHODS = ["positions", "cuthill_mckee"]
if importlib.util.find_spec("pymetis"):
    METHODS.append("metis")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 4, 6])
def test_order_is_a_permutation_with_fewer_cut_edges(method, n):
    order = gj.connectivity.partition(EDGES, n, positions=PLACES, method=method)
    np.testing.assert_array_equal(np.sort(order.cells), np.arange(600))
    np.testing.assert_array_equal(np.sort(order.edge_ids), np.arange(EDGES.n_edges))
    new = np.stack([order.cells[ids] for ids in order.edges])
    np.testing.assert_array_equal(new, np.stack(list(EDGES))[:, order.edge_ids])
    values = rng.normal(size=(2, 600)) * u.mV
    assert (order.back(order.put(values)) == values).all()
    assert (order.put(values)[:, 3] == values[:, order.cells[3]]).all()
    block = order.edges.post_ids // (600 // n)
    assert (np.diff(block) >= 0).all()
    if n > 1:
        assert gj.exchange(order.edges, n).cut < gj.exchange(EDGES, n).cut / 2


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="n_blocks must divide the number of cells, got 7 for 600"):
        gj.connectivity.partition(EDGES, 7)
    with pytest.raises(ValueError, match="positions must be given for method='positions'"):
        gj.connectivity.partition(EDGES, 6, method="positions")
    with pytest.raises(ValueError, match="method must be one of"):
        gj.connectivity.partition(EDGES, 6, method="luck")
    with pytest.raises(ValueError, match="positions must have one row per cell, 600"):
        gj.connectivity.partition(EDGES, 6, positions=PLACES[:5])
    with pytest.raises(TypeError, match="edges must be Edges"):
        gj.connectivity.partition(([0], [1]), 2)
    two = gj.connectivity.Edges([0], [1], 2, 4)
    with pytest.raises(ValueError, match="edges must be those of one population"):
        gj.connectivity.partition(two, 2)
    with pytest.raises(ValueError, match="n_devices must divide the number of cells"):
        gj.exchange(EDGES, 7)
    with pytest.raises(TypeError, match="edges must be Edges"):
        gj.exchange(([0], [1]), 2)
