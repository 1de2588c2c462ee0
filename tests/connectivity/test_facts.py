import networkx as nx
import numpy as np
import pytest
import saiunit as u
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from gapjunction.connectivity import (
    Edges,
    all_to_all,
    components,
    degree,
    from_networkx,
    grid,
    laplacian,
    mean_path_length,
    random,
    ring,
    to_networkx,
)

from .strategies import graphs, weighted_graphs

# degree


@given(graphs())
def test_degree_is_networkx_degree_without_loops(edges):
    graph = to_networkx(edges)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    expected = [dict(graph.degree(weight="weight"))[cell] for cell in range(edges.n_cells)]
    np.testing.assert_array_equal(degree(edges), expected)
    assert degree(edges).dtype.kind == "i"


@given(weighted_graphs())
def test_weighted_degree_is_the_diagonal_of_the_laplacian(case):
    edges, weight = case
    np.testing.assert_allclose(degree(edges, weight), laplacian(edges, weight).diagonal())


def test_degree_counts_junctions_in_whole_numbers():
    edges = Edges([0, 1], [1, 2], 3, values=[2, 3])
    result = degree(edges, edges.values)
    np.testing.assert_array_equal(result, [2, 5, 3])
    assert result.dtype.kind == "i"
    assert degree(edges, [0.5, 0.25]).tolist() == [0.5, 0.75, 0.25]


# components


@given(graphs())
def test_components_are_those_of_networkx(edges):
    found = components(edges)
    expected = {frozenset(part) for part in nx.connected_components(to_networkx(edges))}
    assert {frozenset(part.tolist()) for part in found} == expected
    assert len(found) == len(expected)
    keys = [(-part.size, part[0]) for part in found]
    assert keys == sorted(keys)
    assert all((np.diff(part) > 0).all() for part in found)


def test_three_hundred_duplicates_still_join():
    # 256 ones add up to zero in a byte.
    assert len(components(Edges([0] * 256, [1] * 256, 2))) == 1


# mean_path_length


@pytest.mark.parametrize(
    "graph", [nx.path_graph(7), nx.cycle_graph(9), nx.petersen_graph(), nx.star_graph(5)]
)
def test_mean_path_length_is_networkx_average_shortest_path_length(graph):
    n = graph.number_of_nodes()
    edges = from_networkx(graph)(n, n)
    expected = nx.average_shortest_path_length(graph)
    assert mean_path_length(edges) == pytest.approx(expected)


def test_mean_path_length_is_of_the_largest_component():
    edges = Edges([0, 1, 4], [1, 2, 5], 8)
    assert mean_path_length(edges) == pytest.approx(4 / 3)


def test_mean_path_length_takes_edges_in_both_directions():
    assert mean_path_length(Edges([1, 1], [0, 2], 3)) == pytest.approx(4 / 3)


def test_mean_path_length_of_single_cells():
    assert np.isnan(mean_path_length(Edges([], [], 3)))


