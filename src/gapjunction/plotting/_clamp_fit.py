"""Recorded currents of a voltage clamp, fitted currents, and the residuals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import QuantityLike
from gapjunction.plotting._axes import axes_for, bare, shades
from gapjunction.plotting._numbers import unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def clamp_fit(
    t: QuantityLike,
    current: u.Quantity,
    fitted: u.Quantity,
    axes: Sequence[Axes] | None = None,
) -> Sequence[Axes]:
    """Draw recorded and fitted currents over time, and below them the residuals.

    Parameters
    ----------
    t : Quantity, shape (n_samples,)
        Times.
    current, fitted : Quantity, shape (n_samples, n_sweeps)
        Recorded currents, drawn as wide pale lines, and fitted ones, drawn as thin lines.
    axes : pair of matplotlib.axes.Axes, optional
        Where to draw currents and residuals; by default in a new figure. Nothing is shown.

    Returns
    -------
    pair of matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the shapes do not go together, or ``axes`` is not a pair.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> t, I = np.arange(3) * u.ms, np.ones((3, 2)) * u.pA
    >>> top, bottom = gj.plotting.clamp_fit(t, I, 0.9 * I)
    >>> bottom.get_ylabel()
    'residual (pA)'
    """
    unit = u.get_unit(current)
    times = np.asarray(check_unit("t", t, u.ms, "a time").to_decimal(u.ms))
    rows = [np.asarray(u.Quantity(x).to_decimal(unit)) for x in (current, fitted)]
    if rows[0].ndim != 2 or rows[0].shape != rows[1].shape or len(rows[0]) != len(times):
        raise ValueError(
            "current and fitted must have the shape (n_samples, n_sweeps), with a time for each "
            f"sample; got {rows[0].shape}, {rows[1].shape} and {times.shape}."
        )
    if axes is None:
        first = axes_for(None, "clamp_fit")
        figure = first.figure
        first.remove()
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    elif len(axes) == 2:
        top, bottom = (axes_for(ax, "clamp_fit") for ax in axes)
    else:
        raise ValueError(f"axes must be a pair of Axes, got {describe(axes)}.")
    colors = shades(rows[0].shape[1])
    for k, color in enumerate(colors):
        top.plot(times, rows[0][:, k], color=color, alpha=0.35, linewidth=2.5)
        top.plot(times, rows[1][:, k], color=color, linewidth=1.0)
        bottom.plot(times, rows[0][:, k] - rows[1][:, k], color=color, linewidth=0.8)
    bottom.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
    top.set_ylabel(f"current ({unit_text(unit)})")
    bottom.set(ylabel=f"residual ({unit_text(unit)})", xlabel="time (ms)")
    for ax in (top, bottom):
        bare(ax)
    return top, bottom
