import copy
import dataclasses
import pickle
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from hypothesis import given

from gapjunction.connectivity import Edges

from .strategies import graphs, pairs


def test_unpacks_into_ids():
    pre_ids, post_ids = Edges([0, 1], [1, 2], 3)
    np.testing.assert_array_equal(pre_ids, [0, 1])
    np.testing.assert_array_equal(post_ids, [1, 2])


def test_sizes_and_counts():
    edges = Edges([0, 1], [1, 2], (2, 3), (4,))
    assert (edges.pre_size, edges.post_size) == ((2, 3), (4,))
    assert (edges.n_edges, edges.n_pre, edges.n_post, edges.n_cells) == (2, 6, 4, 10)
    assert edges.bipartite


def test_one_size_means_one_population():
    edges = Edges([0], [1], 3)
    assert edges.post_size == (3,)
    assert edges.n_cells == 3
    assert not edges.bipartite


def test_two_populations_of_one_size():
    edges = Edges([0], [0], 3, bipartite=True)
    assert edges.bipartite
    assert edges.n_cells == 6


def test_shapes_that_differ_are_two_populations():
    assert Edges([0], [0], (4, 5), (20,)).bipartite
    with pytest.raises(ValueError, match=r"bipartite must be True .*\(4, 5\) and \(20,\)"):
        Edges([0], [0], (4, 5), (20,), bipartite=False)


def test_bipartite_is_a_bool():
    with pytest.raises(TypeError, match="bipartite must be True, False or None, got 'no'"):
        Edges([0], [0], 3, bipartite="no")


def test_unequal_lengths():
    with pytest.raises(ValueError, match="same length, got 2 and 1"):
        Edges([0, 1], [1], 3)


def test_post_ids_are_checked_against_post():
    Edges([2], [4], 3, 5)
    with pytest.raises(ValueError, match="post_ids must be flat ids from 0 to 1"):
        Edges([2], [4], 5, 2)


@pytest.mark.parametrize("size", [0, (), -1, (3, 0)])
def test_size_is_positive(size):
    with pytest.raises(ValueError, match="pre_size"):
        Edges([], [], size)


@pytest.mark.parametrize("size", [2.0, "3", (3, True)])
def test_size_is_integer(size):
    with pytest.raises(TypeError, match="pre_size"):
        Edges([], [], size)


def test_a_population_too_large_for_int32():
    with pytest.raises(ValueError, match="2\\*\\*31"):
        Edges([], [], 2**31)


