"""One-compartment runs in NEURON: ``python neuron_worker.py JOBS.json RESULTS.npz``.

A script for a process of its own; it needs NumPy and NEURON and nothing of the library. JOBS.json
holds ``{"library": path or null, "jobs": {name: job}}``; what a job may say is in ``DEFAULTS``.
RESULTS.npz has ``name/t`` and ``name/<recorded>`` for each.
"""

import json
import sys
from pathlib import Path

import numpy as np

DEFAULTS = {
    "insert": {},  # mechanism: {parameter without its suffix: value}
    "segment": {},  # such as {"ena": 50}
    "globals": {},  # such as {"usetable_hh": 0}
    "celsius": 6.3,
    "area": 100.0,  # um2
    "cm": 1.0,  # uF/cm2
    "v_init": -65.0,  # mV; mechanisms start from their INITIAL block for it
    "pulses": [],  # [start ms, stop ms, uA/cm2]
    "clamp": None,  # mV, held from t = 0 on
    "method": {"atol": 1e-10},  # CVODE, or {"dt": ms, "secondorder": 0 or 2}
    "duration": 50.0,  # ms
    "every": 0.01,  # ms between samples; with a fixed step, that step
    "record": ["v"],
}


def run(h, job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    cell = h.Section(name="cell")
    cell.L = cell.diam = np.sqrt(job["area"] / np.pi)
    cell.cm = job["cm"]
    here = cell(0.5)
    for mechanism, values in job["insert"].items():
        cell.insert(mechanism)
        for name, value in values.items():
            setattr(here, f"{name}_{mechanism}", value)
    for name, value in job["segment"].items():
        setattr(here, name, value)
    for name, value in job["globals"].items():
        setattr(h, name, value)
    h.celsius = job["celsius"]
    held = []
    for start, stop, density in job["pulses"]:
        pulse = h.IClamp(here)
        # 1 uA/cm2 is 1e-5 nA/um2.
        pulse.delay, pulse.dur, pulse.amp = start, stop - start, density * job["area"] * 1e-5
        held.append(pulse)
    if job["clamp"] is not None:
        clamp = h.SEClamp(here)
        clamp.rs, clamp.dur1, clamp.amp1 = 1e-6, 1e9, job["clamp"]
        held.append(clamp)
    adaptive = "atol" in job["method"]
    solver = h.CVode()
    solver.active(adaptive)
    steps = round(job["duration"] / job["every"])
    if adaptive:
        solver.atol(job["method"]["atol"])
        times = h.Vector(np.arange(steps + 1) * job["every"])
    else:
        h.dt, h.secondorder = job["method"]["dt"], job["method"]["secondorder"]
    samples = {}
    for name in job["record"]:
        samples[name] = h.Vector()
        where = getattr(here, f"_ref_{name}")
        samples[name].record(where, times) if adaptive else samples[name].record(where)
    h.finitialize(job["v_init"])
    if job["clamp"] is not None:
        here.v = job["clamp"]
        solver.re_init() if adaptive else h.fcurrent()
    if adaptive:
        # A little past the end, for the last sample to be taken.
        solver.solve(job["duration"] + job["every"] / 2)
        t = np.array(times)
    else:
        for _ in range(round(job["duration"] / h.dt)):
            h.fadvance()
        t = np.arange(len(samples[job["record"][0]])) * h.dt
    return {"t": t} | {name: np.array(values) for name, values in samples.items()}


def main(jobs_file, results_file):
    """Run the jobs in a file."""
    from neuron import h

    work = json.loads(Path(jobs_file).read_text())
    if work["library"] is not None:
        h.nrn_load_dll(work["library"])
    results = {}
    for name, job in work["jobs"].items():
        for what, values in run(h, job).items():
            results[f"{name}/{what}"] = values
    np.savez(results_file, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
