"""Random graphs in blocks."""

import numpy as np
import pytest

import gapjunction as gj


@pytest.mark.parametrize("reach", [None, 0, 1, 3, 9])
def test_own_edges_are_those_of_the_whole(reach):
    builder = gj.connectivity.random_blocks(n_blocks=8, mean_degree=5, reach=reach, seed=4)
    whole = builder(400, 400)
    pairs = {tuple(sorted(pair)) for pair in zip(*(ids.tolist() for ids in whole), strict=True)}
    assert len(pairs) == whole.n_edges
    assert not (whole.pre_ids == whole.post_ids).any()
    for first, last in ((0, 100), (100, 200), (30, 70), (350, 400)):
        own = builder.own(400, first, last)
        wanted = {p for p in pairs if any(first <= cell < last for cell in p)}
        found = {tuple(sorted(pair)) for pair in zip(*(ids.tolist() for ids in own), strict=True)}
        assert found == wanted
        assert own.n_edges == len(wanted)
    if reach is not None:
        apart = np.abs(whole.pre_ids // 50 - whole.post_ids // 50)
        assert (np.minimum(apart, 8 - apart) <= reach).all()


def test_mean_degree():
    builder = gj.connectivity.random_blocks(n_blocks=4, mean_degree=20)
    degree = gj.connectivity.degree(builder(4000, 4000))
    # Of 40,000 edges the number deviates by 200, one standard deviation.
    assert abs(degree.mean() - 20) < 0.5


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="n_blocks must be"):
        gj.connectivity.random_blocks(n_blocks=0, mean_degree=1)
    builder = gj.connectivity.random_blocks(n_blocks=4, mean_degree=3)
    with pytest.raises(ValueError, match="n_blocks must divide the number of cells, got 4 for 10"):
        builder(10, 10)
    with pytest.raises(ValueError, match="first and last must be cells of 12"):
        builder.own(12, 8, 13)
    with pytest.raises(ValueError, match="mean_degree must be at most 3"):
        builder(4, 4).n_edges, gj.connectivity.random_blocks(n_blocks=4, mean_degree=4)(4, 4)
    with pytest.raises(ValueError, match="joins the cells of one population"):
        builder(8, 12)
