"""Renumbering of cells for networks in space."""

import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.kernels import Laplacian
from gapjunction.kernels._graph import Graph
from gapjunction.kernels._order import near_order

N = 20_000


def strip(shuffled, degree=8):
    rng = np.random.default_rng(0)
    pre = rng.integers(0, N - degree, N * degree // 2)
    post = pre + rng.integers(1, degree + 1, len(pre))
    place = rng.permutation(N) if shuffled else np.arange(N)
    return place[pre].astype(np.int32), place[post].astype(np.int32)


def random(degree=8):
    return np.random.default_rng(0).integers(0, N, (2, N * degree // 2)).astype(np.int32)


def test_shuffled_strip_is_put_in_order():
    pre, post = strip(True)
    order = near_order(Graph(N, pre, post, (N,)).entries)
    assert sorted(order) == list(range(N))
    place = np.argsort(order)
    assert np.abs(place[pre] - place[post]).mean() < 50


@pytest.mark.parametrize("graph", [strip(False), random()], ids=["in order", "random"])
def test_others_are_left_alone(graph):
    assert near_order(Graph(N, *graph, (N,)).entries) is None


def test_small_and_empty_are_left_alone():
    pre, post = (ids[ids < 100][:50] for ids in strip(True))
    n = min(len(pre), len(post))
    assert near_order(Graph(100, pre[:n], post[:n], (100,)).entries) is None
    none = np.zeros(0, np.int32)
    assert near_order(Graph(N, none, none, (N,)).entries) is None


@pytest.mark.parametrize("shape", [(), (None,), (None, 2)])
def test_results_are_in_the_order_of_the_user(shape, x64):
    pre, post = strip(True)
    rng = np.random.default_rng(1)
    w = jnp.asarray(rng.random(tuple(len(pre) if n is None else n for n in shape)))
    x = jnp.asarray(rng.normal(size=(2, N)))
    found = [
        Laplacian(pre, post, (N,), paired=len(shape) == 2, layout=layout)(w, x)
        for layout in ("rows", "edges")
    ]
    np.testing.assert_allclose(*found, atol=1e-12)
