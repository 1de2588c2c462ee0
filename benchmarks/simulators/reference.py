"""Squid axons for SciPy, the task's converged solution, and how far a run is from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array
from scipy.special import exprel

from simulators import task as hh
from simulators.task import Task

TOLERANCE = 1e-10


def solve(task: Task, steps: int) -> np.ndarray:
    """Return the voltages at time 0 and after each of the task's steps, in mV.

    Dormand & Prince's method of order 8, relative and absolute tolerance 1e-10.
    """
    n = task.n
    source, target = task.both_ways
    adjacency = coo_array((np.ones(len(source)), (target, source)), shape=(n, n)).tocsr()
    degree = np.bincount(target, minlength=n)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        V, gates = y[:n], y[n:].reshape(3, n)
        gap = hh.G_GAP * (adjacency @ V - degree * V)
        return squid_axons(V, gates, task.current + gap)

    start = settled(task.voltage)
    times = np.arange(steps + 1) * task.dt
    found = solve_ivp(
        slope, (0.0, times[-1]), start, "DOP853", times, rtol=TOLERANCE, atol=TOLERANCE
    )
    if not found.success:
        raise ArithmeticError(found.message)
    return found.y[:n].T


def squid_axons(V: np.ndarray, gates: np.ndarray, current: np.ndarray) -> np.ndarray:
    """Return the slopes of V in mV/ms and of the gates m, h and n in 1/ms, in one row.

    Parameters
    ----------
    V : numpy.ndarray, shape (n,)
        In mV.
    gates : numpy.ndarray, shape (3, n)
    current : numpy.ndarray, shape (n,)
        What flows in besides the cells' own, in uA/cm2.
    """
    m, h, n = gates
    ionic = (
        hh.G_NA * m**3 * h * (V - hh.E_NA) + hh.G_K * n**4 * (V - hh.E_K) + hh.G_L * (V - hh.E_L)
    )
    alpha, beta = rates(V)
    rise = alpha * (1 - gates) - beta * gates
    return np.concatenate([(current - ionic) / hh.CAPACITANCE, rise.ravel()])


def settled(V: np.ndarray) -> np.ndarray:
    """Return voltages and the gates' steady states for them, in one row."""
    alpha, beta = rates(V)
    return np.concatenate([V, (alpha / (alpha + beta)).ravel()])


def rates(V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the opening and the closing rates of m, h and n, per ms."""
    alpha = [
        1 / exprel(-(V + 40) / 10),
        0.07 * np.exp(-(V + 65) / 20),
        0.1 / exprel(-(V + 55) / 10),
    ]
    beta = [
        4 * np.exp(-(V + 65) / 18),
        1 / (1 + np.exp(-(V + 35) / 10)),
        0.125 * np.exp(-(V + 65) / 80),
    ]
    return np.array(alpha), np.array(beta)


def spike_times(trace: np.ndarray, dt: float) -> list[np.ndarray]:
    """Return when each cell crosses 0 mV from below, in ms, interpolated within the step."""
    rows, cells = np.nonzero((trace[:-1] < 0) & (trace[1:] >= 0))
    before, after = trace[rows, cells], trace[rows + 1, cells]
    times = dt * (rows + before / (before - after))
    return [np.sort(times[cells == cell]) for cell in range(trace.shape[1])]


def compare(trace: np.ndarray, converged: np.ndarray, dt: float) -> dict[str, Any]:
    """Return how far a run is from a converged one.

    Returns
    -------
    dict
        ``rms_mv`` over cells and times; ``spike_us``, the mean distance of a spike from the same
        spike in the converged run; ``spikes`` of the converged run, and ``unmatched``, those that
        only one of the two has.
    """
    got, want = spike_times(trace, dt), spike_times(converged, dt)
    apart, unmatched = [], 0
    for ours, theirs in zip(got, want, strict=True):
        common = min(len(ours), len(theirs))
        apart.append(np.abs(ours[:common] - theirs[:common]))
        unmatched += abs(len(ours) - len(theirs))
    distances = np.concatenate(apart)
    return {
        "rms_mv": float(np.sqrt(np.mean((trace - converged) ** 2))),
        "spike_us": float(1000 * distances.mean()) if distances.size else None,
        "spikes": sum(map(len, want)),
        "unmatched": unmatched,
    }