def test_mean_path_length_in_blocks():
    # More cells than fit in one block of rows.
    n = 2100
    distance = np.arange(1, n // 2 + 1)
    expected = (2 * distance.sum() - n // 2) / (n - 1)
    assert mean_path_length(ring()(n, n)) == pytest.approx(expected)


# laplacian


@given(weighted_graphs(bipartite=False))
def test_laplacian_is_networkx_laplacian(case):
    edges, weight = case
    graph = to_networkx(edges, weight)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    expected = nx.laplacian_matrix(graph, nodelist=range(edges.n_cells)).toarray()
    np.testing.assert_allclose(laplacian(edges, weight).toarray(), expected, atol=1e-12)


@given(weighted_graphs())
def test_laplacian_is_symmetric_with_zero_sums_and_positive_semidefinite(case):
    edges, weight = case
    matrix = laplacian(edges, weight)
    assert isinstance(matrix, sp.csr_array)
    assert matrix.shape == (edges.n_cells, edges.n_cells)
    dense = matrix.toarray()
    np.testing.assert_allclose(dense, dense.T, atol=1e-12)
    np.testing.assert_allclose(dense.sum(axis=1), 0, atol=1e-12)
    assert np.linalg.eigvalsh(dense).min() > -1e-9


@given(weighted_graphs(bipartite=False), st.data())
def test_laplacian_follows_a_relabelling_of_cells(case, data):
    edges, weight = case
    order = np.array(data.draw(st.permutations(range(edges.n_cells))))
    moved = Edges(order[edges.pre_ids], order[edges.post_ids], edges.pre_size)
    np.testing.assert_allclose(
        laplacian(moved, weight).toarray()[np.ix_(order, order)],
        laplacian(edges, weight).toarray(),
        atol=1e-12,
    )


@given(weighted_graphs(), st.data())
def test_laplacian_does_not_depend_on_direction_or_order(case, data):
    edges, weight = case
    order = np.array(data.draw(st.permutations(range(edges.n_edges))), dtype=int)
    turned = Edges(
        edges.post_ids[order],
        edges.pre_ids[order],
        edges.post_size,
        edges.pre_size,
        bipartite=edges.bipartite,
    )
    expected = laplacian(edges, weight).toarray()
    if edges.bipartite:
        cells = np.r_[edges.n_pre : edges.n_cells, : edges.n_pre]
        expected = expected[np.ix_(cells, cells)]
    np.testing.assert_allclose(laplacian(turned, weight[order]).toarray(), expected, atol=1e-12)


@given(weighted_graphs(), st.floats(0, 5))
def test_laplacian_of_split_edges_adds_up(case, share):
    edges, weight = case
    doubled = Edges(
        np.tile(edges.pre_ids, 2),
        np.tile(edges.post_ids, 2),
        edges.pre_size,
        edges.post_size,
        bipartite=edges.bipartite,
    )
    both = laplacian(doubled, np.concatenate([weight, share * weight]))
    expected = (1 + share) * laplacian(edges, weight).toarray()
    np.testing.assert_allclose(both.toarray(), expected, atol=1e-9)


@given(weighted_graphs())
def test_laplacian_current_is_the_sum_over_edges(case):
    edges, weight = case
    voltage = np.random.default_rng(0).normal(size=edges.n_cells)
    expected = np.zeros(edges.n_cells)
    shift = edges.n_pre if edges.bipartite else 0
    for i, j, g in zip(edges.pre_ids, edges.post_ids + shift, weight, strict=True):
        expected[j] += g * (voltage[i] - voltage[j])
        expected[i] -= g * (voltage[i] - voltage[j])
    np.testing.assert_allclose(-laplacian(edges, weight) @ voltage, expected, atol=1e-9)


@given(graphs())
def test_laplacian_of_two_sided_weights(edges):
    rng = np.random.default_rng(1)
    weight = rng.uniform(size=(edges.n_edges, 2))
    voltage = rng.normal(size=edges.n_cells)
    expected = np.zeros(edges.n_cells)
    shift = edges.n_pre if edges.bipartite else 0
    for i, j, (into_post, into_pre) in zip(
        edges.pre_ids, edges.post_ids + shift, weight, strict=True
    ):
        expected[j] += into_post * (voltage[i] - voltage[j])
        expected[i] -= into_pre * (voltage[i] - voltage[j])
    np.testing.assert_allclose(-laplacian(edges, weight) @ voltage, expected, atol=1e-9)


@pytest.mark.parametrize(("n", "k"), [(12, 1), (13, 2), (10, 5)])
def test_laplacian_eigenvalues_of_a_ring(n, k):
    mode = np.arange(n)
    steps = np.arange(1, k + 1)
    # The farthest neighbours of both sides are one cell where 2 k = n.
    share = np.where(2 * steps == n, 1.0, 2.0)
    expected = (share * (1 - np.cos(2 * np.pi * np.outer(mode, steps) / n))).sum(axis=1)
    found = np.linalg.eigvalsh(laplacian(ring(k)(n, n)).toarray())
    np.testing.assert_allclose(found, np.sort(expected), atol=1e-9)


def test_laplacian_eigenvalues_of_the_complete_graph():
    found = np.linalg.eigvalsh(laplacian(all_to_all()(6, 6), 2.0).toarray())
    np.testing.assert_allclose(found, [0, 12, 12, 12, 12, 12], atol=1e-9)


def test_laplacian_stores_nothing_for_self_junctions():
    assert laplacian(Edges([1], [1], 3), 0.1).nnz == 0


def test_laplacian_counts_in_the_unit_of_the_weight_or_the_one_asked_for():
    edges = Edges([0], [1], 2)
    assert laplacian(edges, 2.0 * u.nS)[0, 0] == 2.0
    assert laplacian(edges, 2.0 * u.nS, unit=u.uS)[0, 0] == pytest.approx(0.002)
    assert laplacian(edges, [2.0] * u.nS, unit=u.psiemens)[0, 0] == pytest.approx(2000)


def test_laplacian_refuses_another_dimension():
    with pytest.raises(u.UnitMismatchError, match="weight must have a unit such as nS"):
        laplacian(Edges([0], [1], 2), 2.0 * u.mV, unit=u.nS)
    with pytest.raises(u.UnitMismatchError, match="weight must have a unit such as nS"):
        laplacian(Edges([0], [1], 2), 2.0, unit=u.nS)


@pytest.mark.parametrize("weight", [np.ones(2), np.ones((3, 1)), np.ones((1, 3)), np.ones((3, 3))])
def test_laplacian_refuses_another_shape(weight):
    with pytest.raises(ValueError, match=r"weight must have one of the shapes \(\), \(3,\)"):
        laplacian(Edges([0, 1, 2], [1, 2, 3], 4), weight)


@pytest.mark.parametrize("weight", ["a", 1j, None])
def test_laplacian_refuses_what_is_no_number(weight):
    with pytest.raises(TypeError, match="weight must be real numbers"):
        laplacian(Edges([0], [1], 2), weight)


def test_facts_of_a_grid_and_a_random_graph_run_on_their_own_scale():
    sheet = grid()((30, 40), (30, 40))
    assert len(components(sheet)) == 1
    # Mean distance on a grid: one third of n - 1/n per axis.
    per_axis = [(n * n - 1) / (3 * n) for n in (30, 40)]
    assert mean_path_length(sheet) == pytest.approx(sum(per_axis) * 1200 / 1199)
    big = random(mean_degree=4, seed=1)(200_000, 200_000)
    # Giant component of a Poisson graph: s = 1 - exp(-4 s).
    assert components(big)[0].size / 200_000 == pytest.approx(0.98017, abs=0.002)
