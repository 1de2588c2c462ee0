"""The file of results."""

from __future__ import annotations

import dataclasses
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gapjunction.demo.job import Job, Outcome
from gapjunction.demo.steady import steady_voltages

_PACKAGES = ("gapjunction", "brainpy", "brainstate", "jax", "saiunit")


def save_traces(path: Path, job: Job, outcome: Outcome) -> None:
    """Write everything that was simulated and found into one ``.npz`` file.

    Arrays: ``time_ms`` (T,), ``V_mV`` (T, n), ``labels`` (n,), ``motor_ids``, ``inhibitory_ids``,
    ``stimulus_pA`` (n,), ``threshold_mV`` (n,), ``mode_share``, ``mode_shapes`` (2, motor neurons),
    ``mode_scores_mV`` (records after the transient, 2) with ``mode_time_ms``, and ``metadata``, a
    JSON text of parameters, units, options and versions. NumPy loads it without pickle:

    >>> with np.load('celegans.npz') as data:                        # doctest: +SKIP
    ...     aval = data['V_mV'][:, list(data['labels']).index('AVAL')]
    ...     settings = json.loads(str(data['metadata']))
    """
    worm, modes, recording = job.worm, outcome.modes, outcome.recording
    metadata = {
        "model": "Kunert, Shlizerman & Kutz (2014), Phys Rev E 89:052805",
        "wiring": worm.source,
        "parameters": dataclasses.asdict(job.parameters),
        "parameter_units": "pF, pS, mV, 1/s, 1/mV",
        "stimulus_pA": dict(job.stimulus),
        "dt_ms": job.dt,
        "record_every": job.record_every,
        "junction": job.junction,
        "behaviour": modes.behaviour,
        "period_ms": modes.period,
        "wall_time_s": round(outcome.wall_time, 3),
        "versions": {name: version(name) for name in _PACKAGES},
    }
    np.savez_compressed(
        path,
        time_ms=recording.time,
        V_mV=recording.V,
        labels=np.array(worm.labels),
        motor_ids=worm.motor,
        inhibitory_ids=worm.inhibitory,
        stimulus_pA=job.current,
        threshold_mV=steady_voltages(worm, job.parameters, job.current),
        mode_share=modes.share,
        mode_shapes=modes.shapes[:2],
        mode_scores_mV=modes.scores[:, :2],
        mode_time_ms=recording.time[outcome.lasting],
        metadata=np.array(json.dumps(metadata)),
    )
