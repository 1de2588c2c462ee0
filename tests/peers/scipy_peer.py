"""A pair of squid axons by SciPy's stiff solver, from equations written out."""

import itertools

import numpy as np
from scipy.integrate import solve_ivp

# In mS/cm2, mV and uF/cm2: Hodgkin & Huxley 1952, with rest at -65 mV.
SODIUM, POTASSIUM, LEAK = (120, 50), (36, -77), (0.3, -54.387)
CAPACITANCE = 1.0
START = -65.0


def rates(v):
    """Return opening and closing rates of m, h and n, per ms."""
    x, y = v + 40, v + 55
    opening = [0.1 * x / -np.expm1(-x / 10), 0.07 * np.exp(-(v + 65) / 20)]
    closing = [4 * np.exp(-(v + 65) / 18), 1 / (1 + np.exp(-(v + 35) / 10))]
    opening.append(0.01 * y / -np.expm1(-y / 10))
    closing.append(0.125 * np.exp(-(v + 65) / 80))
    return np.array(opening), np.array(closing)


def radau(pair, times, rtol=1e-10, atol=1e-11):
    """Return V of both cells of a :class:`pairs.Pair` in mV, shape (T, 2)."""

    def derivative(_, y, drive):
        v, gates = y[:2], y[2:].reshape(3, 2)
        m, h, n = gates
        current = drive + pair.g * (v[::-1] - v)
        for g, (most, E) in zip((m**3 * h, n**4, 1), (SODIUM, POTASSIUM, LEAK), strict=True):
            current -= most * g * (v - E)
        opening, closing = rates(v)
        change = opening * (1 - gates) - closing * gates
        return np.concatenate([current / CAPACITANCE, change.ravel()])

    v = np.full(2, START)
    opening, closing = rates(v)
    y = np.concatenate([v, (opening / (opening + closing)).ravel()])
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
