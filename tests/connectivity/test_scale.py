"""Ten million edges."""

import numpy as np
import pytest

import gapjunction as gj

pytestmark = [pytest.mark.slow, pytest.mark.optimized]


def test_ten_million_random_edges_are_distinct_and_in_order():
    edges = gj.connectivity.as_edges(gj.connectivity.random(mean_degree=20), 10**6, 10**6)
    n = 10**6
    expected = n * 20 / 2
    assert abs(edges.n_edges - expected) < 5 * np.sqrt(expected)
    assert (edges.pre_ids < edges.post_ids).all()
    keys = edges.pre_ids.astype(np.int64) * n + edges.post_ids
    assert (np.diff(keys) > 0).all()
    degree = gj.connectivity.degree(edges)
    # Degrees are Poisson to a very good approximation.
    assert degree.mean() == pytest.approx(20, rel=1e-3)
    assert degree.var() == pytest.approx(20, rel=1e-2)


def test_laplacian_of_ten_million_edges():
    edges = gj.connectivity.all_to_all()(4472, 4472)
    laplacian = gj.connectivity.laplacian(edges)
    assert edges.n_edges == 4472 * 4471 // 2
    np.testing.assert_allclose(laplacian @ np.ones(4472), 0, atol=1e-9)
    assert (laplacian.diagonal() == 4471).all()
