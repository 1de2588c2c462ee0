"""NEST: hh_psc_alpha_gap, a fast-spiking cell, with waveform relaxation or without."""

from __future__ import annotations

from typing import Any

import nest
import nest_jobs
import numpy as np
import task as hh
from driver import Simulator, Stopwatch, main
from nest_jobs import couple, recorder, samples, start
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
        steps_per_ms = round(1 / task.dt)
        start(
            1 / steps_per_ms,
            25 * steps_per_ms,
            options["relaxation"],
            local_num_threads=threads,
        )
        self._start = between(*START, task.start)
        self._cells = nest.Create(nest_jobs.MODEL, task.n)
        self._cells.set(I_e=between(*DRIVE, task.drive), V_m=self._start)
        ids = np.array(self._cells.tolist())
        source, target = task.both_ways
        # The conductance is to the capacitance as in the task; in nS.
        couple(ids[source], ids[target], hh.G_GAP / hh.CAPACITANCE * CAPACITANCE)
        self._recorder = nest.Create("spike_recorder")
        nest.Connect(self._cells, self._recorder)
        self._dt, self._steps = nest.resolution, 0
        if record:
            self._meter = recorder(self._cells, ["V_m"], self._dt)
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
        _, found = samples(self._meter, self._cells, steps)
        return np.vstack([self._start, found["V_m"]])


if __name__ == "__main__":
    main(Nest, VARIANTS, nest_jobs.run)
