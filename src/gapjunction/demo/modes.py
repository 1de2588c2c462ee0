"""The patterns in which voltages change together, and the rhythm of the change."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

# Smaller changes (mV) than this are rounding errors of float32 at voltages of hundreds of mV.
NOISE: Final = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class Modes:
    """The dominant modes of a set of traces.

    Attributes
    ----------
    share : numpy.ndarray, shape (n_modes,)
        Part of the variance in each mode, from large to small.
    shapes : numpy.ndarray, shape (n_modes, n_traces)
        The pattern of each mode; unit vectors.
    scores : numpy.ndarray, shape (n_times, n_modes)
        Amount of each mode at each time, in the unit of the traces.
    amplitude : float
        Largest departure of any trace from its mean.
    period : float or None
        Time of one turn in the plane of the first two modes; None without a lasting oscillation.
    behaviour : str
        ``'at rest'``, ``'oscillation'``, ``'decaying'`` or ``'irregular'``.
    """

    share: np.ndarray
    shapes: np.ndarray
    scores: np.ndarray
    amplitude: float
    period: float | None
    behaviour: str


def find_modes(time: np.ndarray, traces: np.ndarray) -> Modes:
    """Split traces into modes by a singular value decomposition about their mean.

    Parameters
    ----------
    time : numpy.ndarray, shape (n_times,)
        Times of the samples.
    traces : numpy.ndarray, shape (n_times, n_traces)
        Voltages after the transient.

    Returns
    -------
    Modes

    Examples
    --------
    Two cells in quadrature, four turns:

    >>> t = np.linspace(0, 2, 201)
    >>> traces = np.stack([np.cos(4 * np.pi * t), 0.5 * np.sin(4 * np.pi * t)], axis=1)
    >>> modes = find_modes(t, traces)
    >>> modes.behaviour, round(modes.period, 3), modes.share.round(2).tolist()
    ('oscillation', 0.5, [0.8, 0.2])
    """
    deviations = np.asarray(traces, np.float64)
    deviations = deviations - deviations.mean(axis=0)
    left, size, shapes = np.linalg.svd(deviations, full_matrices=False)
    # The sign of a mode is arbitrary; here its largest entry is made positive.
    peak = np.take_along_axis(shapes, np.abs(shapes).argmax(axis=1)[:, None], axis=1)
    sign = np.where(peak[:, 0] < 0, -1.0, 1.0)
    power = size**2
    share = power / power.sum() if power.sum() > 0 else power
    amplitude = float(np.abs(deviations).max())
    period, behaviour = _rhythm(time, left[:, :2], size, amplitude)
    return Modes(share, shapes * sign[:, None], left * size * sign, amplitude, period, behaviour)


def _rhythm(
    time: np.ndarray, plane: np.ndarray, size: np.ndarray, amplitude: float
) -> tuple[float | None, str]:
    """Return the period, if any, and the kind of the trajectory in the plane of two modes.

    In ``plane`` both modes are scaled to unit length.
    """
    if amplitude < NOISE:
        return None, "at rest"
    if plane.shape[1] < 2 or size[1] < 1e-3 * size[0]:
        return None, "decaying"  # along a line towards a fixed point
    third = len(plane) // 3
    radius = np.linalg.norm(plane, axis=1)
    if radius[-third:].mean() < 0.5 * radius[:third].mean():
        return None, "decaying"
    angle = np.unwrap(np.arctan2(plane[:, 1], plane[:, 0]))
    speed, start = np.polyfit(time, angle, 1)
    wobble = np.abs(angle - (speed * time + start)).max()
    turns = abs(angle[-1] - angle[0]) / (2 * np.pi)
    if turns < 1.5 or wobble > np.pi:
        return None, "irregular"
    return float(2 * np.pi / abs(speed)), "oscillation"
