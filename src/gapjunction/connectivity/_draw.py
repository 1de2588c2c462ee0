"""Drawing the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Numbers
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._facts import endpoints
from gapjunction.connectivity._layout import layout
from gapjunction.connectivity._numbers import edge_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import ColorType


def draw(
    edges: Edges,
    ax: Axes | None = None,
    *,
    positions: Numbers | None = None,
    weight: Numbers | None = None,
    widths: tuple[float, float] = (0.4, 3.0),
    edge_color: ColorType | Sequence[ColorType] = "0.6",
    node_color: ColorType | Sequence[ColorType] | npt.ArrayLike = "tab:blue",
    node_size: float | npt.ArrayLike = 20.0,
    names: bool = False,
    **scatter: Any,
) -> Axes:
    """Draw cells as dots and junctions as lines.

    Parameters
    ----------
    edges : Edges
        The graph.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown or saved.
    positions : array_like or Quantity, shape (n_cells, 2), optional
        Where the cells are; by default what :func:`layout` finds.
    weight : float, array_like or Quantity, shape (n_edges,), optional
        What sets the width of a line; by default the edges' values. Without either, all lines are
        equally wide.
    widths : tuple of float, default (0.4, 3.0)
        Width of a line of weight zero and of the largest weight, in points.
    edge_color, node_color, node_size
        Passed to Matplotlib: one for all, or one for each edge or cell. ``node_color`` may also be
        numbers, which ``cmap``, ``vmin`` and ``vmax`` turn into colours.
    names : bool, default False
        Whether to write each cell's label, or id, beside it.
    **scatter
        Further arguments of :meth:`matplotlib.axes.Axes.scatter`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a ``LineCollection`` of the edges under a ``PathCollection`` of the cells.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If positions or weight have another shape.

    Examples
    --------
    >>> import gapjunction as gj
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> ax = gj.connectivity.draw(gj.connectivity.ring()(8, 8))
    >>> len(ax.collections)
    2
    """
    try:
        import matplotlib.pyplot as plt
        from matplotlib.collections import LineCollection
    except ImportError as error:
        raise ImportError("draw needs Matplotlib: pip install 'gapjunction[examples]'.") from error
    places = layout(edges) if positions is None else _as_places(positions, edges.n_cells)
    if ax is None:
        _, ax = plt.subplots()
    segments = np.stack([places[ids] for ids in endpoints(edges)], axis=1)
    lines = LineCollection(
        list(segments),
        linewidths=_line_widths(edges, weight, widths),
        colors=edge_color,
        zorder=1,
    )
    ax.add_collection(lines)
    x, y = places.T
    ax.scatter(x, y, node_size, node_color, **{"zorder": 2, **scatter})
    if names:
        labels = edges.labels or tuple(map(str, range(edges.n_cells)))
        for place, label in zip(places, labels, strict=True):
            ax.annotate(label, place, (3, 3), textcoords="offset points", fontsize="x-small")
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _as_places(positions: Numbers, n_cells: int) -> np.ndarray:
    places = np.asarray(u.get_mantissa(positions), dtype=float)
    if places.shape != (n_cells, 2):
        raise ValueError(
            f"positions must have the shape (n_cells, 2) = {(n_cells, 2)}, got "
            f"{describe(positions)}."
        )
    return places


def _line_widths(edges: Edges, weight: Numbers | None, widths: tuple[float, float]) -> np.ndarray:
    thin, wide = widths
    weight = edges.values if weight is None else weight
    if weight is None:
        return np.full(edges.n_edges, np.sqrt(thin * wide))
    strength = np.abs(edge_numbers(edges, weight))
    return thin + (wide - thin) * strength / max(strength.max(initial=0.0), np.finfo(float).tiny)
