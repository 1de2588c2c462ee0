"""NEURON: sections of one segment, its `hh`, and voltages sent by ParallelContext."""

from __future__ import annotations

import math
import os
from typing import Any

# Before NEURON is imported: without the option it looks for a display and warns.
os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

import neuron
import neuron_jobs
import numpy as np
import task as hh
from driver import Simulator, Stopwatch, main
from neuron import coreneuron, h
from neuron_jobs import compartments, electrode, half_gap
from neuron_mechanisms import compiled
from task import AREA, Task

NAME = "NEURON"
EQUATIONS = "the task's"
PACKAGES = ["neuron>=9"]
THREADS = "faster"
VARIANTS = {
    "implicit Euler, float64": {"secondorder": 0},
    "Crank-Nicolson, float64": {"secondorder": 2},
    "CoreNEURON, implicit Euler, float64": {"secondorder": 0, "core": True},
}
FOREVER = 1e9  # ms


class Neuron(Simulator):
    """One section per cell, and a HalfGap per direction of a junction."""

    version = neuron.__version__

    @classmethod
    def prepare(cls) -> None:
        """Compile the mechanism."""
        cls.mechanism = compiled(neuron.__version__, "halfgap", core=True)

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        neuron.load_mechanisms(str(self.mechanism), False)
        self._pc = h.ParallelContext()
        h.celsius, h.dt, h.secondorder = hh.CELSIUS, task.dt, options["secondorder"]
        self._dt, self._steps = task.dt, 0
        self._cells = [self._cell(gid, task) for gid in range(task.n)]
        self._clamps = [
            electrode(cell(0.5), 0, FOREVER, 1e3 * AREA * density)
            for cell, density in zip(self._cells, task.current, strict=True)
        ]
        self._gaps = [self._gap(*ids) for ids in np.stack(task.both_ways, axis=1).tolist()]
        self._pc.setup_transfer()
        self._times, self._ids = h.Vector(), h.Vector()
        self._pc.spike_record(-1, self._times, self._ids)
        self._pc.set_maxstep(10)
        self._samples = []
        if record:
            self._samples = [h.Vector().record(cell(0.5)._ref_v) for cell in self._cells]
        if options.get("core"):
            (os.environ["CORENEURONLIB"],) = map(str, self.mechanism.glob("*/libcorenrnmech.*"))
            coreneuron.enable, coreneuron.verbose = True, 0
        self._pc.nthread(threads)
        h.finitialize()  # without a voltage: each cell's own

    def _cell(self, gid: int, task: Task) -> Any:
        size = 1e4 * math.sqrt(AREA / math.pi)  # um
        cell = compartments(size, hh.CAPACITANCE, name=f"cell{gid}")
        cell.insert("hh")
        here = cell(0.5)
        here.hh.gnabar, here.hh.gkbar, here.hh.gl = 1e-3 * hh.G_NA, 1e-3 * hh.G_K, 1e-3 * hh.G_L
        here.hh.el, here.ena, here.ek = hh.E_L, hh.E_NA, hh.E_K
        here.v = task.voltage[gid]
        detector = h.NetCon(here._ref_v, None, sec=cell)
        detector.threshold = 0
        self._pc.set_gid2node(gid, self._pc.id())
        self._pc.cell(gid, detector)
        self._pc.source_var(here._ref_v, gid, sec=cell)
        return cell

    def _gap(self, source: int, target: int) -> Any:
        return half_gap(self._pc, self._cells[target](0.5), 1e3 * AREA * hh.G_GAP, source)

    def run(self, steps: int) -> float:
        """Go on to a later time."""
        self._steps += steps
        with Stopwatch() as watch:
            self._pc.psolve(self._steps * self._dt)
        return watch.seconds

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell."""
        return np.bincount(np.array(self._ids, int), minlength=len(self._cells))

    def voltages(self) -> np.ndarray:
        """Return the voltages now, mV."""
        return np.array([cell(0.5).v for cell in self._cells])

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        return np.stack([np.array(samples) for samples in self._samples], axis=1)


if __name__ == "__main__":
    main(Neuron, VARIANTS, neuron_jobs.run)
