import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
import saiunit as u
import scipy.sparse as sp
from braintools import conn as bc
from hypothesis import given

import gapjunction as gj
from gapjunction._checks import GapJunctionWarning
from gapjunction.connectivity import (
    Builder,
    Edges,
    all_to_all,
    as_edges,
    from_networkx,
    from_scipy,
    grid,
    one_to_one,
    ring,
)

from .strategies import graphs, pairs

# accepted


@pytest.mark.parametrize(
    "conn",
    [
        ([0, 1, 2], [1, 2, 0]),
        [[0, 1, 2], [1, 2, 0]],
        (np.array([0, 1, 2]), [1, 2, 0]),
        [np.array([0, 1, 2]), range(3)],
        (jnp.array([0, 1, 2]), (1, 2, 0)),
        np.array([[0, 1, 2], [1, 2, 0]]),
        jnp.array([[0, 1, 2], [1, 2, 0]]),
        Edges([0, 1, 2], [1, 2, 0], 4),
        lambda pre, post: ([0, 1, 2], [1, 2, 0]),
        lambda pre, post: np.array([[0, 1, 2], [1, 2, 0]]),
        lambda pre, post: Edges([0, 1, 2], [1, 2, 0], pre),
    ],
    ids=[
        "tuple of lists",
        "list of lists",
        "mixed pair",
        "list of array and range",
        "jax and tuple",
        "(2, E) array",
        "(2, E) jax array",
        "Edges",
        "callable to pair",
        "callable to array",
        "callable to Edges",
    ],
)
@pytest.mark.filterwarnings("ignore::gapjunction._checks.GapJunctionWarning")
def test_accepted_forms(conn):
    edges = as_edges(conn, 4, 4)
    assert edges.pre_ids.tolist() == [0, 1, 2]
    assert edges.post_ids.dtype == np.int32
    assert edges.pre_size == edges.post_size == (4,)
    assert not edges.bipartite


def test_a_pair_of_empty_lists():
    assert as_edges(([], []), 4, 4).n_edges == 0


def test_a_pair_of_two_ids_each_in_a_tuple():
    assert pairs(as_edges(((0, 1), (1, 2)), 3, 3)) == [(0, 1), (1, 2)]


def test_a_callable_is_called_once_with_tuples():
    calls = []

    def conn(*args):
        calls.append(args)
        return [0], [1]

    as_edges(conn, 4, (2, 3))
    assert calls == [((4,), (2, 3))]


def test_a_builder():
    assert as_edges(ring(), 5, 5).n_edges == 5


def test_a_builder_is_told_whether_the_population_is_one():
    assert as_edges(all_to_all(), 3, 3).n_edges == 3
    assert as_edges(all_to_all(), 3, 3, same_population=True).n_edges == 3
    assert as_edges(all_to_all(), 3, 3, same_population=False).n_edges == 9
    with pytest.raises(ValueError, match="joins the cells of one population"):
        as_edges(grid(), 3, 3, same_population=False)


def test_one_to_one_without_parentheses():
    edges = as_edges(one_to_one, 3, 3, same_population=False)
    assert pairs(edges) == [(0, 0), (1, 1), (2, 2)]
    assert edges.bipartite


def test_one_to_one_of_one_population_warns():
    with pytest.warns(GapJunctionWarning, match="3 of 3 edges join a cell to itself"):
        assert not as_edges(one_to_one, 3, 3, same_population=True).bipartite


@pytest.mark.parametrize("same", [True, False])
def test_two_populations_of_one_size_are_told_apart(same):
    for conn in (([0], [1]), lambda pre, post: ([0], [1]), Edges([0], [1], 3)):
        assert as_edges(conn, 3, 3, same_population=same).bipartite is not same


def test_edges_keep_what_they_are_without_being_told():
    assert as_edges(Edges([0], [1], 3, bipartite=True), 3, 3).bipartite
    assert not as_edges(Edges([0], [1], 3), 3, 3).bipartite


def test_edges_lose_labels_that_no_longer_fit():
    edges = Edges([0], [1], 3, labels=["a", "b", "c"])
    assert as_edges(edges, 3, 3, same_population=True) is edges
    assert as_edges(edges, 3, 3, same_population=False).labels is None


def test_edges_of_other_sizes():
    with pytest.raises(ValueError, match=r"\(3,\) and \(3,\) do not fit .* \(4,\)"):
        as_edges(Edges([0], [1], 3), 4, 4)


@pytest.mark.parametrize("kind", [sp.coo_array, sp.csr_matrix])
def test_a_sparse_matrix(kind):
    matrix = kind(np.array([[0, 2, 0], [2, 0, 5], [0, 5, 0]]))
    edges = as_edges(matrix, 3, 3)
    assert pairs(edges) == [(0, 1), (1, 2)]
    np.testing.assert_array_equal(edges.values, [2, 5])
    assert as_edges(matrix, 3, 3, same_population=False).n_edges == 4
    assert pairs(as_edges(from_scipy(matrix), 3, 3)) == pairs(edges)
    assert pairs(as_edges(lambda pre, post: matrix, 3, 3)) == pairs(edges)


