"""Two passive cells with a gap junction, for the library, for Arbor, and in closed form."""

import dataclasses
import math

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u
from scipy.linalg import expm

import gapjunction as gj


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two passive cells of 1 uF/cm2, of which the first gets a current.

    Parameters
    ----------
    leak : float
        Conductance in mS/cm2.
    rest : float
        In mV; where both start.
    area : float
        In um2.
    junction : float
        Conductance in nS.
    current : float
        In pA.
    duration : float
        In ms.
    """

    leak: float = 0.1
    rest: float = -65.0
    area: float = 1000.0
    junction: float = 2.0
    current: float = 20.0
    duration: float = 400.0

    @property
    def density(self):
        """The junction's conductance in mS/cm2, and the current in uA/cm2."""
        return 100 * self.junction / self.area, 100 * self.current / self.area

    @property
    def matrix(self):
        """Conductances between the nodes of the circuit, in mS/cm2."""
        g, _ = self.density
        return np.array([[self.leak + g, -g], [-g, self.leak + g]])

    @property
    def steady_state(self):
        """Voltages that the circuit comes to, in mV."""
        _, x = self.density
        return np.linalg.solve(self.matrix, [self.leak * self.rest + x, self.leak * self.rest])

    def times(self, dt):
        """Return the times of the samples in ms."""
        return np.arange(round(self.duration / dt) + 1) * dt

    def exact(self, times):
        """Return V in mV, shape (samples, 2)."""
        end, start = self.steady_state, np.full(2, self.rest)
        step = expm(-self.matrix * (times[1] - times[0]))
        away = [start - end]
        for _ in times[1:]:
            away.append(step @ away[-1])
        return end + np.array(away)

    def job(self, dt):
        """Return the run in Arbor."""
        return {
            "start": [self.rest, self.rest],
            "size": math.sqrt(self.area / math.pi),
            "mechanism": f"pas/e={self.rest}",
            "parameters": {"g": 1e-3 * self.leak},
            "current": [1e-3 * self.current, 0.0],
            "junction": 1e-3 * self.junction,
            "dt": dt,
            "steps": round(self.duration / dt),
        }

    def run(self, solver, coupling, dt):
        """Return the library's V in mV, shape (samples, 2)."""
        g, x = self.density
        density = u.mS / u.cm**2
        leak = gj.ion_channels.Channel(2, g_max=self.leak * density, E=self.rest * u.mV)
        cells = gj.PointNeuron(2, 1 * u.uF / u.cm**2, {"leak": leak}, solver)
        drive = jnp.array([x, 0.0]) * u.uA / u.cm**2
        with brainstate.environ.context(dt=dt * u.ms):
            gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), g * density, coupling=coupling)
            cells.init_state()
            cells.V.value = np.full(2, self.rest) * u.mV

            def step(_):
                gap()
                cells(drive)
                return cells.V.value.to_decimal(u.mV)

            rest = brainstate.transform.for_loop(step, jnp.arange(round(self.duration / dt)))
        return np.concatenate([np.full((1, 2), self.rest), rest])
