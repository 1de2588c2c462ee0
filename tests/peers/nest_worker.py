"""Cells with gap junctions in NEST: ``python nest_worker.py JOBS.json RESULTS.npz``.

A script for a process of its own; it needs NumPy and NEST and nothing of the library. JOBS.json
holds ``{name: job}``; what a job may say is in ``DEFAULTS``. RESULTS.npz has ``name/V``, and
``name/m`` and so on, of shape (samples, cells); sample k is at ``k * every``.
"""

import json
import sys
from pathlib import Path

import numpy as np

DEFAULTS = {
    "drive": [0.0],  # pA, for each cell
    "start": [None],  # mV, or null for the model's own; gates stay as they are at its own
    "weight": None,  # nS, of a junction between the first two
    "duration": 20.0,  # ms
    "every": 0.1,  # ms, a multiple of the resolution
    "resolution": 0.1,  # ms
    # Of waveform relaxation; null for currents from the voltages of the last step.
    "waveform": {"tol": 1e-4, "max_iterations": 10, "interpolation_order": 3},
}
RECORD = {"V": "V_m", "m": "Act_m", "h": "Inact_h", "n": "Act_n", "p": "Inact_p"}
# Of all times; by default 1000, which has no 0.0125 ms.
TICS_PER_MS = 1600


def run(nest, job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    nest.ResetKernel()
    nest.set(tics_per_ms=TICS_PER_MS, resolution=job["resolution"])
    nest.set(use_wfr=job["waveform"] is not None)
    if job["waveform"] is not None:
        nest.set(**{f"wfr_{name}": value for name, value in job["waveform"].items()})
    cells = nest.Create("hh_psc_alpha_gap", len(job["drive"]))
    for cell, drive, start in zip(cells, job["drive"], job["start"], strict=True):
        cell.I_e = drive
        if start is not None:
            cell.V_m = start
    if job["weight"] is not None:
        nest.Connect(
            cells[0],
            cells[1],
            {"rule": "one_to_one", "make_symmetric": True},
            {"synapse_model": "gap_junction", "weight": job["weight"]},
        )
    steps = round(job["duration"] / job["every"])
    stride = round(job["every"] / job["resolution"])
    recorder = nest.Create(
        "multimeter",
        params={"record_from": list(RECORD.values()), "interval": job["every"]},
    )
    recorder.time_in_steps = True
    # The smallest delay of a network is also the window over which waveforms are iterated.
    nest.Connect(recorder, cells, syn_spec={"delay": job["resolution"]})
    first = {name: np.atleast_1d(cells.get(what)) for name, what in RECORD.items()}
    # What is recorded arrives a delay later.
    nest.Simulate((steps * stride + 2) * job["resolution"])
    events = recorder.events
    # NEST's sample with time stamp k is the state after k steps; that before them is not recorded.
    order = np.lexsort((events["senders"], events["times"]))[: steps * len(cells)]
    times = events["times"][order].reshape(steps, -1)
    if not (times == stride * np.arange(1, steps + 1)[:, None]).all():
        raise RuntimeError(f"unexpected time stamps: {times}")
    return {
        name: np.concatenate([first[name][None], events[what][order].reshape(steps, -1)])
        for name, what in RECORD.items()
    }


def main(jobs_file, results_file):
    """Run the jobs in a file."""
    import nest

    results = {}
    for name, job in json.loads(Path(jobs_file).read_text()).items():
        for what, values in run(nest, job).items():
            results[f"{name}/{what}"] = values
    np.savez(results_file, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
