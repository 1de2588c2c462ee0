import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapjunction.connectivity._pairs import count_pairs, decode_pairs, unique_pairs


@given(st.integers(1, 12), st.integers(1, 12), st.booleans(), st.data())
def test_decode_gives_any_choice_of_ranks(n_pre, n_post, same, data):
    if same:
        n_post = n_pre
        listed = list(itertools.combinations(range(n_pre), 2))
    else:
        listed = list(itertools.product(range(n_pre), range(n_post)))
    assert count_pairs(n_pre, n_post, same) == len(listed)
    ranks = sorted(data.draw(st.sets(st.integers(0, max(0, len(listed) - 1)))))
    ranks = [rank for rank in ranks if rank < len(listed)]
    pre, post = decode_pairs(np.array(ranks, np.int64), n_pre, n_post, same)
    assert list(zip(pre.tolist(), post.tolist(), strict=True)) == [listed[rank] for rank in ranks]
    assert pre.dtype == post.dtype == np.int32


@pytest.mark.parametrize("n_cells", [1_000_000, 2**21 + 3])
def test_decode_is_exact_where_floats_are_not(n_cells):
    rng = np.random.default_rng(0)
    # The first and last pair of rows all over the triangle, and pairs at random.
    rows = np.unique(np.r_[0:3, rng.integers(0, n_cells - 1, 200), n_cells - 4 : n_cells - 1])
    pairs = [(int(row), int(row) + 1) for row in rows] + [(int(row), n_cells - 1) for row in rows]
    pairs += [(int(row), int(rng.integers(row + 1, n_cells))) for row in rows]
    pairs = sorted(set(pairs))
    ranks = [i * (2 * n_cells - 1 - i) // 2 + j - i - 1 for i, j in pairs]
    pre, post = decode_pairs(np.array(ranks, np.int64), n_cells, n_cells, True)
    assert list(zip(pre.tolist(), post.tolist(), strict=True)) == pairs


def test_the_last_pairs_of_two_large_populations():
    n_pre, n_post = 2**20, 2**30 + 1
    last = n_pre * n_post - 1
    pre, post = decode_pairs(np.array([0, last - n_post, last]), n_pre, n_post, False)
    assert pre.tolist() == [0, n_pre - 2, n_pre - 1]
    assert post.tolist() == [0, n_post - 1, n_post - 1]


def test_too_many_pairs_to_number():
    with pytest.raises(ValueError, match="too many pairs"):
        count_pairs(2**31 - 1, 2**31 - 1, False)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5))))
def test_unique_pairs_are_those_of_a_set(listed):
    first, second = np.array(listed, np.int64).reshape(-1, 2).T
    low, high = unique_pairs(first, second, 6)
    expected = sorted({(min(pair), max(pair)) for pair in listed if pair[0] != pair[1]})
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == expected
