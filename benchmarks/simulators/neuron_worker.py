"""NEURON: sections of one segment, its `hh`, and voltages sent by ParallelContext."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

import neuron
import numpy as np
import task as hh
from driver import Simulator, Stopwatch, main
from neuron import coreneuron, h
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
MECHANISM = Path(__file__).with_name("halfgap.mod")


def compiled() -> Path:
    """Return the folder of the compiled mechanism, which is made once per environment."""
    key = f"{neuron.__version__} {sys.version}".encode() + MECHANISM.read_bytes()
    place = Path(sys.prefix) / f"mechanism-{hashlib.sha256(key).hexdigest()[:12]}"
    if not place.exists():
        if not os.environ.get("CXX") and not any(map(shutil.which, ("c++", "g++", "clang++"))):
            raise RuntimeError("NEURON's mechanisms need a C++ compiler, and there is none")
        # Made elsewhere and renamed, so that what is found there is whole.
        with tempfile.TemporaryDirectory(dir=sys.prefix) as made:
            shutil.copy(MECHANISM, made)
            nrnivmodl = Path(sysconfig.get_path("scripts")) / "nrnivmodl"
            command = [sys.executable, str(nrnivmodl), "-coreneuron"]
            subprocess.run(command, cwd=made, check=True, stdout=sys.stderr)
            Path(made).rename(place)
    return place


class Neuron(Simulator):
    """One section per cell, and a HalfGap per direction of a junction."""

    version = neuron.__version__

    @classmethod
    def prepare(cls) -> None:
        """Compile the mechanism."""
        compiled()

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        neuron.load_mechanisms(str(compiled()), False)
        self._pc = h.ParallelContext()
        h.celsius, h.dt, h.secondorder = hh.CELSIUS, task.dt, options["secondorder"]
        self._dt, self._steps = task.dt, 0
        self._cells = [self._cell(gid, task) for gid in range(task.n)]
        self._clamps = [self._clamp(cell, task.current[g]) for g, cell in enumerate(self._cells)]
        self._gaps = [self._gap(*ids) for ids in np.stack(task.both_ways, axis=1).tolist()]
        self._pc.setup_transfer()
        self._times, self._ids = h.Vector(), h.Vector()
        self._pc.spike_record(-1, self._times, self._ids)
        self._pc.set_maxstep(10)
        self._samples = []
        if record:
            self._samples = [h.Vector().record(cell(0.5)._ref_v) for cell in self._cells]
        if options.get("core"):
            (os.environ["CORENEURONLIB"],) = map(str, compiled().glob("*/libcorenrnmech.*"))
            coreneuron.enable, coreneuron.verbose = True, 0
        self._pc.nthread(threads)
        h.finitialize()  # without a voltage: each cell's own

    def _cell(self, gid: int, task: Task) -> Any:
        cell = h.Section(name=f"cell{gid}")
        cell.L = cell.diam = 1e4 * math.sqrt(AREA / math.pi)
        cell.cm = hh.CAPACITANCE
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

    def _clamp(self, cell: Any, density: float) -> Any:
        clamp = h.IClamp(cell(0.5))
        clamp.delay, clamp.dur, clamp.amp = 0, 1e9, 1e3 * AREA * density
        return clamp

    def _gap(self, source: int, target: int) -> Any:
        gap = h.HalfGap(self._cells[target](0.5))
        gap.g = 1e3 * AREA * hh.G_GAP
        self._pc.target_var(gap, gap._ref_vgap, source)
        return gap

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
    main(Neuron, VARIANTS)
