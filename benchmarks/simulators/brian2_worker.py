"""Brian2: C++ standalone, junctions as synapses with a summed variable."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from typing import Any

import brian2 as b2
import numpy as np
import task as hh
from driver import Simulator, main
from task import Task

NAME = "Brian2"
EQUATIONS = "the task's"
PACKAGES = ["brian2>=2.9", "numpy<2.4", "setuptools"]  # 2.9 uses what NumPy 2.4 removed
THREADS = "faster"
VARIANTS = {
    "exponential Euler, float64": {"dtype": "float64"},
    "exponential Euler, float32": {"dtype": "float32"},
}
EQUATIONS_OF_CELLS = """
dv/dt = (drive + coupling - g_na*m**3*h*(v - e_na) - g_k*n**4*(v - e_k) - g_l*(v - e_l))/c : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms : Hz
beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms : Hz
beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms : Hz
alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms : Hz
beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms : Hz
drive : amp/meter**2 (constant)
coupling : amp/meter**2
"""


class Brian(Simulator):
    """A program that is written, compiled and run for each run, from time 0 on."""

    version = b2.__version__
    chunk = 2000
    continues = False

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        self._task, self._dtype, self._threads = task, np.dtype(options["dtype"]).type, threads
        self._record = record

    def run(self, steps: int) -> float:
        """Write, compile and run a program; return the seconds of its loop."""
        place = tempfile.mkdtemp()
        try:
            return self._run(steps, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _run(self, steps: int, place: str) -> float:
        task = self._task
        b2.device.reinit()
        b2.set_device("cpp_standalone", directory=place, build_on_run=False)
        b2.prefs.core.default_float_dtype = self._dtype
        b2.prefs.devices.cpp_standalone.openmp_threads = self._threads if self._threads > 1 else 0
        b2.defaultclock.dt = task.dt * b2.ms
        density = b2.msiemens / b2.cm**2
        constants = {
            "g_na": hh.G_NA * density,
            "g_k": hh.G_K * density,
            "g_l": hh.G_L * density,
            "e_na": hh.E_NA * b2.mV,
            "e_k": hh.E_K * b2.mV,
            "e_l": hh.E_L * b2.mV,
            "c": hh.CAPACITANCE * b2.uF / b2.cm**2,
            "g_gap": hh.G_GAP * density,
        }
        cells = b2.NeuronGroup(
            task.n,
            EQUATIONS_OF_CELLS,
            method="exponential_euler",
            threshold="v > 0*mV",
            refractory="v > 0*mV",  # so that it is a crossing from below
            namespace=constants,
        )
        cells.v = task.voltage * b2.mV
        cells.drive = task.current * b2.uA / b2.cm**2
        for gate in "mhn":
            setattr(cells, gate, f"alpha_{gate}/(alpha_{gate} + beta_{gate})")
        gaps = b2.Synapses(
            cells,
            cells,
            "coupling_post = g_gap*(v_pre - v_post) : amp/meter**2 (summed)",
            namespace=constants,
        )
        source, target = task.both_ways
        gaps.connect(i=source, j=target)
        spikes = b2.SpikeMonitor(cells, record=False)
        parts = [cells, gaps, spikes]
        if self._record:
            samples = b2.StateMonitor(cells, "v", record=True, when="start")
            parts.append(samples)
        network = b2.Network(*parts)
        network.run((steps + self._record) * task.dt * b2.ms)
        with contextlib.redirect_stdout(io.StringIO()):
            b2.device.build(directory=place, run=True)
        self._voltages = np.array(cells.v / b2.mV)
        self._spikes = np.array(spikes.count)
        if self._record:
            self._trace = np.array(samples.v / b2.mV).T
        return float(b2.device._last_run_time)

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell in the last run."""
        return self._spikes

    def voltages(self) -> np.ndarray:
        """Return the voltages at the end of the last run, mV."""
        return self._voltages

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        return self._trace


if __name__ == "__main__":
    main(Brian, VARIANTS)
