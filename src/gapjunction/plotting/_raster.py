"""A plot of which cells spike when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._crossings import crossings
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.plotting._axes import axes_for, bare, whole
from gapjunction.plotting._numbers import labelled, plain, recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def raster(
    t: Numbers,
    spikes: Numbers,
    ax: Axes | None = None,
    *,
    threshold: QuantityLike | None = None,
    **settings: Any,
) -> Axes:
    """Draw a mark for each spike of each cell.

    Parameters
    ----------
    t : array_like or Quantity, shape (n_times,)
        Times of the recording.
    spikes : array_like or Quantity, shape (n_times, *size)
        Spikes as `brainpy.state` returns them, which are 1 in the time step of a spike and
        otherwise 0; or voltages. A voltage has a spike where it rises to the threshold; the time of
        the spike is interpolated between two samples.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    threshold : Quantity, optional
        Threshold for voltages; by default 0 mV.
    **settings
        Passed to :meth:`matplotlib.axes.Axes.plot`: ``color``, ``marker``, ``markersize`` and
        others.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. Their line has a point (time, cell) for each spike, in the order of the cells.

    Raises
    ------
    TypeError
        If ``ax`` is not an ``Axes``, or ``t`` or ``spikes`` are not real numbers.
    ValueError
        If the arrays do not fit each other, times do not increase, or ``threshold`` is not one
        voltage, or is given for spikes without a unit.
    saiunit.UnitMismatchError
        If ``t`` has a unit that is not one of time, if ``spikes`` has one that is not one of
        voltage, or if ``threshold`` is not a voltage.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> V = np.array([[-60., 20.], [-20., 0.], [20., -60.], [-60., -60.]]) * u.mV
    >>> ax = gj.plotting.raster([0., 1., 2., 3.] * u.ms, V)
    >>> print(*ax.lines[0].get_data())
    [1.5] [0]
    """
    time, rows = recording(t, "spikes", spikes)
    if u.get_unit(spikes).is_unitless:
        if threshold is not None:
            raise ValueError(
                f"threshold must be None for spikes without a unit, because only voltages are "
                f"compared with it; got {describe(threshold)}."
            )
        cells, steps = np.nonzero(rows.T > 0)
        moments = time[steps]
    else:
        V = plain("spikes", spikes, u.mV, "spikes without a unit, or voltages").reshape(rows.shape)
        level = 0.0
        if threshold is not None:
            given = plain("threshold", threshold, u.mV, "a voltage")
            if given.shape != () or not np.isfinite(given):
                raise ValueError(f"threshold must be one voltage, got {describe(threshold)}.")
            level = float(given)
        found = [crossings(v, level) for v in V.T]
        cells = np.repeat(np.arange(len(found)), [len(at) for at in found])
        moments = np.interp(np.concatenate(found), np.arange(len(time)), time)
    ax = axes_for(ax, "raster")
    n_cells = rows.shape[1]
    height = 72 * ax.get_window_extent().height / ax.figure.dpi
    style = {
        "color": "black",
        "marker": "|",
        "linestyle": "none",
        # About as high as the cell's row, but neither too small to be seen nor very large.
        "markersize": float(np.clip(0.75 * height / n_cells, 2.0, 14.0)),
        "markeredgewidth": 1.0 if n_cells <= 200 else 0.6,
    }
    ax.plot(moments, cells, **{**style, **settings})
    ax.set_xlim(time[0], time[-1])
    ax.set_ylim(-0.7, n_cells - 0.3)
    whole(ax.yaxis)
    ax.set_xlabel(labelled("time", u.get_unit(t)))
    ax.set_ylabel("cell")
    bare(ax)
    return ax
