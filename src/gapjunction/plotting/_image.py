"""An image of the voltages of all cells of a population over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._typing import Numbers
from gapjunction.plotting._axes import axes_for, bar, whole
from gapjunction.plotting._numbers import labelled, noun, recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


def voltage_image(
    t: Numbers,
    V: Numbers,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    cmap: str | Colormap = "viridis",
    vmin: float | None = None,
    vmax: float | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw a recording as an image, with a row for each cell and colours for voltages.

    Parameters
    ----------
    t : array_like or Quantity, shape (n_times,)
        Times of the recording.
    V : array_like or Quantity, shape (n_times, *size)
        Voltages, or something else that was recorded, such as open fractions.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    label : str, optional
        Label of the colour bar, without unit; by default ``V`` for voltages and otherwise
        ``value``.
    cmap, vmin, vmax
        Colours, and their range in the unit of ``V``, as in
        :meth:`matplotlib.axes.Axes.imshow`.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with an ``AxesImage`` of shape ``(n_cells, n_times)`` and cell 0 at the bottom. If
        times are not evenly spaced, it is a ``QuadMesh``.

    Raises
    ------
    TypeError
        If ``ax`` is not an ``Axes``, or ``t`` or ``V`` are not real numbers.
    ValueError
        If the arrays do not fit each other, or times do not increase.
    saiunit.UnitMismatchError
        If ``t`` has a unit that is not one of time.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> ax = gj.plotting.voltage_image(np.arange(5) * u.ms, np.ones((5, 2, 3)) * u.mV)
    >>> ax.images[0].get_array().shape, ax.get_xlabel()
    ((6, 5), 'time (ms)')
    """
    time, rows = recording(t, "V", V)
    ax = axes_for(ax, "voltage_image")
    steps = np.diff(time)
    style: dict[str, Any] = {"cmap": cmap, "vmin": vmin, "vmax": vmax}
    if np.ptp(steps) <= 1e-3 * steps.mean():
        half = (time[-1] - time[0]) / len(steps) / 2
        extent = (time[0] - half, time[-1] + half, -0.5, rows.shape[1] - 0.5)
        found: Any = ax.imshow(
            rows.T, aspect="auto", origin="lower", extent=extent, interpolation="nearest", **style
        )
    else:
        found = ax.pcolormesh(time, np.arange(rows.shape[1]), rows.T, shading="nearest", **style)
    whole(ax.yaxis)
    ax.set_xlabel(labelled("time", u.get_unit(t)))
    ax.set_ylabel("cell")
    if colorbar:
        unit = u.get_unit(V)
        bar(ax, found, labelled(label or noun(unit), unit))
    return ax
