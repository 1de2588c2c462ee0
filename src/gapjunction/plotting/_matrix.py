"""A matrix of the conductances between all cells, as an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gapjunction._typing import Numbers
from gapjunction.connectivity import Edges, laplacian
from gapjunction.junctions import GapJunction
from gapjunction.plotting._axes import axes_for, bar, shades, whole
from gapjunction.plotting._graphs import check_small, graph_of
from gapjunction.plotting._numbers import labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_MAX_NAMES = 40


def coupling_matrix(
    graph: GapJunction | Edges,
    ax: Axes | None = None,
    *,
    weight: Numbers | None = None,
    cmap: str | Colormap | None = None,
    vmin: float | None = None,
    vmax: float | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw the conductance between each pair of cells as the colour of a square.

    Row i has the conductances through which current flows into cell i. Column j has those through
    which cell j drives others. The matrix is symmetric unless junctions have two conductances.
    Conductances of several edges between two cells add up; without an edge the square is empty.

    Parameters
    ----------
    graph : GapJunction or Edges
        The network, of up to 5000 cells. If it joins two populations, the cells of post come after
        those of pre.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each edge, as in :func:`network`; edges without conductances are counted.
        In an array of shape ``(n_edges, 2)`` the columns are the conductances into post and into
        pre.
    cmap : str or matplotlib.colors.Colormap, optional
        Colours. By default larger conductances are darker; if a conductance is negative, the map is
        ``"RdBu_r"``, centred on 0.
    vmin, vmax : float, optional
        Range of the colours, in the unit of the conductances; by default from 0 to the largest.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with an ``AxesImage`` of a masked array.

    Raises
    ------
    TypeError
        If ``graph`` is neither a junction nor ``Edges``, or ``ax`` is not an ``Axes``.
    ValueError
        If ``weight`` has another shape, if the junction has a batch of conductances, or if there
        are too many cells.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> edges = gj.connectivity.Edges([0, 1], [1, 2], 3)
    >>> ax = gj.plotting.coupling_matrix(edges, weight=[0.5, 2] * u.nS)
    >>> print(ax.images[0].get_array())
    [[-- 0.5 --]
     [0.5 -- 2.0]
     [-- 2.0 --]]
    """
    edges, numbers, unit = graph_of(graph, weight)
    check_small(edges)
    matrix = -laplacian(edges, 1.0 if numbers is None else numbers).toarray()
    np.fill_diagonal(matrix, 0.0)
    signed = bool((matrix < 0).any())
    largest = float(np.abs(matrix).max(initial=0.0)) or 1.0
    ax = axes_for(ax, "coupling_matrix")
    image = ax.imshow(
        np.ma.masked_equal(matrix, 0.0),
        cmap=cmap or ("RdBu_r" if signed else _colors()),
        vmin=(-largest if signed else 0.0) if vmin is None else vmin,
        vmax=largest if vmax is None else vmax,
        origin="upper",
    )
    ax.set_xlabel("cell j, driving")
    ax.set_ylabel("cell i, receiving")
    if edges.labels is not None and edges.n_cells <= _MAX_NAMES:
        ids = range(edges.n_cells)
        ax.set_xticks(ids, edges.labels, rotation=90, fontsize="x-small")
        ax.set_yticks(ids, edges.labels, fontsize="x-small")
    else:
        whole(ax.xaxis, ax.yaxis)
    if edges.bipartite:
        for line in (ax.axhline, ax.axvline):
            line(edges.n_pre - 0.5, color="0.6", linewidth=0.8)
        ax.set_xlabel("cell j, driving: pre | post")
        ax.set_ylabel("cell i, receiving: post | pre")
    if colorbar:
        bar(ax, image, labelled("edges" if numbers is None else "conductance", unit))
    return ax


def _colors() -> Colormap:
    """Return a colour map in which even the smallest conductance is visible on white."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(shades(256)[::-1])
