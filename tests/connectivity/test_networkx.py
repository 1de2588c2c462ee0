import sys

import networkx as nx
import numpy as np
import pytest
import saiunit as u
from hypothesis import given

from gapjunction.connectivity import Edges, _networkx, from_networkx, to_networkx

from .strategies import graphs, pairs


def test_an_undirected_graph_gives_each_edge_once():
    edges = from_networkx(nx.cycle_graph(4))(4, 4)
    assert sorted(pairs(edges)) == [(0, 1), (0, 3), (1, 2), (2, 3)]
    assert edges.values is None
    assert edges.labels is None


def test_a_directed_graph_gives_each_arc():
    graph = nx.DiGraph([(0, 1), (1, 0), (2, 1)])
    assert sorted(pairs(from_networkx(graph)(3, 3))) == [(0, 1), (1, 0), (2, 1)]


def test_a_multigraph_gives_parallel_edges():
    graph = nx.MultiGraph([(0, 1), (0, 1)])
    assert pairs(from_networkx(graph)(2, 2)) == [(0, 1), (0, 1)]


def test_integer_nodes_keep_their_number():
    graph = nx.Graph()
    graph.add_nodes_from([2, 0, 1])
    graph.add_edge(2, 1)
    assert pairs(from_networkx(graph)(3, 3)) == [(2, 1)]


def test_other_nodes_are_numbered_in_order_and_become_labels():
    graph = nx.Graph()
    graph.add_nodes_from(["b", "a", "c"])
    graph.add_edge("a", "c")
    edges = from_networkx(graph)(3, 3)
    assert pairs(edges) == [(1, 2)]
    assert edges.labels == ("b", "a", "c")


def test_integer_nodes_with_gaps_are_numbered_in_order():
    graph = nx.Graph([(10, 20), (20, 30)])
    edges = from_networkx(graph)(3, 3)
    assert pairs(edges) == [(0, 1), (1, 2)]
    assert edges.labels == ("10", "20", "30")


def test_nodes_that_print_alike_have_no_labels():
    assert from_networkx(nx.Graph([("1", 1)]))(2, 2).labels is None


def test_weights_become_values():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 2.5), (1, 2, 1.0)])
    np.testing.assert_array_equal(from_networkx(graph)(3, 3).values, [2.5, 1.0])


def test_an_attribute_of_another_name():
    graph = nx.Graph()
    graph.add_edge(0, 1, junctions=3, weight=9)
    np.testing.assert_array_equal(from_networkx(graph, weight="junctions")(2, 2).values, [3])


def test_weights_with_units():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=1.0 * u.nS)
    graph.add_edge(1, 2, weight=500.0 * u.psiemens)
    values = from_networkx(graph)(3, 3).values
    np.testing.assert_allclose(values.to_decimal(u.nS), [1.0, 0.5])


def test_weights_on_some_edges_only():
    graph = nx.Graph([(0, 1), (1, 2)])
    graph.edges[0, 1]["weight"] = 2.0
    with pytest.raises(ValueError, match=r"1 of 2 have none, such as \(1, 2\)"):
        from_networkx(graph)(3, 3)


@pytest.mark.parametrize("weight", ["strong", 1j, [1, 2]])
def test_weights_that_are_no_numbers(weight):
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=weight)
    with pytest.raises((TypeError, ValueError), match=r"values must|one number per edge"):
        from_networkx(graph)(2, 2)


def test_another_number_of_nodes():
    with pytest.raises(ValueError, match=r"a node for every cell, 5 for one population.*got 4"):
        from_networkx(nx.path_graph(4))(5, 5)
    with pytest.raises(ValueError, match="a node for every cell, 7 for populations"):
        from_networkx(nx.path_graph(4))(3, 4)


def test_two_populations_are_the_first_nodes_and_the_others():
    edges = from_networkx(nx.complete_bipartite_graph(2, 3))(2, 3)
    assert sorted(pairs(edges)) == [(i, j) for i in range(2) for j in range(3)]
    assert edges.bipartite


def test_two_populations_of_an_undirected_graph_in_any_direction():
    graph = nx.Graph()
    graph.add_nodes_from(["d", "c", "b", "a"])
    graph.add_edge("a", "d")
    assert pairs(from_networkx(graph)(2, 2, same_population=False)) == [(0, 1)]


def test_two_populations_need_edges_between_them():
    graph = nx.Graph([(0, 2), (0, 1)])
    with pytest.raises(ValueError, match=r"edge 1 goes from cell 0 to 1 of 3"):
        from_networkx(graph)(2, 1)
    arcs = nx.DiGraph()
    arcs.add_nodes_from(range(3))
    arcs.add_edge(2, 0)
    with pytest.raises(ValueError, match=r"edge 0 goes from cell 2 to 0 of 3"):
        from_networkx(arcs)(2, 1)


def test_a_graph_without_edges():
    assert from_networkx(nx.empty_graph(3))(3, 3).n_edges == 0


def test_refuses_other_things():
    with pytest.raises(TypeError, match="graph must be a NetworkX graph"):
        from_networkx({0: [1]})


def test_to_networkx_has_every_cell_and_adds_duplicates():
    graph = to_networkx(Edges([0, 1, 0], [1, 0, 2], 4, values=[1, 2, 5]))
    assert list(graph.nodes) == [0, 1, 2, 3]
    assert dict(graph.edges) == {(0, 1): {"weight": 3.0}, (0, 2): {"weight": 5.0}}
    assert to_networkx(Edges([0, 1], [1, 0], 4)).edges[0, 1]["weight"] == 2.0


def test_to_networkx_of_two_populations():
    graph = to_networkx(Edges([0, 1], [0, 0], 2, 1))
    assert nx.is_bipartite(graph)
    assert [graph.nodes[cell]["bipartite"] for cell in range(3)] == [0, 0, 1]


def test_labels_there_and_back():
    edges = Edges([0, 1], [1, 2], 3, labels=["x", "y", "z"], values=[1.0, 2.0])
    again = from_networkx(to_networkx(edges))(3, 3)
    assert again.labels == edges.labels
    assert pairs(again) == pairs(edges)
    np.testing.assert_array_equal(again.values, edges.values)


@given(graphs())
def test_there_and_back_keeps_the_set_of_edges(edges):
    def key(pair):
        return pair if edges.bipartite else (min(pair), max(pair))

    same = not edges.bipartite
    graph = to_networkx(edges)
    again = from_networkx(graph)(edges.pre_size, edges.post_size, same_population=same)
    assert {key(pair) for pair in pairs(again)} == {key(pair) for pair in pairs(edges)}
    assert again.n_edges == graph.number_of_edges()
    # Every edge is counted once in the weights.
    assert sum(w for *_, w in graph.edges(data="weight")) == edges.n_edges


def test_networkx_is_imported_only_where_used():
    names = {
        getattr(item, "__module__", None) or getattr(item, "__name__", "")
        for item in vars(_networkx).values()
    }
    assert not any(name.startswith("networkx") for name in names)


def test_to_networkx_without_networkx_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ImportError, match="to_networkx needs NetworkX, of the extra 'examples'"):
        to_networkx(Edges([0], [1], 2))
