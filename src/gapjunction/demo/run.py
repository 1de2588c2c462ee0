"""The simulation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import brainstate
import numpy as np
import saiunit as u

from gapjunction import runs
from gapjunction.demo.worm import NervousSystem

N_CHUNKS: Final = 50
"""Number of parts of a simulation, after each of which the progress bar moves."""

KEPT: Final = 10_000
"""Number of records that are analysed of a run with a folder: its last ones. The folder has all
records, which are not kept in memory."""


class NotFiniteError(ArithmeticError):
    """A voltage became infinite or NaN."""


@dataclasses.dataclass(frozen=True, eq=False)
class Recording:
    """Voltages over time.

    Attributes
    ----------
    time : numpy.ndarray, shape (n_times,)
        Times in ms; the first is 0, before the first step, unless this is only the end of a run.
    V : numpy.ndarray, shape (n_times, n_neurons)
        Voltages in mV.
    rest : numpy.ndarray, shape (n_neurons,)
        Voltages in mV before the first step, at rest without a stimulus.
    """

    time: np.ndarray
    V: np.ndarray
    rest: np.ndarray


def simulate(
    model: NervousSystem,
    dt: float,
    n_records: int,
    record_every: int,
    progress: Callable[[int], Any] | None = None,
    folder: Path | None = None,
) -> Recording:
    """Run ``n_records * record_every`` steps and record the voltages every ``record_every`` steps.

    Parameters
    ----------
    model : NervousSystem
        The model; its states are initialised here.
    dt : float
        Time step in ms.
    n_records : int
        Number of records, not counting the one of the initial state.
    record_every : int
        Number of steps between records.
    progress : callable, optional
        Called after each chunk with the number of records that were added.
    folder : Path, optional
        The folder for checkpoints and the recording, from which a run that was stopped is resumed.

    Returns
    -------
    Recording
        For a long run in a folder, the last records only.

    Raises
    ------
    NotFiniteError
        If a voltage is infinite or NaN.
    """

    def tell(steps: int) -> None:
        if progress is not None:
            progress(steps // record_every)

    with brainstate.environ.context(dt=dt * u.ms):
        brainstate.nn.init_all_states(model)
        V = model.neurons.V
        rest = np.asarray(V.value.to_decimal(u.mV))
        try:
            found = runs.run(
                model,
                n_records * record_every * dt * u.ms,
                record={"V": V},
                every=record_every,
                checkpoint=folder,
                chunk=-(-n_records // N_CHUNKS) * record_every if folder is None else None,
                progress=tell,
            )
        except runs.NotFiniteError as error:
            after = error.time.to_decimal(u.ms)
            raise NotFiniteError(f"the voltages are not finite after {after:g} ms") from error
    first = 0 if folder is None else max(0, n_records - KEPT)
    voltages = np.asarray(found.arrays["V"][first:])
    time = np.arange(first + 1, n_records + 1) * (record_every * dt)
    if first == 0:
        time, voltages = np.append(0.0, time), np.concatenate([rest[None], voltages])
    return Recording(time, voltages, rest)
