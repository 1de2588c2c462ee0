"""A picture of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_real
from gapjunction.connectivity import Edges, draw
from gapjunction.plotting._axes import axes_for, bar
from gapjunction.plotting._graphs import cell_values, graph_of
from gapjunction.plotting._numbers import labelled, noun, unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def network(
    graph: Any,
    ax: Axes | None = None,
    *,
    weight: Any = None,
    positions: Any = None,
    color_by: Any = None,
    label: str | None = None,
    width: float = 5.0,
    legend: bool = True,
    colorbar: bool = True,
    **settings: Any,
) -> Axes:
    """Draw cells as dots and junctions as lines, as wide as they conduct.

    Parameters
    ----------
    graph : GapJunction or Edges
        The network.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each edge; of two in each, their mean counts. By default the junction's at
        the present voltages, or its ``weight`` before its populations are initialised; of edges
        their values, without which all lines are alike.
    positions : array_like or Quantity, shape (n_cells, 2), optional
        Where the cells are; by default what :func:`gapjunction.connectivity.layout` finds.
    color_by : array_like or Quantity, or a pair of them, optional
        A number for each cell, such as its voltage, to colour it by; of two populations a pair,
        or both in one array.
    label : str, optional
        What the colour bar is called, without unit.
    width : float, default 5
        Width in points of the line that conducts most. The others' are proportional.
    legend : bool, default True
        Whether to show what widths mean, where lines differ or have a unit.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.
    **settings
        Passed to :func:`gapjunction.connectivity.draw`: ``names``, ``node_size``, ``edge_color``,
        ``cmap`` and others.

    Returns
    -------
    matplotlib.axes.Axes
        With a ``LineCollection`` of the edges and a ``PathCollection`` of the cells.

    Raises
    ------
    TypeError
        If ``graph`` or ``ax`` is none.
    ValueError
        If ``weight``, ``positions`` or ``color_by`` have another shape, or conductances are a
        batch.
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
    # Where all lines are alike, neither thin nor wide.
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
    """Say what widths mean, by lines of the largest conductance and of halves of it."""
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
