"""Which layout a graph gets."""

import numpy as np
import pytest

import gapjunction as gj
from gapjunction.kernels import Laplacian, native


def layout(conn, size, shape=(), post_size=None):
    edges = gj.connectivity.as_edges(conn, size, post_size or size, same_population=not post_size)
    pre, post = edges
    groups = (edges.n_pre,) if post_size is None else (edges.n_pre, edges.n_post)
    if len(groups) == 2:
        post = post + np.int32(edges.n_pre)
    shape = tuple(edges.n_edges if n is None else n for n in shape)
    return Laplacian(pre, post, groups).layout(shape).name


def random(n, degree):
    return np.random.default_rng(0).integers(0, n, (2, n * degree // 2))


@pytest.mark.parametrize(
    ("conn", "size", "kind", "wanted"),
    [
        (gj.connectivity.all_to_all(), 40, (), "complete"),
        (gj.connectivity.all_to_all(), 40, (None,), "dense"),
        (gj.connectivity.ring(), 600, (), "shifts"),
        (gj.connectivity.ring(), 600, (None,), "shifts"),
        (gj.connectivity.grid(), (30, 30), (), "shifts"),
        (gj.connectivity.grid(), (10, 10, 10), (None,), "shifts"),
        (gj.connectivity.ring(), 20, (), "edges"),
    ],
)
def test_structure_is_found(conn, size, kind, wanted):
    size = size if isinstance(size, tuple) else (size,)
    assert layout(conn, size, kind) == wanted


def test_all_of_two_populations():
    assert layout(gj.connectivity.all_to_all(), (30,), (), (40,)) == "complete"


def test_one_cell_with_millions_of_others():
    # The square of this number of cells would be four terabytes.
    others = np.arange(1, 2_000_001, dtype=np.int32)
    star = Laplacian(np.zeros_like(others), others, (1, len(others)))
    assert star.layout(()).name == "complete"


def test_almost_complete_is_not_complete():
    pre, post = np.triu_indices(40, 1)
    for change in (slice(1, None), np.r_[1, 1 : len(pre)]):
        assert layout((pre[change], post[change]), (40,)) == "dense"
    pre, post = np.divmod(np.arange(1200), 40)
    assert layout((np.r_[pre[1:], 29], np.r_[post[1:], 39]), (30,), (), (40,)) == "dense"


@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
def test_random_graphs():
    sparse = "rows" if native.is_available() else "padded"
    assert layout(tuple(random(1000, 20)), (1000,)) == sparse
    assert layout(tuple(random(100, 20)), (100,)) == "dense"