def test_a_matrix_with_both_directions_warns_that_they_add():
    matrix = sp.csr_array(np.array([[0, 2], [3, 0]]))
    with pytest.warns(GapJunctionWarning, match="1 of 2 edges repeats another.*add up"):
        assert as_edges(matrix, 2, 2).n_edges == 2


def test_a_networkx_graph():
    graph = nx.cycle_graph(5)
    edges = as_edges(graph, 5, 5)
    assert edges.n_edges == 5
    assert pairs(as_edges(from_networkx(graph), 5, 5)) == pairs(edges)
    assert as_edges(nx.DiGraph([(0, 1), (1, 2)]), 3, 3).n_edges == 2


def test_a_braintools_connection():
    edges = as_edges(bc.Random(prob=0.3, seed=1), 20, 30)
    assert edges.bipartite
    assert 100 < edges.n_edges < 260
    assert edges.values is None


def test_a_braintools_result():
    result = bc.ConnectionResult(
        [0, 1], [1, 2], pre_size=(2, 2), post_size=4, weights=[1.0, 2.0] * u.nS
    )
    edges = as_edges(result, (2, 2), (2, 2))
    assert pairs(edges) == [(0, 1), (1, 2)]
    np.testing.assert_array_equal(edges.values.to_decimal(u.nS), [1.0, 2.0])


def test_a_braintools_result_with_one_weight_for_all():
    result = bc.ConnectionResult([0, 1], [1, 2], 3, 3, weights=2.0 * u.nS)
    np.testing.assert_array_equal(as_edges(result, 3, 3).values.to_decimal(u.nS), [2.0, 2.0])
    result = bc.ConnectionResult([0, 1], [1, 2], None, None, weights=np.array([3]))
    np.testing.assert_array_equal(as_edges(result, 3, 3).values, [3, 3])


def test_a_braintools_ring_has_both_directions_and_warns():
    with pytest.warns(GapJunctionWarning, match="5 of 10 edges repeat another"):
        assert as_edges(bc.Ring(neighbors=1), 5, 5).n_edges == 10


def test_a_braintools_result_of_other_sizes():
    with pytest.raises(ValueError, match="conn was made for pre_size=4, but pre has shape"):
        as_edges(bc.ConnectionResult([0], [1], 4, 4), 3, 3)


def test_a_braintools_result_between_compartments():
    result = bc.ConnectionResult([0], [1], 3, 3, pre_compartments=np.array([1]))
    with pytest.raises(ValueError, match="conn couples compartments"):
        as_edges(result, 3, 3)


def test_a_braintools_result_with_delays_warns():
    result = bc.ConnectionResult([0], [1], 3, 3, delays=[1.0] * u.ms)
    with pytest.warns(GapJunctionWarning, match="conn has delays"):
        as_edges(result, 3, 3)


@given(graphs())
@pytest.mark.filterwarnings("ignore::gapjunction._checks.GapJunctionWarning")
def test_round_trip(edges):
    same = not edges.bipartite
    for conn in (edges, tuple(edges), lambda pre, post: tuple(edges)):
        again = as_edges(conn, edges.pre_size, edges.post_size, same_population=same)
        assert pairs(again) == pairs(edges)
        assert again.bipartite == edges.bipartite
        assert (again.pre_size, again.post_size) == (edges.pre_size, edges.post_size)


# refused


def test_a_transposed_array():
    with pytest.raises(ValueError, match=r"shape \(2, n_edges\), got \(3, 2\); transpose it"):
        as_edges(np.array([[0, 1], [1, 2], [2, 3]]), 4, 4)


@pytest.mark.parametrize("array", [np.array([[0, 1], [1, 2]]), jnp.array([[0, 1], [1, 2]])])
def test_a_two_by_two_array_is_ambiguous(array):
    with pytest.raises(ValueError, match=r"shape \(2, 2\), which may be .* pass a tuple"):
        as_edges(array, 4, 4)


@pytest.mark.parametrize("conn", [[(0, 1), (1, 2)], [[0, 1], [1, 2]]])
def test_a_list_of_two_pairs_is_ambiguous(conn):
    with pytest.raises(ValueError, match="a list of two pairs, which may be"):
        as_edges(conn, 4, 4)


@pytest.mark.parametrize("conn", [[(0, 1), (1, 2), (2, 3)], ((0, 1),), []])
def test_a_list_of_edges(conn):
    with pytest.raises(ValueError, match=r"conn must be a pair .*tuple\(zip"):
        as_edges(conn, 4, 4)


def test_a_dense_matrix():
    with pytest.raises(ValueError, match=r"must not be a dense matrix; pass scipy.sparse.coo_arra"):
        as_edges(np.ones((4, 4)), 4, 4)
    with pytest.raises(ValueError, match="must not be a dense matrix"):
        as_edges(np.ones((4, 4), int), 4, 4)


