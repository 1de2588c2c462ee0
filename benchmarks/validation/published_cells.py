"""Cells whose spike times or firing rates others have published.

The cells of Pospischil et al. (2008) are the authors' demonstrations (ModelDB 123623). The
published spike times are those that Open Source Brain expects of NEURON, at first order and dt =
0.001 ms. The rates of Wang & Buzsaki (1996) are read off their figure 1A, to within 3 Hz.
"""

from __future__ import annotations

import argparse

import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
from comparisons.command import double
from comparisons.firing import voltages
from simulators.reference import spike_times
from tables import Table

QUESTION = "Do published cells fire when they were published to?"
# nA, on, off (ms), and the first and the last spike and the number of them, as published.
POSPISCHIL = {
    "RS": (0.75, 300, 700, 320.554, 592.105, 5),
    "FS": (0.5, 300, 700, 317.023, 700.299, 20),
    "IB": (0.15, 500, 2500, 617.725, 672.085, 8),
    "IBR": (0.15, 500, 2500, 617.698, 770.557, 28),
    "LTS": (0.15, 400, 800, 431.423, 720.422, 4),
}
WANG_BUZSAKI = {5.0: 190, 10.0: 285, 15.0: 352}  # uA/cm2: Hz


def measure(options: argparse.Namespace) -> list[Table]:
    """Return spike times and rates."""
    double()
    return [pospischil((0.02,) if options.quick else (0.02, 0.01)), wang_buzsaki()]


def pospischil(steps: tuple[float, ...]) -> Table:
    """Return first and last spikes."""
    rows = []
    for dt in steps:
        cells = [gj.neurons.Pospischil2008(1, kind) for kind in POSPISCHIL]

        def drive(t):
            return [
                jnp.where((t > on) & (t < off), x, 0) * u.nA
                for x, on, off, *_ in POSPISCHIL.values()
            ]

        found = spike_times(voltages(cells, drive, 800, dt), dt)
        for (kind, (*_, first, last, n)), times in zip(POSPISCHIL.items(), found, strict=True):
            rows.append(
                {
                    "cell": kind,
                    "dt, ms": dt,
                    "spikes, published": n,
                    "spikes": len(times),
                    "first, published, ms": f"{first:.3f}",
                    "first, ms": f"{times[0]:.3f}",
                    "last, published, ms": f"{last:.3f}",
                    "last, ms": f"{times[-1]:.3f}",
                    "difference of the last, ms": f"{times[-1] - last:+.3f}",
                }
            )
    return Table(
        "Spike times of Pospischil et al. (2008)",
        rows,
        [
            "The published times are of a first-order method; SciPy's LSODA finds them up to 0.32 "
            "ms later, most in RS, whose last spike comes 135 ms after the one before."
        ],
    )


def wang_buzsaki() -> Table:
    """Return firing rates."""
    currents = np.array([*WANG_BUZSAKI])
    cells = gj.neurons.WangBuzsaki1996(len(currents))
    times = spike_times(voltages([cells], lambda t: [currents * u.uA / u.cm**2], 500, 0.02), 0.02)
    return Table(
        "Firing rates of Wang & Buzsaki (1996)",
        [
            {
                "current, uA/cm2": current,
                "published, Hz": hertz,
                "here, Hz": round(1000 / float(np.diff(found)[-5:].mean()), 1),
            }
            for (current, hertz), found in zip(WANG_BUZSAKI.items(), times, strict=True)
        ],
    )


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
