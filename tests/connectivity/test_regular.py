import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapjunction.connectivity import all_to_all, degree, grid, one_to_one, ring

from .strategies import assert_simple_and_sorted, pairs


def _edge_set(graph):
    return sorted(tuple(sorted(edge)) for edge in graph.edges if edge[0] != edge[1])


# one_to_one


def test_one_to_one_couples_equal_ids_of_two_populations():
    edges = one_to_one((4,), (4,))
    assert pairs(edges) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert edges.bipartite


def test_one_to_one_of_populations_of_different_shapes():
    assert one_to_one((4, 5), (20,)).n_edges == 20


def test_one_to_one_needs_equally_many_cells():
    with pytest.raises(ValueError, match=r"one_to_one needs .* \(3,\) and \(4,\)"):
        one_to_one(3, 4)


# all_to_all


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_all_to_all_is_the_complete_graph(n):
    edges = all_to_all()(n, n)
    assert pairs(edges) == list(itertools.combinations(range(n), 2))
    assert not edges.bipartite


def test_all_to_all_of_two_populations():
    edges = all_to_all()((2, 2), (3,))
    assert pairs(edges) == list(itertools.product(range(4), range(3)))
    assert edges.bipartite


def test_all_to_all_of_two_populations_of_one_size():
    edges = all_to_all()(3, 3, same_population=False)
    assert pairs(edges) == list(itertools.product(range(3), range(3)))
    assert edges.bipartite


def test_all_to_all_of_ten_million_pairs():
    edges = all_to_all()(4472, 4472)
    assert edges.n_edges == 4472 * 4471 // 2
    assert (degree(edges) == 4471).all()


# ring


@given(st.integers(2, 40), st.data())
def test_ring_is_networkx_circulant_graph(n, data):
    k = data.draw(st.integers(1, n // 2))
    edges = ring(k)(n, n)
    assert_simple_and_sorted(edges)
    assert pairs(edges) == _edge_set(nx.circulant_graph(n, list(range(1, k + 1))))
    if 2 * k < n:
        assert edges.n_edges == n * k
        assert (degree(edges) == 2 * k).all()


def test_ring_of_two_cells_has_one_edge():
    assert pairs(ring()(2, 2)) == [(0, 1)]


def test_ring_runs_through_flat_ids():
    assert pairs(ring()((2, 2), (2, 2))) == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_ring_needs_cells_enough():
    with pytest.raises(ValueError, match=r"conn=ring\(k=3\) needs at least 6 cells.*\(5,\)"):
        ring(k=3)(5, 5)
    with pytest.raises(ValueError, match="at least 2 cells"):
        ring()(1, 1)


@pytest.mark.parametrize("k", [0, -1])
def test_ring_k_is_positive(k):
    with pytest.raises(ValueError, match="k must be an int of at least 1"):
        ring(k)


@pytest.mark.parametrize("k", [1.0, "1", True])
def test_ring_k_is_an_int(k):
    with pytest.raises(TypeError, match="k must be an int of at least 1"):
        ring(k)


# grid


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (3, 4), (2, 5), (1, 4), (3, 1, 4), (2, 3, 4)])
def test_grid_is_networkx_grid_graph(shape, periodic):
    # NetworkX counts axes from the last.
    graph = nx.grid_graph(dim=shape[::-1], periodic=periodic)
    order = {node: i for i, node in enumerate(itertools.product(*map(range, shape)))}
    if len(shape) == 1:
        order = {node[0]: i for node, i in order.items()}
    edges = grid(periodic)(shape, shape)
    assert_simple_and_sorted(edges)
    assert pairs(edges) == _edge_set(nx.relabel_nodes(graph, order))


@pytest.mark.parametrize("shape", [(5,), (2, 5), (4, 4), (3, 4, 5)])
def test_open_grid_has_the_closed_count(shape):
    expected = sum(np.prod(shape) // size * (size - 1) for size in shape)
    assert grid()(shape, shape).n_edges == expected


def test_periodic_grid_of_size_two_has_no_duplicates():
    assert pairs(grid(True)(2, 2)) == [(0, 1)]
    assert pairs(grid(True)((2, 2), (2, 2))) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    # All eight neighbours of a cell coincide with the other three cells.
    moore = grid(True, "moore")((2, 2), (2, 2))
    assert pairs(moore) == list(itertools.combinations(range(4), 2))


def test_periodic_grid_of_size_one_has_no_self_junctions():
    assert grid(True)(1, 1).n_edges == 0
    assert pairs(grid(True, "moore")((1, 2), (1, 2))) == [(0, 1)]


@pytest.mark.parametrize(("shape", "neighbours"), [((5,), 2), ((4, 5), 8), ((3, 4, 5), 26)])
def test_periodic_moore_grid_has_all_neighbours(shape, neighbours):
    edges = grid(True, "moore")(shape, shape)
    assert_simple_and_sorted(edges)
    assert (degree(edges) == neighbours).all()


@pytest.mark.parametrize("shape", [(4,), (3, 4), (3, 2, 4)])
def test_moore_grid_is_every_cell_within_one_step(shape):
    cells = list(itertools.product(*map(range, shape)))
    expected = [
        (i, j)
        for (i, a), (j, b) in itertools.combinations(enumerate(cells), 2)
        if max(abs(x - y) for x, y in zip(a, b, strict=True)) == 1
    ]
    assert pairs(grid(neighbours="moore")(shape, shape)) == expected


def test_grid_periodic_along_one_axis():
    edges = grid(periodic=(False, True))((3, 4), (3, 4))
    assert edges.n_edges == 2 * 4 + 3 * 4
    assert (0, 3) in pairs(edges)
    assert (0, 8) not in pairs(edges)


def test_grid_periodic_of_another_number_of_axes():
    with pytest.raises(ValueError, match="periodic must have one bool per axis"):
        grid(periodic=(False, True))((3, 4, 5), (3, 4, 5))


def test_grid_of_four_dimensions():
    with pytest.raises(ValueError, match="1 to 3 dimensions"):
        grid()((2, 2, 2, 2), (2, 2, 2, 2))


def test_grid_refuses_unknown_settings():
    with pytest.raises(ValueError, match=r"neighbours must be one of .*Did you mean 'moore'"):
        grid(neighbours="mooore")
    with pytest.raises(TypeError, match="periodic must be a bool"):
        grid(periodic="yes")


@pytest.mark.parametrize("builder", [ring(), grid()])
def test_ring_and_grid_are_for_one_population(builder):
    with pytest.raises(ValueError, match=r"joins the cells of one population.*\(4,\) and \(5,\)"):
        builder(4, 5)
    with pytest.raises(ValueError, match="joins the cells of one population"):
        builder(4, 4, same_population=False)
