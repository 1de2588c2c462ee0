"""A pair of squid axons by SciPy's stiff solver, from the equations written out."""

import itertools

import numpy as np
from scipy.integrate import solve_ivp

from simulators.reference import settled, squid_axons

START = -65.0  # mV


def radau(pair, times, rtol=1e-10, atol=1e-11):
    """Return V of both cells of a :class:`pairs.Pair` in mV, shape (T, 2)."""

    def derivative(_, y, drive):
        v, gates = y[:2], y[2:].reshape(3, 2)
        return squid_axons(v, gates, drive + pair.g * (v[::-1] - v))

    y = settled(np.full(2, START))
    found = np.empty((len(times), 2))
    # The solver must not step over an edge of a pulse.
    edges = {0.0, times[-1]} | {edge for pulse in pair.pulses for edge in pulse[:2]}
    edges = sorted(edge for edge in edges if edge <= times[-1])
    for start, stop in itertools.pairwise(edges):
        (drive,) = pair.drive(np.array([start]))
        options = {"args": (drive,), "dense_output": True, "rtol": rtol, "atol": atol}
        run = solve_ivp(derivative, (start, stop), y, "Radau", **options)
        if not run.success:
            raise RuntimeError(f"Radau: {run.message}")
        inside = (times >= start) & (times <= stop)
        found[inside] = run.sol(times[inside])[:2].T
        y = run.y[:, -1]
    return found
