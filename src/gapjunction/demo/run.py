"""The simulation loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction.demo.worm import NervousSystem

N_CHUNKS = 50
"""Number of parts of a simulation, after each of which the progress bar moves."""


class NotFiniteError(ArithmeticError):
    """A voltage became infinite or NaN."""


@dataclasses.dataclass(frozen=True, eq=False)
class Recording:
    """Voltages over time.

    Attributes
    ----------
    time : numpy.ndarray, shape (n_times,)
        Times in ms; the first is 0, before the first step.
    V : numpy.ndarray, shape (n_times, n_neurons)
        Voltages in mV.
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
    """Run ``n_records * record_every`` steps and record the voltages every ``record_every`` steps.

    The loop is compiled once, for a chunk of records, and this is run once for each chunk.

    Parameters
    ----------
    model : NervousSystem
        The model; its states are initialised here.
    dt : float
        Time step in ms.
    n_records : int
        Number of records after the one of the initial state.
    record_every : int
        Number of steps between records.
    progress : callable, optional
        Called after each chunk with the number of records that were added.

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

        def record(index: jax.Array) -> u.Quantity:
            brainstate.transform.for_loop(lambda step: _discard(model.update(step)), steps)
            return model.neurons.V.value

        @brainstate.transform.jit
        def run_chunk() -> u.Quantity:
            return brainstate.transform.for_loop(record, records)

        voltages = [np.asarray(model.neurons.V.value.to_decimal(u.mV))[None]]
        for done in range(0, n_records, per_chunk):
            # The last chunk may be longer than needed and is then cut, because a shorter one would
            # have to be compiled too.
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


def _discard(value: object) -> None:
    """Return nothing, so that the loop does not stack the voltages of every step."""
