"""Deflections in recordings: steady ones, and the amplitudes of sinusoids."""

from __future__ import annotations

import numpy as np
import saiunit as u

from gapjunction.measure._recording import Recording, Window, shown

# Currents into other cells below this fraction of the main one count as noise.
_OTHERS = 1e-3


def steady(
    recording: Recording, cell: int, window: Window | None, baseline: Window | None
) -> tuple[np.ndarray, float]:
    """Return the deflection of each cell, and the change of the current into ``cell``.

    Parameters
    ----------
    recording : Recording
    cell : int
    window, baseline : pair of Quantity or None
        By default the window is the last fifth of the longest stimulus, and the baseline is
        everything before that stimulus.
    """
    I = recording.amperes[:, cell]  # noqa: E741
    on = _longest(I[0] != I)
    if on is None:
        raise ValueError(
            f"recording must have a current into cell {cell} that steps away from its first value; "
            "this current does not change."
        )
    begin, end = on
    during = recording.window("window", window, slice(end - max((end - begin) // 5, 1), end))
    before = recording.window("baseline", baseline, slice(0, begin))
    others = [j for j in recording.driven if j != cell]
    change = recording.amperes[during].mean(0) - recording.amperes[before].mean(0)
    if change[cell] == 0 or np.any(np.abs(change[others]) > _OTHERS * abs(change[cell])):
        raise ValueError(
            f"window must be one in which the current into cell {cell}, and into no other cell, "
            f"differs from that in the baseline; got the changes {change}."
        )
    return recording.volts[during].mean(0) - recording.volts[before].mean(0), change[cell]


def sinusoid(
    recording: Recording, cell: int, frequency: float, window: Window | None
) -> tuple[np.ndarray, complex]:
    """Return the complex amplitudes of all voltages, and of the current into ``cell``.

    A line and a sinusoid are fitted together by least squares. The window therefore need not
    contain a whole number of cycles.

    Parameters
    ----------
    recording : Recording
    cell : int
    frequency : float
        In cycles per ms, or without a unit where the recording's times have none.
    window : pair of Quantity or None
        By default the second half of the stimulus.
    """
    I = recording.amperes[:, cell]  # noqa: E741
    changed = np.flatnonzero(I[0] != I)
    begin, end = (changed[0], changed[-1] + 1) if len(changed) else (0, len(I))
    part = recording.window("window", window, slice((begin + end) // 2, end))
    step, clock = recording.step, recording.clock
    time = np.arange(part.start, part.stop) * step
    if not 0 < frequency < 0.5 / step:
        raise ValueError(
            f"frequency must be above 0 and below half the sampling rate, "
            f"{_rate(0.5 / step, clock)}; got {_rate(frequency, clock)}."
        )
    if len(time) * step * frequency < 1:
        raise ValueError(
            f"window must hold a cycle of the frequency, {shown(1 / frequency, clock)}; got "
            f"{shown(len(time) * step, clock)}."
        )
    angle = 2 * np.pi * frequency * time
    basis = np.stack([np.ones_like(time), time - time.mean(), np.cos(angle), -np.sin(angle)], 1)
    data = np.column_stack([recording.volts[part], recording.amperes[part]])
    found, _, rank, _ = np.linalg.lstsq(basis, data, rcond=None)
    if rank < basis.shape[1]:
        raise ValueError(
            f"window must hold at least {basis.shape[1]} samples, to which a line and a sinusoid "
            f"can be fitted; got {len(time)}."
        )
    amplitudes = found[2] + 1j * found[3]
    V, current = amplitudes[: recording.n_cells], amplitudes[recording.n_cells :]
    others = np.delete(np.abs(current), cell)
    if abs(current[cell]) <= 1e-9 * max(np.ptp(I), 1e-300) or np.any(
        others > _OTHERS * abs(current[cell])
    ):
        raise ValueError(
            f"recording must have a sinusoidal current of {_rate(frequency, clock)} into cell "
            f"{cell} and into no other; got the amplitudes {np.abs(current)}."
        )
    # The current is constant from one sample to the next. Compared with the sinusoid through its
    # samples, such a current lags by half a sample, and its amplitude is smaller by the factor
    # sin(half) / half.
    half = np.pi * frequency * step
    return V, current[cell] * np.exp(-1j * half) * np.sin(half) / half


def _rate(frequency: float, clock: u.Unit) -> str:
    """Return a frequency in 1/``clock`` as text."""
    return f"{frequency:g}" if clock.is_unitless else f"{1000 * frequency:g} Hz"


def _longest(mask: np.ndarray) -> tuple[int, int] | None:
    """Return where the longest run of True begins and ends, or None if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return None
    begin, end = edges[::2], edges[1::2]
    k = int(np.argmax(end - begin))
    return int(begin[k]), int(end[k])
