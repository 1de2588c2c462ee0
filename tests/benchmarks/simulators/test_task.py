"""The network that all simulators run."""

import networkx
import numpy as np
import pytest

from simulators import task


@pytest.mark.parametrize("n", [21, 100, 1000])
def test_edges_are_those_of_a_simple_graph(n):
    made = task.make(n)
    edges = np.stack([made.pre, made.post], axis=1)
    assert len(edges) == n * task.DEGREE // 2
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert (made.pre >= 0).all()
    assert (made.pre < made.post).all()
    assert (made.post < n).all()


def test_graph_is_complete_where_it_must_be():
    made = task.make(21)
    graph = networkx.Graph(list(zip(made.pre, made.post, strict=True)))
    assert networkx.utils.graphs_equal(graph, networkx.complete_graph(21))


def test_graph_is_uniform():
    # Of 2,000 cells each has 20 junctions on average, with the variance of a random graph.
    made = task.make(2000)
    degree = np.bincount(np.concatenate([made.pre, made.post]), minlength=2000)
    expected = task.DEGREE * (1 - task.DEGREE / 1999)
    assert degree.mean() == task.DEGREE
    assert degree.var() == pytest.approx(expected, rel=0.15)
    assert abs(np.corrcoef(degree, np.arange(2000))[0, 1]) < 0.1


def test_both_ways_has_each_edge_twice_sorted_by_target():
    made = task.make(100)
    source, target = made.both_ways
    assert (np.diff(target) >= 0).all()
    ends = {*zip(made.pre, made.post, strict=True), *zip(made.post, made.pre, strict=True)}
    assert set(zip(source, target, strict=True)) == ends
    assert len(source) == 2 * len(made.pre)


def test_it_is_the_same_each_time_and_after_a_file(tmp_path):
    first, second = task.make(100), task.make(100)
    first.save(tmp_path / "task.npz")
    loaded = task.Task.load(tmp_path / "task.npz")
    for name in ("pre", "post", "current", "voltage", "dt"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        np.testing.assert_array_equal(getattr(first, name), getattr(loaded, name))
    assert isinstance(loaded.dt, float)


def test_cells_differ_within_the_range():
    made = task.make(100)
    for values, (low, high) in ((made.current, task.DRIVE), (made.voltage, task.START)):
        assert len(np.unique(values)) == 100
        assert low < values.min() < values.max() < high
