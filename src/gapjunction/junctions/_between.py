"""The edges of a junction between two populations."""

from __future__ import annotations

from typing import Any

from gapjunction._typing import Connection
from gapjunction.connectivity import Edges
from gapjunction.connectivity._convert import read_edges
from gapjunction.hosts import Sites


def edges_between(conn: Connection, pre: Any, post: Any) -> Edges:
    """Return the edges that ``conn`` describes between two populations, or within one.

    Raises
    ------
    TypeError, ValueError
        If ``conn`` does not describe edges, or they do not fit the populations.
    """
    edges = read_edges(conn, tuple(pre.out_size), tuple(post.out_size), pre is post)
    _check_labels(edges, pre, post)
    return edges


def _check_labels(edges: Edges, pre: Any, post: Any) -> None:
    """Raise an error if edges have the names of places, but number them in another order.

    Unless it is given their order, a table numbers places in the order in which it first names
    them. Its edges would then silently join other places than it says. Labels that are not names of
    places are not checked.
    """
    if edges.labels is None:
        return
    parts = [(pre, edges.labels[: edges.n_pre])]
    if edges.bipartite:
        parts.append((post, edges.labels[edges.n_pre :]))
    for host, names in parts:
        if not isinstance(host, Sites):
            continue
        known = set(host.labels)
        for k, (name, own) in enumerate(zip(names, host.labels, strict=True)):
            if name != own and name in known:
                raise ValueError(
                    f"conn must number places in their own order: its label {k} is {name!r}, and "
                    f"place {k} is {own!r}. Number them by from_table(..., labels=places.labels), "
                    "or add nodes to a graph in that order."
                )
