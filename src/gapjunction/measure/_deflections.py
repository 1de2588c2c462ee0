"""Deflections in recordings: steady ones, and the amplitudes of sinusoids."""

from __future__ import annotations

from typing import Any

import numpy as np

from gapjunction.measure._recording import Recording

# Currents into other cells that are taken for noise, relative to that into the one.
_OTHERS = 1e-3


def steady(recording: Recording, cell: int, window: Any, baseline: Any) -> tuple[np.ndarray, float]:
    """Return each cell's deflection in mV, and the change of the current into ``cell``.

    Parameters
    ----------
    recording : Recording
    cell : int
    window, baseline : pair of Quantity or None
        By default the last fifth of the longest stretch of stimulus, and all that is before it.
    """
    I = recording.amperes[:, cell]  # noqa: E741
    on = _longest(I[0] != I)
    if on is None and (window is None or baseline is None):
        raise ValueError(
            f"window and baseline must be given, or a current into cell {cell} that steps: it "
            "does not change."
        )
    begin, end = on or (0, len(I))
    during = recording.window("window", window, slice(end - max((end - begin) // 5, 1), end))
    before = recording.window("baseline", baseline, slice(0, begin))
    others = [j for j in recording.driven if j != cell]
    change = recording.amperes[during].mean(0) - recording.amperes[before].mean(0)
    if change[cell] == 0 or np.any(np.abs(change[others]) > _OTHERS * abs(change[cell])):
        raise ValueError(
            f"window must be one in which the current into cell {cell} alone is not what it is in "
            f"the baseline; the changes are {change}."
        )
    return recording.volts[during].mean(0) - recording.volts[before].mean(0), change[cell]


def sinusoid(
    recording: Recording, cell: int, frequency: float, window: Any
) -> tuple[np.ndarray, complex]:
    """Return the complex amplitudes of all voltages (mV), and of the current into ``cell``.

    A least-squares fit of a line and a sinusoid, so that a window need not hold whole cycles. By
    default it is the second half of the stimulus.

    Parameters
    ----------
    frequency : float
        In cycles per ms.
    """
    I = recording.amperes[:, cell]  # noqa: E741
    changed = np.flatnonzero(I[0] != I)
    begin, end = (changed[0], changed[-1] + 1) if len(changed) else (0, len(I))
    part = recording.window("window", window, slice((begin + end) // 2, end))
    step = recording.step_ms
    time = np.arange(part.start, part.stop) * step
    if not 0 < frequency < 0.5 / step:
        raise ValueError(
            f"frequency must be above 0 and below half the sampling rate, {500 / step:g} Hz; got "
            f"{1000 * frequency:g} Hz."
        )
    if len(time) * step * frequency < 1:
        raise ValueError(
            f"window must hold a cycle of the frequency, {1 / frequency:g} ms; it has "
            f"{len(time) * step:g} ms."
        )
    angle = 2 * np.pi * frequency * time
    basis = np.stack([np.ones_like(time), time - time.mean(), np.cos(angle), -np.sin(angle)], 1)
    data = np.column_stack([recording.volts[part], recording.amperes[part]])
    found = np.linalg.lstsq(basis, data, rcond=None)[0]
    amplitudes = found[2] + 1j * found[3]
    V, current = amplitudes[: recording.n_cells], amplitudes[recording.n_cells :]
    others = np.delete(np.abs(current), cell)
    if abs(current[cell]) <= 1e-9 * max(np.ptp(I), 1e-300) or np.any(
        others > _OTHERS * abs(current[cell])
    ):
        raise ValueError(
            f"recording must have a sinusoidal current of this frequency into cell {cell} alone; "
            f"the amplitudes are {np.abs(current)}."
        )
    # A current that is held from sample to sample lags, and has a little less of the sinusoid.
    half = np.pi * frequency * step
    return V, current[cell] * np.exp(-1j * half) * np.sin(half) / half


def _longest(mask: np.ndarray) -> tuple[int, int] | None:
    """Return the longest stretch of truth, as begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return None
    begin, end = edges[::2], edges[1::2]
    k = int(np.argmax(end - begin))
    return int(begin[k]), int(end[k])
