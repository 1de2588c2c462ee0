import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given

from gapjunction.connectivity import Edges, from_scipy, to_scipy

from .strategies import graphs, pairs, weighted_graphs

SYMMETRIC = np.array([[0, 2, 0], [2, 0, 5], [0, 5, 0]])
DIRECTED = np.array([[0, 2, 0], [7, 0, 5], [0, 0, 0]])


@pytest.mark.parametrize("format_", ["coo", "csr", "csc", "lil", "dok", "dia", "bsr"])
@pytest.mark.parametrize("kind", [sp.coo_array, sp.coo_matrix])
def test_every_format(format_, kind):
    matrix = kind(SYMMETRIC).asformat(format_)
    edges = from_scipy(matrix)(3, 3)
    assert pairs(edges) == [(0, 1), (1, 2)]
    np.testing.assert_array_equal(edges.values, [2, 5])


def test_a_symmetric_matrix_of_one_population_gives_each_pair_once():
    assert pairs(from_scipy(sp.csr_array(SYMMETRIC))(3, 3)) == [(0, 1), (1, 2)]


def test_the_diagonal_is_kept():
    edges = from_scipy(sp.csr_array(SYMMETRIC + np.diag([3, 0, 0])))(3, 3)
    assert pairs(edges) == [(0, 0), (0, 1), (1, 2)]


def test_a_symmetric_matrix_between_two_populations_gives_every_entry():
    edges = from_scipy(sp.csr_array(SYMMETRIC))(3, 3, same_population=False)
    assert pairs(edges) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert edges.bipartite


def test_a_matrix_that_is_not_symmetric_gives_every_entry():
    edges = from_scipy(sp.csr_array(DIRECTED))(3, 3)
    assert pairs(edges) == [(0, 1), (1, 0), (1, 2)]
    np.testing.assert_array_equal(edges.values, [2, 7, 5])


def test_equal_places_with_other_values_are_not_symmetric():
    matrix = SYMMETRIC.copy()
    matrix[0, 1] = 3
    assert from_scipy(sp.csr_array(matrix))(3, 3).n_edges == 4


def test_values_that_differ_by_rounding_are_symmetric():
    matrix = SYMMETRIC * 0.1
    matrix[0, 1] = np.nextafter(matrix[0, 1], 1)
    assert matrix[0, 1] != matrix[1, 0]
    assert from_scipy(sp.csr_array(matrix))(3, 3).n_edges == 2
    assert from_scipy(sp.csr_array(matrix.astype(np.float32)))(3, 3).n_edges == 2


def test_a_rectangular_matrix():
    matrix = sp.csr_array(np.array([[0, 1.5, 0, 0], [2.5, 0, 0, 1.0]]))
    edges = from_scipy(matrix)(2, (2, 2))
    assert pairs(edges) == [(0, 1), (1, 0), (1, 3)]
    np.testing.assert_array_equal(edges.values, [1.5, 2.5, 1.0])


def test_stored_zeros_are_no_edges_and_duplicates_add():
    matrix = sp.coo_array(([0, 1, 2], ([0, 1, 1], [1, 2, 2])), shape=(3, 3))
    edges = from_scipy(matrix)(3, 3)
    assert pairs(edges) == [(1, 2)]
    np.testing.assert_array_equal(edges.values, [3])
    assert matrix.nnz == 3  # untouched


def test_a_boolean_matrix_counts_ones():
    edges = from_scipy(sp.csr_array(SYMMETRIC > 0))(3, 3)
    np.testing.assert_array_equal(edges.values, [1, 1])


def test_cells_of_a_population_of_several_dimensions():
    matrix = sp.coo_array(([1], ([0], [19])), shape=(20, 20))
    edges = from_scipy(matrix)((4, 5), (4, 5))
    assert pairs(edges) == [(0, 19)]
    assert edges.pre_size == (4, 5)


def test_an_empty_matrix():
    assert from_scipy(sp.csr_array((3, 3)))(3, 3).n_edges == 0


def test_the_shape_must_be_that_of_the_populations():
    with pytest.raises(ValueError, match=r"\(n_pre, n_post\) = \(4, 4\).*got \(3, 3\)"):
        from_scipy(sp.csr_array(SYMMETRIC))(4, 4)
    with pytest.raises(ValueError, match=r"= \(2, 3\).*got \(3, 2\)"):
        from_scipy(sp.csr_array((3, 2)))(2, 3)


def test_refuses_other_things():
    with pytest.raises(TypeError, match="matrix must be a SciPy sparse matrix"):
        from_scipy(SYMMETRIC)
    with pytest.raises(TypeError, match="real numbers, got the dtype complex128"):
        from_scipy(sp.csr_array(SYMMETRIC * 1j))
    with pytest.raises(ValueError, match="two dimensions, got 1"):
        from_scipy(sp.coo_array(np.array([1, 0, 2])))


def test_to_scipy_is_symmetric_and_adds_duplicates():
    edges = Edges([0, 1, 1], [1, 0, 1], 3, values=[1, 2, 4])
    np.testing.assert_array_equal(to_scipy(edges).toarray(), [[0, 3, 0], [3, 4, 0], [0, 0, 0]])
    np.testing.assert_array_equal(
        to_scipy(edges, weight=1).toarray(), [[0, 2, 0], [2, 1, 0], [0, 0, 0]]
    )


def test_to_scipy_between_two_populations():
    edges = Edges([0, 1, 0], [2, 0, 2], 2, 3)
    np.testing.assert_array_equal(to_scipy(edges).toarray(), [[0, 0, 2], [1, 0, 0]])


@given(weighted_graphs())
def test_there_and_back_keeps_the_matrix(case):
    edges, weight = case
    matrix = to_scipy(edges, weight)
    again = from_scipy(matrix)(edges.pre_size, edges.post_size, same_population=not edges.bipartite)
    np.testing.assert_allclose(to_scipy(again).toarray(), matrix.toarray())


@given(graphs())
def test_there_and_back_keeps_the_set_of_edges(edges):
    def key(pair):
        return pair if edges.bipartite else (min(pair), max(pair))

    same = not edges.bipartite
    again = from_scipy(to_scipy(edges))(edges.pre_size, edges.post_size, same_population=same)
    assert pairs(again) == sorted({key(pair) for pair in pairs(edges)})
