"""Cells of Mancilla et al. (2007) with a gap junction, for the library, for NEST and for SciPy."""

import dataclasses

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from simulators import nest_peer

from .convergence import EVERY, errors

# NEST's default V_m in mV: where this cell rests without input.
REST = -69.60401191631222
# As fine as NEST goes: errors are then those of its adaptive steps, 1e-6 mV in each.
TIGHT = {"tol": 1e-12, "max_iterations": 100, "interpolation_order": 3}
# What NEST's example and test of the model use.
USUAL = {"tol": 1e-4, "max_iterations": 10, "interpolation_order": 3}
GATES = {"m": "na", "h": "na", "n": "kv1", "p": "kv3"}


@dataclasses.dataclass(frozen=True)
class Pair:
    """Cells, and what is done to them.

    Parameters
    ----------
    title : str
        What it is, for a table.
    drive : tuple of float
        Current into each cell, in pA.
    weight : float, optional
        Conductance of the junction in nS; without it there is none.
    duration : float
        In ms.
    start : tuple, optional
        Voltages to start from in mV, or None for rest. Gates start as they are at rest.
    """

    title: str
    drive: tuple[float, ...]
    weight: float | None
    duration: float
    start: tuple[float | None, ...] | None = None

    @property
    def voltages(self):
        """Voltages that the cells start from, in mV."""
        given = self.start or (None,) * len(self.drive)
        return np.array([REST if start is None else start for start in given])

    def job(self, resolution, waveform, every=None):
        """Return the run in NEST."""
        return {
            "drive": self.drive,
            "start": self.start or (None,) * len(self.drive),
            "weight": self.weight,
            "duration": self.duration,
            "resolution": resolution,
            "every": every or resolution,
            "waveform": waveform,
        }

    def run(self, solver, coupling, dt):
        """Return the library's V and gates, of shape (samples, cells) as from NEST."""
        neuron = gj.neurons.Mancilla2007(len(self.drive), solver=solver)
        gap = None
        if self.weight is not None:
            gap = gj.SymmetryGapJunction(
                neuron, "V", ([0], [1]), self.weight * u.nS, coupling=coupling
            )
        neuron.init_state()
        neuron.V.value = jnp.asarray(self.voltages) * u.mV
        if solver == "staggered":
            # Gates are then half a step behind, for the first step to put them half a step
            # ahead. At rest that changes nothing.
            with brainstate.environ.context(dt=-dt / 2 * u.ms):
                for channel in neuron.channels.values():
                    channel.update(neuron.V.value)
        drive = np.array(self.drive) * u.pA

        def now():
            gates = neuron.gates()
            found = {name: gates[channel][name] for name, channel in GATES.items()}
            return found | {"V": neuron.V.value.to_decimal(u.mV)}

        def step(i):
            with brainstate.environ.context(dt=dt * u.ms, i=i, t=i * dt * u.ms):
                if gap is not None:
                    gap()
                neuron(drive)
            return now()

        first = now()
        rest = brainstate.transform.for_loop(step, jnp.arange(round(self.duration / dt)))
        return {name: np.concatenate([first[name][None], rest[name]]) for name in first}

    def by_scipy(self, every, method="DOP853", tolerance=1e-10):
        """Return V by SciPy, from the equations as they are written."""
        n, drive = len(self.drive), np.array(self.drive)
        opening, closing = rates(np.full(n, REST))
        start = np.concatenate([[self.voltages], opening / (opening + closing)])

        def slope(_, flat):
            V, m, h, k, p = y = flat.reshape(5, n)
            ionic = 4500 * m**3 * h * (V - 74) + (9 * k**4 + 9000 * p**2) * (V + 90)
            current = drive - ionic - 10 * (V + 70)
            if self.weight is not None:
                current += self.weight * (V[::-1] - V)
            opening, closing = rates(V)
            gates = opening * (1 - y[1:]) - closing * y[1:]
            return np.concatenate([[current / 40], gates]).ravel()

        times = np.arange(round(self.duration / every) + 1) * every
        # Rounding must not put the last sample behind the end.
        span = (0, max(self.duration, times[-1]))
        found = solve_ivp(
            slope,
            span,
            start.ravel(),
            method=method,
            t_eval=times,
            rtol=tolerance,
            atol=tolerance,
        )
        return found.y.reshape(5, n, -1)[0].T

    def reference(self):
        """Return NEST's solution as tight as it gets, and how far SciPy's is from it."""
        exact = nest_peer.run({"tight": self.job(EVERY, TIGHT)})["tight"]
        return exact, errors(self.by_scipy(EVERY), exact["V"], EVERY)


def rates(V):
    """Return opening and closing rates of m, h, n and p, in 1/ms."""
    opening = [
        40 * (V - 75.5) / -np.expm1(-(V - 75.5) / 13.5),
        0.0035 * np.exp(-V / 24.186),
        0.014 * (V + 44) / -np.expm1(-(V + 44) / 2.3),
        (V - 95) / -np.expm1(-(V - 95) / 11.8),
    ]
    closing = [
        1.2262 * np.exp(-V / 42.248),
        0.017 * (V + 51.25) / -np.expm1(-(V + 51.25) / 5.2),
        0.0043 * np.exp(-(V + 44) / 34),
        0.025 * np.exp(-V / 22.222),
    ]
    return np.array(opening), np.array(closing)


# NEST's own test of the model.
DRIVEN = Pair("one of two is driven, 200 pA, 20 nS", (200, 0), 20, duration=20.0)
PAIRS = {
    "alone": Pair("one cell, 200 pA, no junction", (200,), None, duration=15.0),
    "driven": DRIVEN,
    "below": dataclasses.replace(
        DRIVEN, title=f"{DRIVEN.title}, until 10 ms: below threshold", duration=10.0
    ),
    "stiff": dataclasses.replace(
        DRIVEN, title="one of two is driven, 200 pA, 2000 nS", weight=2000
    ),
    # NEST's example, at its weight and at that of the test.
    "weak": Pair("two that start apart, 100 pA each, 0.5 nS", (100, 100), 0.5, 351.0, (-10, None)),
    "strong": Pair("two that start apart, 100 pA each, 20 nS", (100, 100), 20, 351.0, (-10, None)),
}

# The voltage of the cell without drive, in mV, after so many steps of 0.1 ms: what NEST's test of
# the model (test_hh_psc_alpha_gap) expects to 1 in 10,000.
PUBLISHED = {1: -69.592, 15: -68.136, 120: 62.019, 131: -83.787, 199: -69.464}
