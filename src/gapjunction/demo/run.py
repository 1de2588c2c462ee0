"""The simulation loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import brainstate
import numpy as np
import saiunit as u

from gapjunction.demo.worm import NervousSystem

N_CHUNKS = 50
"""How often the progress bar moves."""


class NotFiniteError(ArithmeticError):
    """The voltages ran away."""


@dataclasses.dataclass(frozen=True, eq=False)
class Recording:
    """Voltages over time.

    Attributes
    ----------
    time : numpy.ndarray, shape (n_times,)
        ms; the first is 0, before the first step.
    V : numpy.ndarray, shape (n_times, n_neurons)
        mV.
    """

    time: np.ndarray
    V: np.ndarray


def simulate(
    model: NervousSystem,
    dt: float,
    n_records: int,
    record_every: int,
    progress: Callable[[int], Any] | None = None,
) -> Recording:
    """Run ``n_records * record_every`` steps and record the voltages now and then.

    The loop is compiled once, for a chunk of records, and the chunk is run again and again.

    Parameters
    ----------
    model : NervousSystem
        Its states are initialised here.
    dt : float
        Time step in ms.
    n_records : int
        Number of records after the one of the initial state.
    record_every : int
        Number of steps between records.
    progress : callable, optional
        Called with the number of records that were added.

    Returns
    -------
    Recording

    Raises
    ------
    NotFiniteError
        If a voltage is infinite or NaN.
    """
    per_chunk = -(-n_records // N_CHUNKS)
    steps, records = np.arange(record_every), np.arange(per_chunk)
    with brainstate.environ.context(dt=dt * u.ms):
        brainstate.nn.init_all_states(model)

        def record(index: Any) -> u.Quantity:
            brainstate.transform.for_loop(lambda step: _discard(model.update(step)), steps)
            return model.neurons.V.value

        @brainstate.transform.jit
        def run_chunk() -> u.Quantity:
            return brainstate.transform.for_loop(record, records)

        voltages = [np.asarray(model.neurons.V.value.to_decimal(u.mV))[None]]
        for done in range(0, n_records, per_chunk):
            # A last chunk that is longer than needed is cut: it would cost a second compilation.
            chunk = np.asarray(run_chunk().to_decimal(u.mV))[: n_records - done]
            if not np.isfinite(chunk).all():
                first = np.flatnonzero(~np.isfinite(chunk).all(axis=1))[0] + done + 1
                raise NotFiniteError(
                    f"the voltages are not finite after {first * record_every * dt:g} ms"
                )
            voltages.append(chunk)
            if progress is not None:
                progress(len(chunk))
    time = np.arange(n_records + 1) * (record_every * dt)
    return Recording(time, np.concatenate(voltages))


def _discard(value: Any) -> None:
    """Return nothing, so that the loop does not stack the voltages of every step."""
