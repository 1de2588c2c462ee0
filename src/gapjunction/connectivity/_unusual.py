"""Warnings about edges that are allowed, but are more often a mistake than intended."""

from __future__ import annotations

import numpy as np

from gapjunction._checks import warn
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._pairs import pair_keys


def warn_if_unusual(edges: Edges, *, directed: bool = False) -> None:
    """Warn of duplicate edges and of self-junctions, and say how many there are.

    Parameters
    ----------
    edges : Edges
        The edges.
    directed : bool, default False
        Whether it matters which cell of an edge is pre, so that ``(i, j)`` and ``(j, i)`` in one
        population are two different edges.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_if_unusual(Edges([0, 1, 2], [1, 0, 2], 3))
    >>> for warning in caught:
    ...     print(warning.message)
    1 of 3 edges joins a cell to itself (cell 2) and carries no current.
    1 of 3 edges repeats another (first: cells 1 and 0); conductances of repeated edges add up.
    """
    pre, post = edges
    if edges.bipartite:
        keys = pre * np.int64(edges.n_post) + post
    else:
        itself = pre == post
        if n_self := int(np.count_nonzero(itself)):
            at = int(np.argmax(itself))
            warn(
                f"{n_self} of {edges.n_edges} edges {_verb(n_self, 'join')} a cell to itself "
                f"({'' if n_self == 1 else 'first: '}cell {pre[at]}) and "
                f"{_verb(n_self, 'carry')} no current."
            )
            pre, post = pre[~itself], post[~itself]
        if directed:
            keys = pre * np.int64(edges.n_cells) + post
        else:
            keys = pair_keys(pre, post, edges.n_cells)
    # Builders return sorted edges, so that a sort is rarely needed.
    if np.all(keys[1:] > keys[:-1]):
        return
    order = np.argsort(keys, kind="stable")
    repeats = order[1:][keys[order[1:]] == keys[order[:-1]]]
    if repeats.size:
        at = int(repeats.min())
        warn(
            f"{repeats.size} of {edges.n_edges} edges {_verb(repeats.size, 'repeat')} another "
            f"(first: cells {pre[at]} and {post[at]}); conductances of repeated edges add up."
        )


def _verb(count: int, verb: str) -> str:
    if count != 1:
        return verb
    return f"{verb[:-1]}ies" if verb.endswith("y") else f"{verb}s"
