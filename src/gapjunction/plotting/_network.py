"""A drawing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_real
from gapjunction._typing import Numbers
from gapjunction.connectivity import Edges, draw
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
    width: float = 5.0,
    legend: bool = True,
    colorbar: bool = True,
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
        Conductance of each edge; if it has two, their mean counts. By default a junction has its
        conductances at the present voltages, or its ``weight`` before its populations are
        initialised. Edges have their values by default; without values all lines are alike.
    positions : array_like or Quantity, shape (n_cells, 2), optional
        Where the cells are; by default what :func:`gapjunction.connectivity.layout` finds.
    color_by : array_like or Quantity, or a pair of them, optional
        A number for each cell, such as its voltage, that sets its colour. Numbers of two
        populations are given as a pair, or in one array.
    label : str, optional
        Label of the colour bar, without unit; by default ``V`` for voltages, else ``value``.
    width : float, default 5
        Width in points of the line that conducts most. The widths of others are proportional.
    legend : bool, default True
        Whether to explain the widths in a legend, if they differ or conductances have a unit.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.
    **settings
        Passed to :func:`gapjunction.connectivity.draw`: ``names``, ``node_size``, ``edge_color``,
        ``cmap`` and others.

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
    check_real("width", width, low=0.0)
    if numbers is not None and numbers.ndim == 2:
        numbers = numbers.mean(axis=1)
    # Without numbers, all lines are equally wide: a quarter of the largest width.
    widths = (width / 4, width / 4) if numbers is None else (0.0, width)
    shown = None
    if color_by is not None:
        shown, shown_unit = cell_values(edges, "color_by", color_by)
        settings = {"node_color": shown, **settings}
    style = {
        "node_size": float(np.clip(2500 / edges.n_cells, 12.0, 50.0)),
        "edge_color": "0.45",
        "edgecolors": "0.2",
        "linewidths": 0.5,
    }
    settings = {**style, **settings}
    ax = axes_for(ax, "network")
    draw(edges, ax, weight=numbers, positions=positions, widths=widths, **settings)
    lines, dots = ax.collections[-2:]
    lines.set_capstyle("round")
    if legend and numbers is not None:
        _explain(ax, lines, edges, np.abs(numbers), unit, width)
    if shown is not None and colorbar:
        bar(ax, dots, labelled(label or noun(shown_unit), shown_unit))
    return ax


def _explain(
    ax: Axes, lines: Any, edges: Edges, strength: np.ndarray, unit: u.Unit, width: float
) -> None:
    """Add a legend of widths: the largest conductance, a half and a quarter of it."""
    from matplotlib.lines import Line2D

    largest = float(strength.max(initial=0.0))
    alike = edges.n_edges == 0 or np.ptp(strength) <= 1e-6 * largest
    if largest == 0 or (alike and unit.is_unitless):
        return
    text, color = unit_text(unit), lines.get_colors()[0]
    handles = []
    for part in (1.0,) if alike else (1.0, 0.5, 0.25):
        name = f"{largest * part:.4g} {text}".strip()
        handles.append(Line2D([], [], color=color, linewidth=width * part, label=name))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=len(handles),
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
    )
