"""Pairs of squid axons with a conductance between them, for the library and for NEURON."""

import dataclasses

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import L_HH1952

from .cells import AREA, CELLS, DENSITY, FOREVER

# The step, in ms, for which kappa = dt g / C is said.
STEP = 0.025
CAPACITANCE = 1.0  # uF/cm2
# One cell is driven; later a strong pulse reaches the other one. As in NEURON's jobs.
PULSES = ((5, FOREVER, 10, 0), (25, 27, 30, 1))


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two cells, coupled.

    Parameters
    ----------
    title : str
        What it is, for a table.
    g : float
        Coupling conductance in mS/cm2.
    pulses : tuple
        ``(start, stop, uA/cm2)`` into both cells, or with a fourth entry into that one.
    duration : float
        In ms.
    channels : bool
        Whether the membranes have any.
    """

    title: str
    g: float
    pulses: tuple = PULSES
    duration: float = 45.0
    channels: bool = True

    @property
    def job(self):
        """The run in NEURON, by LinearMechanism."""
        return self.job_by("matrix")

    def job_by(self, by, **method):
        """Return a run in NEURON, with the cells coupled in one way; None leaves one cell alone."""
        cell = CELLS["axon"].job | {"pulses": self.pulses, "duration": self.duration}
        if not self.channels:
            cell |= {"insert": {}, "segment": {}}
        if by is not None:
            cell["coupling"] = {"g": self.g, "by": by}
        return cell | ({"method": method} if method else {})

    def run(self, solver, dt, coupling="implicit"):
        """Return V in mV after each step of ``dt`` ms; index 0 is the start.

        Of shape (samples, 2). Without ``coupling`` the two cells stand alone.
        """
        cells = self._cells(solver)
        junctions = []
        drive = jnp.asarray(self.drive(np.arange(round(self.duration / dt)) * dt))

        def step(x):
            for junction in junctions:
                junction()
            cells(x)
            return cells.V.value.to_decimal(u.mV)

        with brainstate.environ.context(dt=dt * u.ms):
            if coupling is not None:
                g = self.g * DENSITY
                gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), g, coupling=coupling)
                junctions.append(gap)
            cells.init_state()
            first = cells.V.value.to_decimal(u.mV)
            rest = brainstate.transform.for_loop(step, drive * (u.uA / AREA))
        return np.concatenate([[first], rest])

    def drive(self, times):
        """Return the current in uA/cm2 that is put in from each of ``times`` on, shape (T, 2)."""
        density = np.zeros((len(times), 2))
        for start, stop, value, *which in self.pulses:
            # Times are multiples of steps, to rounding.
            on = (times > start - 1e-6) & (times < stop - 1e-6)
            density[np.ix_(on, which or [0, 1])] += value
        return density

    def current(self, v):
        """Return the current from the first cell into the second, in uA/cm2."""
        return self.g * (v[:, 0] - v[:, 1])

    def _cells(self, solver):
        if self.channels:
            return gj.neurons.HH1952(2, solver=solver)
        closed = {"leak": L_HH1952(2, g_max=0.0 * DENSITY)}
        return gj.PointNeuron(2, CAPACITANCE * u.uF / AREA, closed, solver=solver)


def strong(kappa, **more):
    """Return a pair by its kappa."""
    g = kappa * CAPACITANCE / STEP
    title = f"{g:g} mS/cm2: kappa = {kappa:g} at dt = {STEP} ms"
    return Pair(title, g, **more)


def alike(kappa, channels=True):
    """Return a pair of identical cells that are driven alike."""
    return strong(kappa, pulses=((0, FOREVER, 10),), duration=10.0, channels=channels)


PAIRS = {
    "weak": Pair("0.1 mS/cm2: spikes follow after 2 ms", 0.1),
    "kappa-0.1": strong(0.1),
    "kappa-1": strong(1),
    "kappa-10": strong(10),
}
