"""Edges from and to NetworkX graphs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import describe, size_of
from gapjunction._typing import Numbers
from gapjunction.connectivity._builder import Builder
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._facts import endpoints
from gapjunction.connectivity._numbers import edge_numbers
from gapjunction.connectivity._scipy import default_numbers

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, eq=False)
class from_networkx(Builder):  # noqa: N801
    """Take the edges of a NetworkX graph.

    If the nodes are the integers 0 to n - 1, these are the ids of the cells. Other nodes are
    numbered in the order of ``graph.nodes``, and their names become the edges' ``labels`` if all
    names differ. The edges are those of ``graph.edges``: an undirected edge is taken once, and two
    directed edges between the same cells are two edges. For two populations the first ``n_pre``
    nodes are the cells of pre, and the others those of post.

    Parameters
    ----------
    graph : networkx.Graph
        Or a ``DiGraph``, ``MultiGraph`` or ``MultiDiGraph``, with a node for every cell.
    weight : str, default 'weight'
        The edge attribute that becomes the edges' ``values``: a number, or a quantity. Either all
        edges have it or none.

    Raises
    ------
    TypeError
        If ``graph`` is not a NetworkX graph, or weights are not numbers.
    ValueError
        When called, if the number of nodes is not that of the cells, some edges have a weight and
        others have none, or an edge does not go from pre to post.

    Examples
    --------
    >>> import gapjunction as gj
    >>> import networkx as nx
    >>> gj.connectivity.from_networkx(nx.path_graph(4))(4, 4)
    Edges(3 edges in one population of shape (4,))
    """

    graph: Any
    weight: str = "weight"

    def __post_init__(self) -> None:
        if not is_graph(self.graph):
            raise TypeError(f"graph must be a NetworkX graph, got {describe(self.graph)}.")

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""
        n_pre, n_post = size_of(pre_size), size_of(post_size)
        n_cells = n_pre if same_population else n_pre + n_post
        nodes = list(self.graph.nodes)
        if len(nodes) != n_cells:
            raise ValueError(
                f"a graph must have a node for every cell, {n_cells} for "
                f"{'one population' if same_population else 'populations'} of shape"
                f"{'' if same_population else 's'} {pre_size}"
                f"{'' if same_population else f' and {post_size}'}, got {len(nodes)} nodes."
            )
        is_numbered = set(nodes) == set(range(n_cells))
        number = {node: node if is_numbered else at for at, node in enumerate(nodes)}
        names = [str(node) for node in nodes]
        labels = None if is_numbered or len(set(names)) < n_cells else names

        listed = list(self.graph.edges(data=self.weight, default=None))
        first = np.array([number[edge[0]] for edge in listed], dtype=np.int64)
        second = np.array([number[edge[1]] for edge in listed], dtype=np.int64)
        if not same_population:
            first, second = self._from_pre_to_post(first, second, n_pre, nodes)
        values = _common_values(listed, self.weight)
        return Edges(first, second, pre_size, post_size, not same_population, values, labels)

    def _from_pre_to_post(
        self, first: np.ndarray, second: np.ndarray, n_pre: int, nodes: list[Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        if not self.graph.is_directed():
            first, second = np.minimum(first, second), np.maximum(first, second)
        # Nodes are compared by their numbers: if they are integers, the graph may list them in
        # another order.
        wrong = (first >= n_pre) | (second < n_pre)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(
                f"for two populations each edge must go from one of the first {n_pre} nodes (pre) "
                f"to one of the others (post); edge {at} goes from cell {first[at]} to "
                f"{second[at]} of {len(nodes)}."
            )
        return first, second - n_pre


def to_networkx(edges: Edges, weight: Numbers | None = None) -> networkx.Graph:
    """Return the edges as an undirected NetworkX graph, which :class:`from_networkx` reads.

    Parameters
    ----------
    edges : Edges
        The graph.
    weight : float or array_like, shape (n_edges,), optional
        The edge attribute ``weight``, as numbers in their own unit; by default the edges' values,
        or 1 if they have none.

    Returns
    -------
    networkx.Graph
        A graph with a node for every cell, named by its label, or by its id if there are no
        labels. Weights of duplicate edges add up. The cells of two populations are told apart by
        the node attribute ``bipartite``, 0 for pre and 1 for post.

    Raises
    ------
    ImportError
        If NetworkX is not installed.

    Examples
    --------
    >>> import gapjunction as gj
    >>> graph = gj.connectivity.to_networkx(gj.connectivity.Edges([0, 1], [1, 0], 3))
    >>> graph.edges(data="weight")
    EdgeDataView([(0, 1, 2.0)])
    """
    try:
        import networkx as nx
    except ImportError as error:
        raise ImportError(
            "to_networkx needs NetworkX, of the extra 'examples': pip install networkx."
        ) from error
    names: Any = range(edges.n_cells) if edges.labels is None else edges.labels
    graph = nx.Graph()
    for cell, name in enumerate(names):
        side = {"bipartite": int(cell >= edges.n_pre)} if edges.bipartite else {}
        graph.add_node(name, **side)
    numbers = edge_numbers(edges, default_numbers(edges) if weight is None else weight)
    first, second = endpoints(edges)
    for one, other, number in zip(first.tolist(), second.tolist(), numbers.tolist(), strict=True):
        before = graph.get_edge_data(names[one], names[other], {"weight": 0.0})["weight"]
        graph.add_edge(names[one], names[other], weight=before + number)
    return graph


def is_graph(value: object) -> bool:
    """Whether ``value`` is a NetworkX graph; this does not import NetworkX."""
    # A NetworkX graph can only exist if NetworkX has been imported already.
    module = sys.modules.get("networkx")
    return module is not None and isinstance(value, module.Graph)


def _common_values(listed: list[tuple[Any, Any, Any]], name: str) -> np.ndarray | u.Quantity | None:
    """Return the attribute of all edges as one array, or None if no edge has it."""
    given = [edge[2] for edge in listed if edge[2] is not None]
    if not given:
        return None
    if len(given) < len(listed):
        without = next(edge for edge in listed if edge[2] is None)
        raise ValueError(
            f"either all edges of a graph or none must have the attribute {name!r}; "
            f"{len(listed) - len(given)} of {len(listed)} have none, such as {without[:2]}."
        )
    if not any(isinstance(value, u.Quantity) for value in given):
        try:
            return np.array(given)
        except ValueError as error:
            raise TypeError(f"edge attribute {name!r} must be one number per edge.") from error
    unit = u.get_unit(given[0])
    return u.Quantity(np.array([u.Quantity(value).to_decimal(unit) for value in given]), unit=unit)
