import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapjunction.connectivity import degree, random
from gapjunction.connectivity._random import draw_ranks

from .strategies import assert_simple_and_sorted, pairs


def _counts(probability, n_pairs, draws=400):
    return np.array(
        [draw_ranks(n_pairs, probability, np.random.default_rng(i)).size for i in range(draws)]
    )


@pytest.mark.parametrize("probability", [0.001, 0.1, 0.5, 0.95])
def test_number_of_edges_is_binomial(probability):
    n_pairs = 5000
    counts = _counts(probability, n_pairs)
    mean, variance = n_pairs * probability, n_pairs * probability * (1 - probability)
    # Four standard errors, of the mean and of the variance (fourth moment near normal).
    assert abs(counts.mean() - mean) < 4 * math.sqrt(variance / counts.size)
    assert abs(counts.var() / variance - 1) < 4 * math.sqrt((2 + 1 / variance) / counts.size)


def test_every_pair_is_equally_likely():
    n, probability, draws = 12, 0.3, 2000
    n_pairs = n * (n - 1) // 2
    hits = np.zeros((n, n))
    for seed in range(draws):
        edges = random(probability=probability, seed=seed)(n, n)
        hits[edges.pre_ids, edges.post_ids] += 1
    hits = hits[np.triu_indices(n, 1)]
    expected = draws * probability
    chi2 = ((hits - expected) ** 2).sum() / (expected * (1 - probability))
    # Mean n_pairs, variance 2 n_pairs.
    assert abs(chi2 - n_pairs) < 4 * math.sqrt(2 * n_pairs)


def test_neighbouring_pairs_are_independent():
    draws = [draw_ranks(200, 0.4, np.random.default_rng(seed)) for seed in range(500)]
    taken = np.zeros((500, 200))
    for row, ranks in zip(taken, draws, strict=True):
        row[ranks] = 1
    both = (taken[:, 1:] * taken[:, :-1]).mean()
    assert abs(both - 0.16) < 4 * math.sqrt(0.16 * 0.84 / taken[:, 1:].size) * 2


@given(st.integers(1, 30), st.floats(0, 1), st.integers(0, 2**32))
def test_one_population_has_simple_sorted_edges(n, probability, seed):
    edges = random(probability=probability, seed=seed)(n, n)
    assert_simple_and_sorted(edges)
    assert not edges.bipartite


@given(st.integers(1, 20), st.integers(1, 20), st.floats(0, 1), st.integers(0, 99))
def test_two_populations_have_each_pair_at_most_once(n_pre, n_post, probability, seed):
    edges = random(probability=probability, seed=seed)(n_pre, n_post, same_population=False)
    listed = pairs(edges)
    assert listed == sorted(set(listed))
    assert edges.bipartite


def test_probability_one_is_every_pair():
    assert pairs(random(probability=1)(5, 5)) == list(itertools.combinations(range(5), 2))
    assert random(probability=1.0)(5, 4).n_edges == 20


def test_probability_zero_is_no_pair():
    assert random(probability=0.0)(50, 50).n_edges == 0
    assert random(mean_degree=0)(50, 50).n_edges == 0
    assert random(mean_degree=0)(1, 1).n_edges == 0


@settings(deadline=None)
@given(st.sampled_from([1e-300, 1e-30, 1e-12, 5e-324]))
def test_a_tiny_probability_does_not_overflow(probability):
    assert random(probability=probability)(10**6, 10**6).n_edges <= 1


def test_mean_degree_of_one_population():
    edges = random(mean_degree=8, seed=3)(20_000, 20_000)
    # n_edges has mean and variance of nearly 80,000.
    assert abs(edges.n_edges - 80_000) < 4 * math.sqrt(80_000)
    assert abs(degree(edges).var() / 8 - 1) < 0.1


def test_mean_degree_of_two_populations_is_over_both():
    edges = random(mean_degree=8, seed=3)(30_000, 10_000)
    assert abs(degree(edges).mean() - 8) < 4 * 2 * math.sqrt(160_000) / 40_000


def test_mean_degree_of_all():
    assert random(mean_degree=4)(5, 5).n_edges == 10


def test_mean_degree_beyond_all():
    with pytest.raises(ValueError, match="mean_degree must be at most 4, where all 10 pairs"):
        random(mean_degree=4.5)(5, 5)
    with pytest.raises(ValueError, match="mean_degree must be at most 0"):
        random(mean_degree=1)(1, 1)


def test_the_seed_decides():
    first = random(probability=0.2, seed=7)(50, 50)
    again = random(probability=0.2, seed=7)(50, 50)
    other = random(probability=0.2, seed=8)(50, 50)
    assert pairs(first) == pairs(again) != pairs(other)


def test_a_builder_gives_the_same_edges_every_time():
    builder = random(probability=0.2)
    assert pairs(builder(50, 50)) == pairs(builder(50, 50))


def test_global_random_state_is_left_alone():
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    random(probability=0.2)(50, 50)
    assert np.random.random() == expected  # noqa: NPY002


def test_ten_million_edges_of_a_million_cells():
    edges = random(mean_degree=20)(1_000_000, 1_000_000)
    assert abs(edges.n_edges - 1e7) < 4 * math.sqrt(1e7)
    keys = edges.pre_ids.astype(np.int64) * 1_000_000 + edges.post_ids
    assert (np.diff(keys) > 0).all()
    assert (edges.pre_ids < edges.post_ids).all()
    # Every cell is reached alike: the smaller ids are not favoured.
    assert abs(degree(edges)[:1000].mean() - 20) < 4 * math.sqrt(20 / 1000)
    assert abs(degree(edges)[-1000:].mean() - 20) < 4 * math.sqrt(20 / 1000)


@pytest.mark.parametrize("kwargs", [{}, {"probability": 0.1, "mean_degree": 3}])
def test_takes_exactly_one_of_probability_and_mean_degree(kwargs):
    with pytest.raises(ValueError, match="either probability or mean_degree"):
        random(**kwargs)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_probability_is_from_0_to_1(value):
    with pytest.raises(ValueError, match="probability must be"):
        random(probability=value)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_mean_degree_is_not_negative(value):
    with pytest.raises(ValueError, match="mean_degree must be"):
        random(mean_degree=value)


def test_arguments_are_numbers():
    with pytest.raises(TypeError, match="probability must be a number"):
        random(probability="0.1")
    with pytest.raises(TypeError, match="seed must be an int"):
        random(probability=0.1, seed=1.5)
    with pytest.raises(ValueError, match="seed must be an int of at least 0"):
        random(probability=0.1, seed=-1)


def test_probability_is_not_taken_by_position():
    with pytest.raises(TypeError):
        random(0.1)
