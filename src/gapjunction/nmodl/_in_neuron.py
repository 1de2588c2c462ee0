"""The script that runs in NEURON's own process, and the cell that a mechanism is added to."""

from __future__ import annotations

# In the clamp the capacitance is so large that the mechanism's current does not move the voltage.
SCRIPT = """
import json, math, sys
from neuron import h
h.load_file("stdrun.hoc")
h("proc advance_by() { local k for k = 1, $1 { fadvance() } }")
solver = h.CVode()
solver.atol(1e-14)
solver.rtol(1e-9)
def globals_of(suffix):
    every, name = h.MechanismStandard(suffix, -1), h.ref("")
    names = [name[0] for k in range(int(every.count())) if every.name(name, k) == 1]
    return {x: getattr(h, x) for x in names}
def answer(job):
    h.celsius = job["celsius"]
    try:
        setattr(h, "usetable_" + job["suffix"], 0)
    except (AttributeError, LookupError):
        pass
    probe = h.Section()
    probe.insert(job["suffix"])
    for name, value in job["parameters"].items():
        name += "_" + job["suffix"]
        if not hasattr(probe(0.5), name):
            setattr(h, name, value)
    h.delete_section(sec=probe)
    shared = globals_of(job["suffix"])
    for steps in job["dt"]:
        try:
            if "density" in job:
                return [trace(job, shared, dt) for dt in steps]
            return [[column(job, shared, v, dt) for v in job["voltages"]] for dt in steps]
        except RuntimeError as error:
            # Only the text is kept: the error would keep the section alive, and spoil later runs.
            reason = str(error)
    raise RuntimeError(reason)
def start(job, shared, section, v, dt):
    # INITIAL may read what an earlier run left, so that each run sets global variables back.
    section.insert(job["suffix"])
    for name, value in shared.items():
        setattr(h, name, value)
    segment = section(0.5)
    for name, value in job["parameters"].items():
        name += "_" + job["suffix"]
        if hasattr(segment, name):
            setattr(segment, name, value)
    for name, value in job["ions"].items():
        setattr(segment, name, value)
    # The solver computes rates at another voltage before INITIAL, so that it is off until later.
    solver.active(0)
    if dt is not None:
        h.dt = dt
    h.finitialize(v)
    for name, value in job["ions"].items():
        setattr(segment, name, value)
    return segment
def go(dt):
    if dt is None:
        solver.active(1)
        solver.re_init()
def advance(dt, time, done):
    if dt is None:
        solver.solve(time)
        return 0
    h.advance_by(round(time / dt) - done)
    return round(time / dt)
def column(job, shared, v, dt):
    section = h.Section()
    section.cm = 1e12
    h.secondorder = 0
    segment = start(job, shared, section, job["held"], dt)
    segment.v = v
    go(dt)
    found, done = [], 0
    for time in job["times"]:
        done = advance(dt, time, done)
        h.fcurrent()
        current = sum(getattr(segment, name) for name in job["currents"])
        found.append([current, *(getattr(segment, name) for name in job["states"])])
    h.delete_section(sec=section)
    return found
def trace(job, shared, dt):
    section = h.Section()
    section.L = section.diam = 100 / math.sqrt(math.pi)
    section.insert("gj_squid_axon")
    # Steps of first order would move spikes by more than the differences that are looked for.
    h.secondorder = 2
    electrode = h.IClamp(section(0.5))
    electrode.delay, electrode.dur, electrode.amp = 0, 1e9, 0
    segment = start(job, shared, section, job["start"], dt)
    go(dt)
    found, done = [segment.v], 0
    for k in range(job["samples"]):
        if k == job["onset"]:
            # uA/cm2 on 1e-4 cm2, in nA.
            electrode.amp = 0.1 * job["density"]
            if dt is None:
                solver.re_init()
        done = advance(dt, (k + 1) * job["step"], done)
        found.append(segment.v)
    h.delete_section(sec=section)
    return found
for job in json.loads(sys.stdin.read()):
    try:
        print("RESULT" + json.dumps(answer(job)), flush=True)
    except Exception as error:
        print("RESULT" + json.dumps(str(error)), flush=True)
"""

# The axon of Hodgkin and Huxley (1952) at 6.3 degC, whatever the temperature of the mechanism that
# is added: at 37 degC it would not fire. Its currents belong to no ion, so that they have their own
# reversal potentials.
SQUID = """
NEURON {
    SUFFIX gj_squid_axon
    NONSPECIFIC_CURRENT ina, ik, il
}
UNITS { (mA) = (milliamp) (mV) = (millivolt) (S) = (siemens) }
ASSIGNED { v (mV) ina (mA/cm2) ik (mA/cm2) il (mA/cm2) }
STATE { m h n }
BREAKPOINT {
    SOLVE gates METHOD cnexp
    ina = 0.12*m*m*m*h*(v - 50)
    ik = 0.036*n*n*n*n*(v + 77)
    il = 0.0003*(v + 54.387)
}
INITIAL {
    m = am(v)/(am(v) + bm(v))
    h = ah(v)/(ah(v) + bh(v))
    n = an(v)/(an(v) + bn(v))
}
DERIVATIVE gates {
    m' = am(v)*(1 - m) - bm(v)*m
    h' = ah(v)*(1 - h) - bh(v)*h
    n' = an(v)*(1 - n) - bn(v)*n
}
FUNCTION am(v (mV)) (/ms) { am = linoid((v + 40)/10) }
FUNCTION bm(v (mV)) (/ms) { bm = 4*exp(-(v + 65)/18) }
FUNCTION ah(v (mV)) (/ms) { ah = 0.07*exp(-(v + 65)/20) }
FUNCTION bh(v (mV)) (/ms) { bh = 1/(1 + exp(-(v + 35)/10)) }
FUNCTION an(v (mV)) (/ms) { an = 0.1*linoid((v + 55)/10) }
FUNCTION bn(v (mV)) (/ms) { bn = 0.125*exp(-(v + 65)/80) }
FUNCTION linoid(x) {
    if (fabs(x) < 1e-6) { linoid = 1 + x/2 } else { linoid = x/(1 - exp(-x)) }
}
"""
