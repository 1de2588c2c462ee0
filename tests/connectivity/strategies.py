"""Random graphs and helpers that several tests share."""

import hypothesis.strategies as st
import numpy as np

from gapjunction.connectivity import Edges


@st.composite
def graphs(draw, max_cells=12, max_edges=20, bipartite=None):
    """Edges of any kind: with duplicates, self-junctions, one population or two."""
    two = draw(st.booleans()) if bipartite is None else bipartite
    n_pre = draw(st.integers(1, max_cells))
    n_post = draw(st.integers(1, max_cells)) if two else n_pre
    n_edges = draw(st.integers(0, max_edges))
    pre = draw(st.lists(st.integers(0, n_pre - 1), min_size=n_edges, max_size=n_edges))
    post = draw(st.lists(st.integers(0, n_post - 1), min_size=n_edges, max_size=n_edges))
    return Edges(pre, post, n_pre, n_post, bipartite=two)


@st.composite
def weighted_graphs(draw, **kwargs):
    """Edges and a non-negative weight for each."""
    edges = draw(graphs(**kwargs))
    numbers = st.floats(0.0, 10.0, allow_subnormal=False)
    weight = draw(st.lists(numbers, min_size=edges.n_edges, max_size=edges.n_edges))
    return edges, np.array(weight, dtype=float)


def pairs(edges):
    """The edges as a list of (pre, post)."""
    return list(zip(edges.pre_ids.tolist(), edges.post_ids.tolist(), strict=True))


def assert_simple_and_sorted(edges):
    """Each pair once, smaller id first, no self-pairs, in order."""
    listed = pairs(edges)
    assert all(pre < post for pre, post in listed)
    assert listed == sorted(set(listed))
