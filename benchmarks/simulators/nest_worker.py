"""NEST: hh_psc_alpha_gap, a fast-spiking cell, with waveform relaxation or without."""

from __future__ import annotations

from typing import Any

import nest
import numpy as np
import task as hh
from driver import Simulator, Stopwatch, main
from task import Task, between

NAME = "NEST"
EQUATIONS = "its own"
PACKAGES = ["nest-simulator>=3.10"]
THREADS = "faster"
VARIANTS = {
    "adaptive Runge-Kutta, waveform relaxation, float64": {"relaxation": True},
    "adaptive Runge-Kutta, coupling a step late, float64": {"relaxation": False},
}
DRIVE = 200.0, 450.0  # pA
START = -75.0, -65.0  # mV
CAPACITANCE = 40.0  # pF, the model's own


class Nest(Simulator):
    """The kernel, which is one per process."""

    version = nest.__version__

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        nest.ResetKernel()
        nest.verbosity = nest.VerbosityLevel.ERROR
        steps_per_ms = round(1 / task.dt)
        nest.set(tics_per_ms=25 * steps_per_ms, resolution=1 / steps_per_ms)
        nest.set(local_num_threads=threads, use_wfr=options["relaxation"])
        self._cells = nest.Create("hh_psc_alpha_gap", task.n)
        self._cells.set(I_e=between(*DRIVE, task.drive), V_m=between(*START, task.start))
        ids = np.array(self._cells.tolist())
        source, target = task.both_ways
        # The conductance is to the capacitance as in the task.
        weight = hh.G_GAP / hh.CAPACITANCE * CAPACITANCE  # nS
        nest.Connect(
            ids[source],
            ids[target],
            "one_to_one",
            {"synapse_model": "gap_junction", "weight": np.full(len(source), weight)},
        )
        self._recorder = nest.Create("spike_recorder")
        nest.Connect(self._cells, self._recorder)
        self._start = between(*START, task.start)
        self._dt, self._steps = nest.resolution, 0
        if record:
            self._meter = nest.Create(
                "multimeter", params={"record_from": ["V_m"], "interval": self._dt}
            )
            nest.Connect(self._meter, self._cells)
        nest.Prepare()

    def run(self, steps: int) -> float:
        """Go on to a later time."""
        self._steps += steps
        with Stopwatch() as watch:
            nest.Run(steps * self._dt)
        return watch.seconds

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell."""
        found = self._recorder.events["senders"] - self._cells[0].global_id
        return np.bincount(found, minlength=len(self._cells))

    def voltages(self) -> np.ndarray:
        """Return the voltages now, mV."""
        return np.array(self._cells.V_m)

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        # The meter is some steps late.
        steps = self._steps
        self.run(round(2 / self._dt))
        events = self._meter.events
        order = np.lexsort((events["senders"], events["times"]))
        samples = events["V_m"][order].reshape(-1, len(self._cells))
        return np.vstack([self._start, samples[:steps]])


if __name__ == "__main__":
    main(Nest, VARIANTS)
