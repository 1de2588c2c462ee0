"""The loop of the two libraries that run on `brainstate`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from driver import Simulator, Stopwatch
from task import Task


class StateLoop(Simulator):
    """A model of cells and junctions under a constant current, spikes counted in the loop."""

    chunk = 4000  # one call of a compiled loop, long beside what the call itself costs
    package: str

    def __init__(self, task: Task, options: dict[str, Any], threads: int, record: bool) -> None:
        jax.config.update("jax_enable_x64", options["bits"] == 64)
        brainstate.environ.set(precision=options["bits"], dt=task.dt * u.ms)
        self.version = version(self.package)
        cells, gaps, drive = self.build(task, options)
        brainstate.nn.init_all_states([cells, gaps])
        self._cells = cells
        self._counts = brainstate.ShortTermState(jnp.zeros(task.n, jnp.int32))
        self._loops: dict[int, Callable[[], Any]] = {}
        self._kept = [self.voltages()[None]]

        def step(i: Any) -> Any:
            with brainstate.environ.context(i=i, t=i * brainstate.environ.get_dt()):
                gaps()
                spikes = cells(drive)
            self._counts.value += (spikes > 0.5).astype(jnp.int32)
            return cells.V.value.to_decimal(u.mV) if record else None

        self._step = step

    def build(self, task: Task, options: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Return cells, junctions and the current into the cells."""
        raise NotImplementedError

    def run(self, steps: int) -> float:
        """Take steps; each chunk is one call of a loop compiled for its length."""
        with Stopwatch() as watch:
            for length in [self.chunk] * (steps // self.chunk) + [steps % self.chunk]:
                if length:
                    kept = self._loop(length)()
                    if kept is not None:
                        self._kept.append(np.asarray(kept))
            jax.block_until_ready(self._cells.V.value)
        return watch.seconds

    def _loop(self, length: int) -> Callable[[], Any]:
        if length not in self._loops:
            indices = jnp.arange(length)
            self._loops[length] = brainstate.transform.jit(
                lambda: brainstate.transform.for_loop(self._step, indices)
            )
        return self._loops[length]

    def spikes(self) -> np.ndarray:
        """Return the number of spikes of each cell."""
        return np.asarray(self._counts.value)

    def voltages(self) -> np.ndarray:
        """Return the voltages now, mV."""
        return np.asarray(self._cells.V.value.to_decimal(u.mV))

    def trace(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step."""
        return np.concatenate(self._kept)