def test_nothing_can_be_changed():
    edges = Edges([0], [1], 3, values=[1.0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        edges.pre_ids = np.array([1])
    with pytest.raises(ValueError, match="read-only"):
        edges.values[0] = 2.0


@pytest.mark.parametrize("values", [[1, 2], np.array([1, 2]), jnp.array([1, 2])])
def test_values(values):
    edges = Edges([0, 1], [1, 2], 3, values=values)
    assert isinstance(edges.values, np.ndarray)
    np.testing.assert_array_equal(edges.values, [1, 2])


def test_values_may_have_a_unit():
    edges = Edges([0, 1], [1, 2], 3, values=[1.0, 2.0] * u.nS)
    assert edges.values.unit == u.nS
    np.testing.assert_array_equal(edges.values.mantissa, [1.0, 2.0])
    np.testing.assert_allclose((edges.values * (3 * u.mV)).to_decimal(u.pA), [3.0, 6.0])


def test_boolean_values_count_as_one():
    edges = Edges([0, 1], [1, 2], 3, values=np.array([True, False]))
    np.testing.assert_array_equal(edges.values, [1, 0])


@pytest.mark.parametrize("values", [1.0, [1.0], [[1.0], [2.0]], np.ones((2, 2))])
def test_values_are_one_per_edge(values):
    with pytest.raises(ValueError, match=r"values must have one number per edge, shape \(2,\)"):
        Edges([0, 1], [1, 2], 3, values=values)


@pytest.mark.parametrize("values", [["a", "b"], np.array([1j, 2j])])
def test_values_are_real_numbers(values):
    with pytest.raises(TypeError, match="values must be real numbers"):
        Edges([0, 1], [1, 2], 3, values=values)


def test_values_are_not_traced():
    with pytest.raises(TypeError, match="values must be known when the edges are made"):
        jax.jit(lambda values: Edges([0], [1], 3, values=values).values)(jnp.ones(1))


def test_labels():
    assert Edges([0], [1], 2, labels=["a", "b"]).labels == ("a", "b")
    assert Edges([0], [0], 2, 1, labels=["a", "b", "c"]).labels == ("a", "b", "c")


def test_labels_name_every_cell_once():
    with pytest.raises(ValueError, match="labels must name each of 3 cells, got 2"):
        Edges([0], [1], 3, labels=["a", "b"])
    with pytest.raises(ValueError, match="labels must differ from each other, got 'a' twice"):
        Edges([0], [1], 2, labels=["a", "a"])


@pytest.mark.parametrize("labels", ["ab", [1, 2]])
def test_labels_are_strings(labels):
    with pytest.raises(TypeError, match="labels must be a sequence of strings"):
        Edges([0], [1], 2, labels=labels)


def test_called_with_its_own_sizes_returns_itself():
    edges = Edges([0], [1], (2, 2))
    assert edges((2, 2), (2, 2)) is edges
    flat = Edges([0], [1], 4)
    assert flat(4, (4,)) is flat


def test_flat_edges_fit_a_population_of_any_shape():
    edges = Edges([0], [5], 6, values=[2], labels=list("abcdef"))((2, 3), (2, 3))
    assert edges.pre_size == edges.post_size == (2, 3)
    assert edges.labels == tuple("abcdef")
    assert edges.values[0] == 2
    assert not edges.bipartite


def test_flat_edges_fit_two_populations_of_different_shapes():
    edges = Edges([0], [5], 6, labels=list("abcdef"))((6,), (2, 3))
    assert edges.bipartite
    assert edges.labels is None


@pytest.mark.parametrize("size", [(5,), (3, 2), (2, 3, 1)])
def test_called_with_other_sizes(size):
    with pytest.raises(ValueError, match=r"\(2, 3\) .* do not fit .*"):
        Edges([0], [5], (2, 3))(size, size)


def test_only_flat_edges_fit_another_shape():
    with pytest.raises(ValueError, match="do not fit"):
        Edges([0], [5], (6, 1))((2, 3), (2, 3))


def test_repr_says_what_it_is():
    assert repr(Edges([0], [1], 3)) == "Edges(1 edge in one population of shape (3,))"
    edges = Edges([0, 1], [1, 1], 3, (2, 2), values=[1, 2], labels=list("abcdefg"))
    assert repr(edges) == (
        "Edges(2 edges between populations of shapes (3,) and (2, 2), with values and labels)"
    )


def test_copies_share():
    edges = Edges([0], [1], 3)
    assert copy.copy(edges) is edges
    assert copy.deepcopy({"a": edges})["a"] is edges


@given(graphs())
def test_pickle_keeps_everything_and_stays_read_only(edges):
    edges = dataclasses.replace(edges, values=np.arange(edges.n_edges) * u.nS)
    again = pickle.loads(pickle.dumps(edges))
    assert pairs(again) == pairs(edges)
    assert (again.pre_size, again.post_size) == (edges.pre_size, edges.post_size)
    assert again.bipartite == edges.bipartite
    np.testing.assert_array_equal(again.values.mantissa, edges.values.mantissa)
    assert not again.pre_ids.flags.writeable


def test_can_be_a_key_and_weakly_referenced():
    edges = Edges([0], [1], 3)
    assert {edges: 1}[edges] == 1
    assert weakref.ref(edges)() is edges
