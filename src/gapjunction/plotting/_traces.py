"""A picture of voltages in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction.plotting._axes import BESIDE, axes_for, bare
from gapjunction.plotting._numbers import labelled, noun, plain, recording, unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 1.15


def traces(
    t: Any,
    V: Any,
    ax: Axes | None = None,
    *,
    cells: Any = None,
    offset: Any = None,
    names: Sequence[str] | None = None,
    label: str | None = None,
    **settings: Any,
) -> Axes:
    """Draw voltages of cells over time, on one axis or one above the other.

    Parameters
    ----------
    t : array_like or Quantity, shape (n_times,)
        Times of the recording.
    V : array_like or Quantity, shape (n_times, *size)
        Voltages, or what else was recorded, such as currents.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    cells : sequence of int, optional
        Flat ids of those to draw, in this order; by default all.
    offset : Quantity, float or 'auto', optional
        How far apart traces are stacked, the first at the top, with a scale bar in place of an
        axis; ``'auto'`` keeps them from touching. By default they share one axis.
    names : sequence of str, optional
        What the drawn cells are called. By default stacked traces are called by their ids.
    label : str, optional
        What the axis is called, without unit; by default ``V`` for voltages.
    **settings
        Passed to :meth:`matplotlib.axes.Axes.plot`: ``color``, ``linewidth`` and others.

    Returns
    -------
    matplotlib.axes.Axes
        With a line for each cell.

    Raises
    ------
    TypeError
        If ``ax`` is none, there are no real numbers, or ``cells`` are no integers.
    ValueError
        If arrays or ``names`` do not fit each other, times do not rise, a cell does not exist, or
        ``offset`` is not one positive number.
    saiunit.UnitMismatchError
        If ``t`` is in another unit than one of time, or ``offset`` in another than ``V``.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> t, V = np.arange(3) * u.ms, np.array([[-70., -65.], [20., -60.], [-75., -66.]]) * u.mV
    >>> ax = gj.plotting.traces(t, V)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('time (ms)', 'V (mV)')
    >>> ax = gj.plotting.traces(t, V, offset=100 * u.mV, names=["driven", "coupled"])
    >>> print(ax.lines[0].get_ydata())
    [ 30. 120.  25.]
    """
    time, rows = recording(t, "V", V)
    unit = u.get_unit(V)
    ids = _ids(cells, rows.shape[1])
    rows = rows[:, ids]
    if names is not None:
        names = [names] if isinstance(names, str) else list(names)
        if len(names) != len(ids):
            raise ValueError(
                f"names must be as many as the {len(ids)} cells that are drawn, got {len(names)}."
            )
    apart = _offset(offset, rows, unit)
    ax = axes_for(ax, "traces")
    settings = {"linewidth": 1.0, **settings}
    if apart is None:
        _overlay(ax, time, rows, names, settings)
        ax.set_ylabel(labelled(label or noun(unit), unit))
    else:
        texts = [str(i) for i in ids] if names is None else names
        _stack(ax, time, rows, apart, texts, settings)
        _scale_bar(ax, rows, apart, unit_text(unit))
        ax.set_ylabel("cell" if names is None else "")
    ax.set_xlim(time[0], time[-1])
    ax.set_xlabel(labelled("time", u.get_unit(t)))
    return ax


def _ids(cells: Any, n_cells: int) -> np.ndarray:
    if cells is None:
        return np.arange(n_cells)
    ids = np.atleast_1d(np.asarray(cells))
    if ids.dtype.kind not in "iu" or ids.ndim != 1 or not len(ids):
        raise TypeError(f"cells must be one or more integers, got {describe(cells)}.")
    if ids.min() < 0 or ids.max() >= n_cells:
        raise ValueError(f"cells must be ids from 0 to {n_cells - 1}, got {describe(cells)}.")
    return ids


def _offset(offset: Any, rows: np.ndarray, unit: u.Unit) -> float | None:
    """Return how far apart traces are, in the unit of the recording."""
    if offset is None:
        return None
    if isinstance(offset, str):
        check_choice("offset", offset, ["auto"])
        # A trace may go up by so much where the one above goes down by as much.
        up = np.nanmax(rows, axis=0) - np.nanmedian(rows, axis=0)
        down = np.nanmedian(rows, axis=0) - np.nanmin(rows, axis=0)
        return _GAP * float(np.nanmax(up) + np.nanmax(down)) or 1.0
    found = plain("offset", offset, unit, "in a unit of the recording")
    if found.shape != () or not 0 < found < np.inf:
        raise ValueError(f"offset must be one positive number, or 'auto', got {describe(offset)}.")
    return float(found)


def _overlay(
    ax: Axes, time: np.ndarray, rows: np.ndarray, names: Sequence[str] | None, settings: Any
) -> None:
    found = ax.plot(time, rows, **settings)
    bare(ax)
    if names is not None:
        for line, name in zip(found, names, strict=True):
            line.set_label(name)
        ax.legend(handles=found, **BESIDE)


def _stack(
    ax: Axes,
    time: np.ndarray,
    rows: np.ndarray,
    apart: float,
    texts: Sequence[str],
    settings: dict[str, Any],
) -> None:
    shifts = apart * np.arange(rows.shape[1])[::-1]
    ax.plot(time, rows + shifts, **{"color": "black", **settings})
    bare(ax, "top", "right", "left")
    # Where each trace mostly is.
    ax.set_yticks(np.nanmedian(rows, axis=0) + shifts, texts)
    ax.tick_params(axis="y", length=0)
    ax.margins(y=0.03)


def _scale_bar(ax: Axes, rows: np.ndarray, apart: float, unit: str) -> None:
    """Draw a bar to the right, of a round number near half of the distance of traces."""
    size = 10 ** np.floor(np.log10(apart / 2))
    length = float(size * max(n for n in (1, 2, 5) if n * size <= apart / 2))
    base = float(np.nanmedian(rows[:, -1]))
    right = ax.get_yaxis_transform()
    ax.plot(
        [1.02, 1.02],
        [base, base + length],
        transform=right,
        color="black",
        linewidth=2.0,
        solid_capstyle="butt",
        clip_on=False,
    )
    text = f"{length:g} {unit}".strip()
    ax.text(1.03, base + length / 2, text, transform=right, va="center", ha="left")
