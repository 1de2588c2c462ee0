"""Runs of one or two compartments in NEURON, and the parts that its network is made of too.

What a job may say is in ``DEFAULTS``. Where cells are coupled, samples are in a column per cell.
"""

import neuron
import numpy as np
from neuron import h
from neuron_mechanisms import compiled, needed

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


def compartments(size, capacitance, parts=1, name="cell"):
    """Make a section of compartments that are as long as wide: um, uF/cm2."""
    made = h.Section(name=name)
    made.nseg = parts
    made.diam, made.L = size, parts * size
    made.cm = capacitance
    return made


def electrode(place, start, stop, current):
    """Put a current in nA into a place from one time in ms to another."""
    pulse = h.IClamp(place)
    pulse.delay, pulse.dur, pulse.amp = start, stop - start, current
    return pulse


def half_gap(context, place, conductance, source):
    """Put in a current of so many uS towards the voltage that has a number with ParallelContext."""
    gap = h.HalfGap(place)
    gap.g = conductance
    context.target_var(gap, gap._ref_vgap, source)
    return gap


def section(job, parts=1):
    """Make a section as a job describes it."""
    made = compartments(np.sqrt(job["area"] / np.pi), job["cm"], parts)
    for mechanism in job["insert"]:
        made.insert(mechanism)
    for place in made:
        for mechanism, values in job["insert"].items():
            for name, value in values.items():
                setattr(place, f"{name}_{mechanism}", value)
        for name, value in job["segment"].items():
            setattr(place, name, value)
    return made


def alone(job):
    """Make one cell; return its place, and what has to be kept while it runs."""
    cell = section(job)
    return [cell(0.5)], [cell]


def by_matrix(job):
    """Couple by equations added to those of the membranes, with NEURON's LinearMechanism."""
    cells = [section(job), section(job)]
    # In S/cm2.
    c, g = h.Matrix(2, 2), h.Matrix(2, 2)
    for i in (0, 1):
        for j in (0, 1):
            g.setval(i, j, job["coupling"]["g"] * (1e-3 if i == j else -1e-3))
    where, y, b = h.SectionList(cells), h.Vector(2), h.Vector(2)
    added = h.LinearMechanism(c, g, y, b, where, h.Vector([0.5, 0.5]))
    return [cell(0.5) for cell in cells], [cells, c, g, where, y, b, added]


def by_cable(job):
    """Couple as neighbours in a cable, through its axial resistance."""
    cell = section(job, parts=2)
    places = list(cell)
    cell.Ra = 1
    cell.Ra = 1 / (absolute(job, job["coupling"]["g"]) * places[1].ri())
    return places, [cell]


def by_transfer(job):
    """Couple by a current in each cell, from the voltage that the other had before the step."""
    cells = [section(job), section(job)]
    places = [cell(0.5) for cell in cells]
    context = h.ParallelContext()
    gaps = []
    for i, place in enumerate(places):
        context.source_var(place._ref_v, i, sec=cells[i])
        gaps.append(half_gap(context, place, absolute(job, job["coupling"]["g"]), 1 - i))
    context.setup_transfer()
    return places, [cells, gaps]


COUPLINGS = {"matrix": by_matrix, "cable": by_cable, "transfer": by_transfer}


def absolute(job, density):
    """Return in nA or uS what is given in uA/cm2 or mS/cm2."""
    return density * job["area"] * 1e-5


def stimulate(job, places):
    """Put in the electrodes, and return them."""
    electrodes = []
    for start, stop, density, *which in job["pulses"]:
        for place in [places[i] for i in which] or places:
            electrodes.append(electrode(place, start, stop, absolute(job, density)))
    if job["clamp"] is not None:
        clamp = h.SEClamp(places[0])
        clamp.rs, clamp.dur1, clamp.amp1 = 1e-6, 1e9, job["clamp"]
        electrodes.append(clamp)
    return electrodes


def prepare(job):
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


def run_one(job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    make = COUPLINGS[job["coupling"]["by"]] if job["coupling"] else alone
    places, _parts = make(job)
    for name, value in job["globals"].items():
        setattr(h, name, value)
    h.celsius = job["celsius"]
    _electrodes = stimulate(job, places)
    solver = prepare(job)
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


def run(jobs):
    """Return the samples of runs, by name."""
    if any(map(needed, jobs.values())):
        neuron.load_mechanisms(str(compiled(neuron.__version__)), False)
    return {name: run_one(job) for name, job in jobs.items()}
