"""How the library's solvers approach NEURON's variable-step solution."""

import dataclasses

import numpy as np

from simulators import neuron_peer
from simulators.reference import spike_times

# Between samples of the reference, in ms; steps are multiples of it.
EVERY = 0.0025
# Tolerances of CVODE: the reference, and a looser one that shows how far to trust it.
TIGHT, LOOSER = 1e-10, 1e-9


@dataclasses.dataclass(frozen=True)
class Errors:
    """Of one run against the reference: of V in mV, of the last spike's time in us.

    Of several cells, those of the worst.
    """

    worst: float
    rms: float
    spike: float


def reference(cell):
    """Return NEURON's variable-step solution of a cell by recorded name, and its precision."""
    jobs = {
        str(atol): cell.job | {"every": EVERY, "method": {"atol": atol}} for atol in (TIGHT, LOOSER)
    }
    runs = neuron_peer.run(jobs)
    exact = runs[str(TIGHT)]
    return exact, errors(runs[str(LOOSER)]["v"], exact["v"], EVERY)


def fixed_steps(cell, steps):
    """Return NEURON's solutions by its two fixed-step methods, by (secondorder, dt)."""
    methods = [(order, dt) for order in (0, 2) for dt in steps]
    jobs = {
        f"{order} {dt}": cell.job | {"method": {"dt": dt, "secondorder": order}}
        for order, dt in methods
    }
    runs = neuron_peer.run(jobs)
    return {(order, dt): runs[f"{order} {dt}"] for order, dt in methods}


def errors(v, exact, dt):
    """Compare a voltage after each step of ``dt`` with the reference."""
    exact = exact[:: round(dt / EVERY)]
    difference = v - exact
    return Errors(
        worst=np.abs(difference).max(),
        rms=np.sqrt(np.mean(difference**2)),
        # Both by the same interpolation, whose error drops out.
        spike=np.max(np.abs(last_spike(v) - last_spike(exact))) * dt * 1e3,
    )


def last_spike(v):
    """Return the last upward crossing of 0 mV, in samples; NaN without one.

    Of several cells, in columns, one each.
    """
    if v.ndim == 1:
        return last_spike(v[:, None])[0]
    return np.array([times[-1] if len(times) else np.nan for times in spike_times(v, dt=1)])


def orders(steps, found):
    """Return the observed order between each two successive steps."""
    return np.diff(np.log(found)) / np.diff(np.log(steps))