def test_a_dense_matrix_with_two_rows():
    with pytest.raises(ValueError, match="must not be a dense matrix"):
        as_edges(np.array([[0, 1, 1], [1, 0, 0]]), 2, 3)


def test_a_dense_matrix_with_two_columns():
    with pytest.raises(ValueError, match="must not be a dense matrix"):
        as_edges(np.ones((3, 2), int), 3, 2)


def test_a_boolean_mask():
    with pytest.raises(ValueError, match=r"must not be a boolean mask; pass scipy.sparse.coo_arra"):
        as_edges(np.eye(4, dtype=bool), 4, 4)
    with pytest.raises(TypeError, match="pre_ids must be integer ids, got a boolean mask"):
        as_edges((np.array([True, False, True]), [0, 1, 2]), 3, 3)


def test_float_ids():
    with pytest.raises(ValueError, match=r"must not be a dense matrix.*float64"):
        as_edges(np.zeros((2, 0)), 4, 4)
    with pytest.raises(TypeError, match="pre_ids must be integers"):
        as_edges((np.zeros(0), np.zeros(0)), 4, 4)


@pytest.mark.parametrize("conn", [np.arange(4), np.array(3), np.zeros((2, 2, 2), int)])
def test_an_array_of_another_number_of_dimensions(conn):
    with pytest.raises(ValueError, match="conn must be a builder"):
        as_edges(conn, 4, 4)


@pytest.mark.parametrize("conn", [None, "ring", 3, {"pre": [0]}, iter([0]), 1 * u.mV])
def test_other_things(conn):
    with pytest.raises(TypeError, match=r"conn must be a builder .* a NetworkX graph"):
        as_edges(conn, 4, 4)


def test_a_callable_that_returns_something_else():
    with pytest.raises(TypeError, match=r"what conn returns must be a builder.*got None"):
        as_edges(lambda pre, post: None, 4, 4)
    with pytest.raises(TypeError, match="what conn returns must be"):
        as_edges(lambda pre, post: ring(), 4, 4)


BUILDERS = [
    found
    for name in gj.connectivity.__all__
    if isinstance(found := getattr(gj.connectivity, name), type) and issubclass(found, Builder)
]
WITHOUT_SETTINGS = (all_to_all, grid, ring)


@pytest.mark.parametrize("conn", WITHOUT_SETTINGS)
def test_the_class_of_a_builder_stands_for_its_defaults(conn):
    of_class, of_builder = (as_edges(c, (3, 4), (3, 4)) for c in (conn, conn()))
    assert of_class.n_edges > 0
    np.testing.assert_array_equal(np.stack([*of_class]), np.stack([*of_builder]))


def test_class_of_a_builder_of_ones_own():
    class star(Builder):  # noqa: N801
        def build(self, pre_size, post_size, same_population):
            return Edges([0, 0], [1, 2], pre_size)

    np.testing.assert_array_equal(as_edges(star, 3, 3).post_ids, [1, 2])


@pytest.mark.parametrize(
    "conn",
    [
        *(found for found in BUILDERS if found not in WITHOUT_SETTINGS),
        gj.connectivity.from_table,
        Edges,
        bc.Random,
        nx.Graph,
    ],
    ids=lambda conn: conn.__name__,
)
def test_what_needs_settings_and_was_not_called(conn):
    with pytest.raises(TypeError, match=rf"conn must be made first: {conn.__name__}\(...\) with"):
        as_edges(conn, 4, 4)


def test_ids_out_of_range():
    with pytest.raises(ValueError, match=r"post_ids must be flat ids from 0 to 2.*edge 1 has 3"):
        as_edges(lambda pre, post: ([0, 1], [1, 3]), 5, 3)


def test_unequal_lengths():
    with pytest.raises(ValueError, match="same length, got 3 and 2"):
        as_edges(([0, 1, 2], [1, 2]), 5, 5)


def test_traced_ids():
    def traced(ids):
        return as_edges(ids, 4, 4).pre_ids

    with pytest.raises(TypeError, match="conn must be known when the edges are made"):
        jax.jit(traced)(jnp.array([[0, 1, 2], [1, 2, 3]]))

    def pair(ids):
        return as_edges((ids, ids), 4, 4).pre_ids

    with pytest.raises(TypeError, match="must be known when the edges are made"):
        jax.jit(pair)(jnp.array([0, 1, 2]))


def test_one_population_of_two_sizes():
    with pytest.raises(ValueError, match="same_population must be False"):
        as_edges(([0], [1]), 3, 4, same_population=True)


def test_a_graph_or_matrix_of_another_size():
    with pytest.raises(ValueError, match="a node for every cell"):
        as_edges(nx.path_graph(3), 4, 4)
    with pytest.raises(ValueError, match=r"\(n_pre, n_post\) = \(4, 4\)"):
        as_edges(sp.csr_array((3, 3)), 4, 4)
