"""Arbor from the outside, and two passive cells with a gap junction for it and for the library."""

import dataclasses
import functools
import json
import subprocess
import tempfile
from pathlib import Path

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u
from scipy.linalg import expm

import gapjunction as gj

from .interpreters import python

HERE = Path(__file__).parent


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


@functools.cache
def version():
    """Return Arbor's version, or None and why it cannot be used."""
    command = [python("arbor"), "-c", "import arbor; print(arbor.__version__)"]
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return None, f"Arbor cannot be imported ({last[0]}); pip install arbor"
    return done.stdout.split()[-1], ""


def missing():
    """Return why Arbor cannot run here, or an empty string."""
    return version()[1]


def run(pair, dt):
    """Return Arbor's V in mV at time 0 and after each step, shape (samples, 2)."""
    with tempfile.TemporaryDirectory() as place:
        task, results = Path(place) / "task.json", Path(place) / "results.npy"
        task.write_text(json.dumps(dataclasses.asdict(pair) | {"dt": dt}))
        command = [python("arbor"), str(HERE / "arbor_worker.py"), str(task), str(results)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
        if done.returncode:
            raise RuntimeError(f"Arbor failed:\n{done.stdout}\n{done.stderr}")
        return np.load(results)
