"""A drawing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_real, describe
from gapjunction._typing import Numbers
from gapjunction.connectivity import Edges, layout
from gapjunction.connectivity._facts import endpoints
from gapjunction.junctions import GapJunction
from gapjunction.plotting._axes import axes_for, bar
from gapjunction.plotting._graphs import cell_values, graph_of
from gapjunction.plotting._numbers import labelled, noun, unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def network(
    graph: GapJunction | Edges,
    ax: Axes | None = None,
    *,
    weight: Numbers | None = None,
    positions: Numbers | None = None,
    color_by: Numbers | None = None,
    label: str | None = None,
    width: float | tuple[float, float] = 5.0,
    legend: bool = True,
    colorbar: bool = True,
    names: bool = False,
    edge_color: Any = "0.45",
    node_color: Any = "tab:blue",
    node_size: Any = None,
    **settings: Any,
) -> Axes:
    """Draw cells as dots and junctions as lines, wider where they conduct more.

    Parameters
    ----------
    graph : GapJunction or Edges
        The network.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each edge; if it has two, their mean is used. By default a junction is drawn
        with its conductances at the present voltages, or with its ``weight`` before its populations
        are initialised. Edges are drawn with their values; without values all lines are alike.
    positions : array_like or Quantity, shape (n_cells, 2), optional
        Where the cells are; by default what :func:`gapjunction.connectivity.layout` finds.
    color_by : array_like or Quantity, or a pair of them, optional
        A number for each cell, such as its voltage, that sets its colour. Numbers of two
        populations are given as a pair, or in one array.
    label : str, optional
        Label of the colour bar, without unit; by default ``V`` for voltages and otherwise
        ``value``.
    width : float or pair of float, default 5
        Width in points of the line of the largest conductance; the widths of others are
        proportional to their conductances. In a pair, the first is the width of a line without
        conductance and the second that of the largest conductance; the others lie between.
    legend : bool, default True
        Whether to explain the widths in a legend, if they differ or conductances have a unit.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.
    names : bool, default False
        Whether to write each cell's label, or id, beside it.
    edge_color, node_color, node_size
        Colours of lines and dots and size of dots, as Matplotlib takes them: one for all, or one
        for each edge or cell. By default dots are smaller in larger networks.
    **settings
        Settings of the dots, passed to :meth:`matplotlib.axes.Axes.scatter`: ``cmap``, ``vmin``,
        ``vmax``, ``edgecolors`` and others.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a ``LineCollection`` of the edges and a ``PathCollection`` of the cells.

    Raises
    ------
    TypeError
        If ``graph`` is neither a junction nor ``Edges``, or ``ax`` is not an ``Axes``.
    ValueError
        If ``weight``, ``positions`` or ``color_by`` have another shape, or if the junction has a
        batch of conductances.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> ring = gj.connectivity.ring()(8, 8)
    >>> ax = gj.plotting.network(ring, weight=range(1, 9) * u.nS, color_by=range(8) * u.mV, width=4)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['8 nS', '4 nS', '2 nS']
    >>> lines, dots = ax.collections
    >>> print(np.array(lines.get_linewidths()[:3]), dots.get_array()[:3])
    [0.5 1.  1.5] [0. 1. 2.]
    """
    edges, numbers, unit = graph_of(graph, weight)
    thin, wide = _as_widths(width)
    strength = None
    if numbers is not None:
        strength = np.abs(numbers.mean(axis=1) if numbers.ndim == 2 else numbers)
    shown = None
    if color_by is not None:
        shown, shown_unit = cell_values(edges, "color_by", color_by)
    places = None if positions is None else _as_places(positions, edges.n_cells)
    ax = axes_for(ax, "network")
    if places is None:
        places = layout(edges)
    if strength is None:
        # If all lines are alike, they get a medium width.
        widths = np.full(edges.n_edges, thin + (wide - thin) / 4)
    else:
        largest = max(strength.max(initial=0.0), np.finfo(float).tiny)
        widths = thin + (wide - thin) * strength / largest
    lines = _draw_lines(ax, edges, places, widths, edge_color)
    style: dict[str, Any] = {"edgecolors": "0.2", "linewidths": 0.5, "zorder": 2}
    if node_size is None:
        node_size = float(np.clip(2500 / edges.n_cells, 12.0, 50.0))
    x, y = places.T
    dots = ax.scatter(x, y, node_size, node_color if shown is None else shown, **style | settings)
    if names:
        labels = edges.labels or tuple(map(str, range(edges.n_cells)))
        for place, text in zip(places, labels, strict=True):
            ax.annotate(text, place, (3, 3), textcoords="offset points", fontsize="x-small")
    ax.set_aspect("equal")
    ax.set_axis_off()
    if legend and strength is not None:
        _explain(ax, lines, edges, strength, unit, (thin, wide))
    if shown is not None and colorbar:
        bar(ax, dots, labelled(label or noun(shown_unit), shown_unit))
    return ax


def _as_widths(width: Any) -> tuple[float, float]:
    if not isinstance(width, (tuple, list)):
        return 0.0, check_real("width", width, low=0.0)
    if len(width) != 2:
        raise ValueError(f"width must be a number, or a pair of them, got {describe(width)}.")
    thin = check_real("width[0]", width[0], low=0.0)
    return thin, check_real("width[1]", width[1], low=thin)


def _as_places(positions: Any, n_cells: int) -> np.ndarray:
    places = np.asarray(u.get_mantissa(positions), dtype=float)
    if places.shape != (n_cells, 2):
        raise ValueError(
            f"positions must have the shape (n_cells, 2) = {(n_cells, 2)}, got "
            f"{describe(positions)}."
        )
    return places


def _draw_lines(ax: Axes, edges: Edges, places: np.ndarray, widths: np.ndarray, color: Any) -> Any:
    """Draw the edges, under the cells."""
    from matplotlib.collections import LineCollection

    segments = np.stack([places[ids] for ids in endpoints(edges)], axis=1)
    lines = LineCollection(
        list(segments), linewidths=widths, colors=color, capstyle="round", zorder=1
    )
    ax.add_collection(lines)
    return lines


def _explain(
    ax: Axes,
    lines: Any,
    edges: Edges,
    strength: np.ndarray,
    unit: u.Unit,
    widths: tuple[float, float],
) -> None:
    """Add a legend of widths: the largest conductance, a half and a quarter of it."""
    from matplotlib.lines import Line2D

    largest = float(strength.max(initial=0.0))
    alike = edges.n_edges == 0 or np.ptp(strength) <= 1e-6 * largest
    if largest == 0 or (alike and unit.is_unitless):
        return
    (thin, wide), text, color = widths, unit_text(unit), lines.get_colors()[0]
    handles = []
    for part in (1.0,) if alike else (1.0, 0.5, 0.25):
        name = f"{largest * part:.4g} {text}".strip()
        line_width = thin + (wide - thin) * part
        handles.append(Line2D([], [], color=color, linewidth=line_width, label=name))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=len(handles),
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
    )
