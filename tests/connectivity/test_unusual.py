import warnings

import numpy as np
import pytest
from hypothesis import given

from gapjunction._checks import GapJunctionWarning
from gapjunction.connectivity import Edges, all_to_all, as_edges, grid, random, ring
from gapjunction.connectivity._unusual import warn_if_unusual

from .strategies import graphs, pairs


def _messages(edges, **kwargs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_unusual(edges, **kwargs)
    assert all(warning.category is GapJunctionWarning for warning in caught)
    return [str(warning.message) for warning in caught]


def test_duplicates_are_counted_in_either_direction():
    (message,) = _messages(Edges([0, 1, 2, 0], [1, 0, 3, 1], 4))
    assert message.startswith("2 of 4 edges repeat another (first: cells 1 and 0)")
    assert "conductances of repeated edges add up" in message


def test_the_two_directions_are_different_pairs_of_two_populations():
    assert _messages(Edges([0, 1], [1, 0], 2, bipartite=True)) == []
    (message,) = _messages(Edges([0, 1, 0], [1, 0, 1], 2, bipartite=True))
    assert message.startswith("1 of 3 edges repeats another (first: cells 0 and 1)")


def test_the_two_directions_are_different_pairs_where_it_matters_which_cell_is_pre():
    assert _messages(Edges([0, 1], [1, 0], 2), directed=True) == []
    (message,) = _messages(Edges([0, 1, 0], [1, 0, 1], 2), directed=True)
    assert message.startswith("1 of 3 edges repeats another (first: cells 0 and 1)")
    (message,) = _messages(Edges([0, 1, 2], [1, 0, 2], 3), directed=True)
    assert message.startswith("1 of 3 edges joins a cell to itself")


def test_self_junctions_are_counted():
    (message,) = _messages(Edges([0, 2, 3], [1, 2, 3], 4))
    assert message == "2 of 3 edges join a cell to itself (first: cell 2) and carry no current."


def test_equal_ids_of_two_populations_are_no_self_junctions():
    assert _messages(Edges([0, 1], [0, 1], 2, bipartite=True)) == []


def test_no_edges():
    assert _messages(Edges([], [], 2)) == []


@pytest.mark.parametrize(
    "builder", [all_to_all(), ring(2), grid(True, "moore"), random(probability=0.5)]
)
def test_builders_give_nothing_unusual(builder):
    assert _messages(builder((4, 4), (4, 4))) == []


@given(graphs())
def test_counts_are_those_of_a_set(edges):
    listed = pairs(edges)
    n_self = 0
    if not edges.bipartite:
        n_self = sum(pre == post for pre, post in listed)
        listed = [(min(pair), max(pair)) for pair in listed if pair[0] != pair[1]]
    n_repeats = len(listed) - len(set(listed))
    messages = _messages(edges)
    assert len(messages) == (n_self > 0) + (n_repeats > 0)
    if n_self:
        assert messages[0].startswith(f"{n_self} of {edges.n_edges} edge")
    if n_repeats:
        assert messages[-1].startswith(f"{n_repeats} of {edges.n_edges} edge")


def test_the_warning_points_at_the_users_line():
    with pytest.warns(GapJunctionWarning) as caught:
        as_edges(([0, 1], [1, 0]), 2, 2)
    assert caught[0].filename == __file__


def test_a_million_edges_in_any_order():
    rng = np.random.default_rng(0)
    edges = all_to_all()(1500, 1500)
    order = rng.permutation(edges.n_edges)
    order[0] = order[1]
    shuffled = Edges(edges.post_ids[order], edges.pre_ids[order], 1500)
    (message,) = _messages(shuffled)
    assert message.startswith(f"1 of {edges.n_edges} edges repeats another")
