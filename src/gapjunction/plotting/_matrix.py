"""A picture of the conductances between all cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gapjunction.connectivity import laplacian
from gapjunction.plotting._axes import axes_for, bar, shades, whole
from gapjunction.plotting._graphs import check_small, graph_of
from gapjunction.plotting._numbers import labelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_NAMES = 40


def coupling_matrix(
    graph: Any,
    ax: Axes | None = None,
    *,
    weight: Any = None,
    cmap: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw the conductance between each two cells as the colour of a square.

    Row i has the conductances through which current flows into cell i, column j those that cell j
    drives: a symmetric matrix unless junctions have two conductances. Conductances of several
    edges between two cells add up; where there is none the square is empty.

    Parameters
    ----------
    graph : GapJunction or Edges
        The network, of up to 5000 cells. The cells of pre and then post if they are two
        populations.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each edge, as in :func:`network`; without any, edges are counted. Shape
        ``(n_edges, 2)`` is that into post and that into pre.
    cmap : str or matplotlib.colors.Colormap, optional
        Colours; by default darker for more, or ``"RdBu_r"`` about 0 if a conductance is negative.
    vmin, vmax : float, optional
        Range of the colours, in the unit of the conductances; by default from 0 to the largest.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.

    Returns
    -------
    matplotlib.axes.Axes
        With an ``AxesImage`` of a masked array.

    Raises
    ------
    TypeError
        If ``graph`` or ``ax`` is none.
    ValueError
        If ``weight`` has another shape, conductances are a batch, or cells are too many.
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


def _colors() -> Any:
    # Of which the least, too, is seen on white.
    from matplotlib.colors import ListedColormap

    return ListedColormap(shades(256)[::-1])
