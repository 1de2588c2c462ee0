"""Cells with gap junctions in NEST, and the parts that its network is made of too.

What a job may say is in ``DEFAULTS``. A run returns ``V``, ``m`` and so on, of shape
(samples, cells); sample k is at ``k * every``.
"""

import nest
import numpy as np

MODEL = "hh_psc_alpha_gap"
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


def start(resolution, tics_per_ms, waveform, **more):
    """Empty the kernel, and set its step in ms, its clock, and whether waveforms are iterated."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(tics_per_ms=tics_per_ms, resolution=resolution)
    nest.set(use_wfr=waveform, **more)


def couple(sources, targets, weight):
    """Let a junction of so many nS put current into each target; numbers of cells, in arrays."""
    nest.Connect(
        sources,
        targets,
        "one_to_one",
        {"synapse_model": "gap_junction", "weight": np.full(len(sources), weight)},
    )


def recorder(cells, names, every, **connection):
    """Record what the model calls ``names``, every so many ms."""
    meter = nest.Create("multimeter", params={"record_from": list(names), "interval": every})
    meter.time_in_steps = True
    nest.Connect(meter, cells, **connection)
    return meter


def samples(meter, cells, steps):
    """Return time stamps of the first so many samples, and the samples by name, a row each."""
    events = meter.events
    order = np.lexsort((events["senders"], events["times"]))[: steps * len(cells)]
    found = {name: values[order].reshape(steps, -1) for name, values in events.items()}
    del found["senders"]
    return found.pop("times"), found


def run_one(job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    waveform = job["waveform"]
    start(job["resolution"], TICS_PER_MS, waveform is not None)
    if waveform is not None:
        nest.set(**{f"wfr_{name}": value for name, value in waveform.items()})
    cells = nest.Create(MODEL, len(job["drive"]))
    for cell, drive, voltage in zip(cells, job["drive"], job["start"], strict=True):
        cell.I_e = drive
        if voltage is not None:
            cell.V_m = voltage
    if job["weight"] is not None:
        ids = np.array(cells.tolist())
        couple(ids[[0, 1]], ids[[1, 0]], job["weight"])
    steps = round(job["duration"] / job["every"])
    stride = round(job["every"] / job["resolution"])
    # The smallest delay of a network is also the window over which waveforms are iterated.
    meter = recorder(cells, RECORD.values(), job["every"], syn_spec={"delay": job["resolution"]})
    first = {name: np.atleast_1d(cells.get(what)) for name, what in RECORD.items()}
    # What is recorded arrives a delay later.
    nest.Simulate((steps * stride + 2) * job["resolution"])
    # NEST's sample with time stamp k is the state after k steps; that before them is not recorded.
    times, found = samples(meter, cells, steps)
    if not (times == stride * np.arange(1, steps + 1)[:, None]).all():
        raise RuntimeError(f"unexpected time stamps: {times}")
    return {name: np.concatenate([first[name][None], found[what]]) for name, what in RECORD.items()}


def run(jobs):
    """Return the samples of runs, by name."""
    return {name: run_one(job) for name, job in jobs.items()}
