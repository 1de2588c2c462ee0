"""A plot of voltages over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction._typing import Numbers
from gapjunction.plotting._axes import BESIDE, axes_for, bare
from gapjunction.plotting._numbers import labelled, noun, plain, recording, unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distance of stacked traces, as a multiple of the distance at which they would just touch.
_GAP = 1.15


def traces(
    t: Numbers,
    V: Numbers,
    ax: Axes | None = None,
    *,
    cells: Numbers | None = None,
    offset: Numbers | Literal["auto"] | None = None,
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
        Voltages, or something else that was recorded, such as currents.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    cells : sequence of int, optional
        Flat ids of the cells to draw, in this order; by default all.
    offset : Quantity, float or 'auto', optional
        Vertical distance between stacked traces. The first trace is at the top, and a scale bar
        replaces the axis. With ``'auto'`` the traces do not touch. By default all traces share one
        axis.
    names : sequence of str, optional
        Names of the drawn cells. By default stacked traces have the ids of their cells.
    label : str, optional
        Label of the axis, without unit; by default ``V`` for voltages and otherwise ``value``.
    **settings
        Passed to :meth:`matplotlib.axes.Axes.plot`: ``color``, ``linewidth`` and others.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a line for each cell.

    Raises
    ------
    TypeError
        If ``ax`` is not an ``Axes``, ``t`` or ``V`` are not real numbers, or ``cells`` are not
        integers.
    ValueError
        If the arrays or ``names`` do not fit each other, times do not increase, a cell does not
        exist, or ``offset`` is not one positive number.
    saiunit.UnitMismatchError
        If ``t`` has a unit that is not one of time, or ``offset`` does not have a unit like ``V``.
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
                f"names must name each of the {len(ids)} cells that are drawn, got {len(names)}."
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


def _ids(cells: Numbers | None, n_cells: int) -> np.ndarray:
    if cells is None:
        return np.arange(n_cells)
    ids = np.atleast_1d(np.asarray(cells))
    if ids.dtype.kind not in "iu" or ids.ndim != 1 or not len(ids):
        raise TypeError(f"cells must be one or more integers, got {describe(cells)}.")
    if ids.min() < 0 or ids.max() >= n_cells:
        raise ValueError(f"cells must be ids from 0 to {n_cells - 1}, got {describe(cells)}.")
    return ids


def _offset(
    offset: Numbers | Literal["auto"] | None, rows: np.ndarray, unit: u.Unit
) -> float | None:
    """Return the distance of stacked traces in the unit of the recording, or None for no stack."""
    if offset is None:
        return None
    if isinstance(offset, str):
        check_choice("offset", offset, ["auto"])
        # The worst case: one trace rises most while the trace above it falls most.
        up = np.nanmax(rows, axis=0) - np.nanmedian(rows, axis=0)
        down = np.nanmedian(rows, axis=0) - np.nanmin(rows, axis=0)
        return _GAP * float(np.nanmax(up) + np.nanmax(down)) or 1.0
    found = plain("offset", offset, unit, "in a unit of the recording")
    if found.shape != () or not 0 < found < np.inf:
        raise ValueError(f"offset must be one positive number, or 'auto', got {describe(offset)}.")
    return float(found)


def _overlay(
    ax: Axes,
    time: np.ndarray,
    rows: np.ndarray,
    names: Sequence[str] | None,
    settings: dict[str, Any],
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
    # The name of a trace is written beside its median, where the trace is most of the time.
    ax.set_yticks(np.nanmedian(rows, axis=0) + shifts, texts)
    ax.tick_params(axis="y", length=0)
    ax.margins(y=0.03)


def _scale_bar(ax: Axes, rows: np.ndarray, apart: float, unit: str) -> None:
    """Draw a scale bar on the right, of a round length of up to half the distance of traces."""
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
