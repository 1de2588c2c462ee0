"""Runs of one or two compartments in NEURON: ``python neuron_worker.py JOBS.json RESULTS.npz``.

A script for a process of its own; it needs NumPy and NEURON and nothing of the library. JOBS.json
holds ``{"library": path or null, "jobs": {name: job}}``; what a job may say is in ``DEFAULTS``.
RESULTS.npz has ``name/t`` and ``name/<recorded>`` for each, in a column per cell where cells are
coupled.
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
    "coupling": None,  # or, for two cells, {"g": mS/cm2, "by": a key of COUPLINGS}
    "pulses": [],  # [start ms, stop ms, uA/cm2], with a fourth entry into that cell alone
    "clamp": None,  # mV, held from t = 0 on
    "method": {"atol": 1e-10},  # CVODE, or {"dt": ms, "secondorder": 0 or 2}
    "duration": 50.0,  # ms
    "every": 0.01,  # ms between samples; with a fixed step, that step
    "record": ["v"],
}


def section(h, job, parts=1):
    """Make a section of compartments that are alike."""
    made = h.Section(name="cell")
    made.nseg = parts
    made.diam = np.sqrt(job["area"] / np.pi)
    made.L = parts * made.diam
    made.cm = job["cm"]
    for mechanism in job["insert"]:
        made.insert(mechanism)
    for place in made:
        for mechanism, values in job["insert"].items():
            for name, value in values.items():
                setattr(place, f"{name}_{mechanism}", value)
        for name, value in job["segment"].items():
            setattr(place, name, value)
    return made


def alone(h, job):
    """Make one cell; return its place, and what has to be kept while it runs."""
    cell = section(h, job)
    return [cell(0.5)], [cell]


def by_matrix(h, job):
    """Couple by equations added to those of the membranes, with NEURON's LinearMechanism."""
    cells = [section(h, job), section(h, job)]
    # In S/cm2.
    c, g = h.Matrix(2, 2), h.Matrix(2, 2)
    for i in (0, 1):
        for j in (0, 1):
            g.setval(i, j, job["coupling"]["g"] * (1e-3 if i == j else -1e-3))
    where, y, b = h.SectionList(cells), h.Vector(2), h.Vector(2)
    added = h.LinearMechanism(c, g, y, b, where, h.Vector([0.5, 0.5]))
    return [cell(0.5) for cell in cells], [cells, c, g, where, y, b, added]


def by_cable(h, job):
    """Couple as neighbours in a cable, through its axial resistance."""
    cell = section(h, job, parts=2)
    places = list(cell)
    cell.Ra = 1
    cell.Ra = 1 / (absolute(job, job["coupling"]["g"]) * places[1].ri())
    return places, [cell]


def by_transfer(h, job):
    """Couple by a current in each cell, from the voltage that the other had before the step."""
    cells = [section(h, job), section(h, job)]
    places = [cell(0.5) for cell in cells]
    context = h.ParallelContext()
    gaps = []
    for i, place in enumerate(places):
        context.source_var(place._ref_v, i, sec=cells[i])
        gaps.append(h.HalfGap(place))
        gaps[i].g = absolute(job, job["coupling"]["g"])
        context.target_var(gaps[i], gaps[i]._ref_vgap, 1 - i)
    context.setup_transfer()
    return places, [cells, gaps]


COUPLINGS = {"matrix": by_matrix, "cable": by_cable, "transfer": by_transfer}


def absolute(job, density):
    """Return in nA or uS what is given in uA/cm2 or mS/cm2."""
    return density * job["area"] * 1e-5


def stimulate(h, job, places):
    """Put in the electrodes, and return them."""
    electrodes = []
    for start, stop, density, *which in job["pulses"]:
        for place in [places[i] for i in which] or places:
            pulse = h.IClamp(place)
            pulse.delay, pulse.dur, pulse.amp = start, stop - start, absolute(job, density)
            electrodes.append(pulse)
    if job["clamp"] is not None:
        clamp = h.SEClamp(places[0])
        clamp.rs, clamp.dur1, clamp.amp1 = 1e-6, 1e9, job["clamp"]
        electrodes.append(clamp)
    return electrodes


def prepare(h, job):
    """Set the method of integration; return NEURON's variable-step solver, active or not."""
    solver, method = h.CVode(), job["method"]
    solver.active("atol" in method)
    h.secondorder = method.get("secondorder", 0)
    if "atol" in method:
        solver.atol(method["atol"])
        # What LinearMechanism adds needs IDA. It starts with a tiny implicit step, which by
        # default is so large that IDA refuses the residual of strong coupling.
        solver.use_daspk(bool(job["coupling"]) and job["coupling"]["by"] == "matrix")
        solver.dae_init_dteps(1e-12)
    else:
        h.dt = method["dt"]
    return solver


def run(h, job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    make = COUPLINGS[job["coupling"]["by"]] if job["coupling"] else alone
    places, _parts = make(h, job)
    for name, value in job["globals"].items():
        setattr(h, name, value)
    h.celsius = job["celsius"]
    _electrodes = stimulate(h, job, places)
    solver = prepare(h, job)
    adaptive = bool(solver.active())
    times = h.Vector(np.arange(round(job["duration"] / job["every"]) + 1) * job["every"])
    samples = {name: [h.Vector() for _ in places] for name in job["record"]}
    for name, vectors in samples.items():
        for place, vector in zip(places, vectors, strict=True):
            where = getattr(place, f"_ref_{name}")
            vector.record(where, times) if adaptive else vector.record(where)
    h.finitialize(job["v_init"])
    if job["clamp"] is not None:
        places[0].v = job["clamp"]
        solver.re_init() if adaptive else h.fcurrent()
    if adaptive:
        # A little past the end, for the last sample to be taken.
        solver.solve(job["duration"] + job["every"] / 2)
    else:
        for _ in range(round(job["duration"] / h.dt)):
            h.fadvance()
    found = {name: np.stack(vectors, axis=-1) for name, vectors in samples.items()}
    t = np.array(times) if adaptive else np.arange(len(found[job["record"][0]])) * h.dt
    if not job["coupling"]:
        found = {name: values[:, 0] for name, values in found.items()}
    # Where voltages are handed over outlasts the cells.
    h.ParallelContext().gid_clear()
    return {"t": t} | found


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
