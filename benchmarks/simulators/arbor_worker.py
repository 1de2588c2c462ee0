"""Arbor: cable cells of one compartment, its `hh` and its `gj`."""

from __future__ import annotations

import math
from typing import Any

import arbor
import arbor_jobs
import numpy as np
import task as hh
from arbor import units as au
from arbor_jobs import HERE, Cells, junction, samples
from driver import Simulator, Stopwatch, main
from task import AREA, Task

NAME = "Arbor"
EQUATIONS = "the task's"
PACKAGES = ["arbor>=0.12"]
THREADS = "faster"
VARIANTS = {"its fixed step, float64": {}}


class Network(Cells):
    """The network, cell by cell."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.n, 1e4 * math.sqrt(AREA / math.pi))
        self.task = task
        self.source, target = task.both_ways
        self.first = np.searchsorted(target, np.arange(task.n + 1))

    def cell_description(self, gid: int) -> Any:
        decor = arbor.decor()
        decor.set_property(
            Vm=self.task.voltage[gid] * au.mV,
            cm=1e-2 * hh.CAPACITANCE * au.F / au.m2,
            tempK=(hh.CELSIUS + 273.15) * au.Kelvin,
        )
        decor.set_ion("na", rev_pot=hh.E_NA * au.mV)
        decor.set_ion("k", rev_pot=hh.E_K * au.mV)
        densities = {"gnabar": hh.G_NA, "gkbar": hh.G_K, "gl": hh.G_L}
        densities = {name: 1e-3 * value for name, value in densities.items()}  # S/cm2
        decor.paint("(all)", arbor.density("hh", {"el": hh.E_L, **densities}))
        decor.place(HERE, arbor.i_clamp(1e3 * AREA * self.task.current[gid] * au.nA))
        decor.place(HERE, arbor.junction("gj", {"g": 1.0}), "gap")
        decor.place(HERE, arbor.threshold_detector(0 * au.mV), "spikes")
        return self.cell(decor)

    def gap_junctions_on(self, gid: int) -> list[Any]:
        microsiemens = 1e3 * hh.G_GAP * AREA
        peers = self.source[self.first[gid] : self.first[gid + 1]]
        return [junction(int(peer), microsiemens) for peer in peers]


class Arbor(Simulator):
    """A simulation on some threads; coupled cells are always one group."""

    version = arbor.__version__

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        self._n, self._dt, self._steps = task.n, task.dt, 0
        self._simulation = arbor.simulation(Network(task), arbor.context(threads=threads))
        # "all" would keep only the spikes that synapses send on, and here are none.
        self._simulation.record(arbor.spike_recording.local)
        # Now and then a voltage of some, to see that all is well, or else all of all.
        every = arbor.regular_schedule((task.dt if record else 1.0) * au.ms)
        cells = range(task.n if record else min(task.n, 100))
        self._handles = [self._simulation.sample((gid, "V"), every) for gid in cells]

    def run(self, steps: int) -> float:
        """Go on to a later time."""
        self._steps += steps
        with Stopwatch() as watch:
            self._simulation.run(self._steps * self._dt * au.ms, self._dt * au.ms)
        return watch.seconds

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell."""
        found = self._simulation.spikes()["source"]["gid"]
        return np.bincount(found, minlength=self._n)

    def voltages(self) -> np.ndarray:
        """Return the last voltages of the first cells, mV."""
        return self._samples()[-1]

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        # The last step's sample belongs to a run that goes on.
        self.run(1)
        return self._samples()[: self._steps]

    def _samples(self) -> np.ndarray:
        return samples(self._simulation, self._handles)


if __name__ == "__main__":
    main(Arbor, VARIANTS, arbor_jobs.run)
