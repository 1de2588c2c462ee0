"""Channels and pools that are written as NMODL, compiled by NEURON, against the library.

All are compiled at once, which takes a few minutes.
"""

import json
import re
import subprocess

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import CaDynamics_E2, Channel
from nmodl_samples import MS, Many, Pump, Rounded, Scheme, Started, Sum
from simulators import processes
from simulators.neuron_mechanisms import compile_quickly

pytestmark = [pytest.mark.slow, pytest.mark.optimized, pytest.mark.usefixtures("x64")]
DENSITY = u.mA / u.cm**2
HELD = -79.7
# At -40 mV a rate of some channels would be 0/0 without its guard.
VOLTAGES = (-103.3, -61.3, -40.0, -33.1, -3.7, 27.9)
TIMES = (0.0, 0.5, 3.0, 20.0)
READINGS = {"Ca": 3e-4 * u.mM, "Ca_out": 2 * u.mM, "E_Ca": 120 * u.mV}
IONS = {"cai": 3e-4, "cao": 2.0, "eca": 120.0}
SCRIPT = """
import json, sys
from neuron import h
h.load_file("stdrun.hoc")
solver = h.CVode()
def family(job, dt):
    h.celsius = job["celsius"]
    section = h.Section()
    section.insert(job["suffix"])
    segment = section(0.5)
    # So large that no current moves the voltage.
    segment.cm = 1e12
    solver.active(not dt)
    solver.atol(1e-11)
    columns = []
    for v in job["voltages"]:
        def clamp():
            segment.v = v
            for name, value in job["ions"].items():
                setattr(segment, name, value)
        for name, value in job["ions"].items():
            setattr(segment, name, value)
        h.finitialize(job["held"])
        clamp()
        solver.re_init()
        column = []
        for time in job["times"]:
            if dt:
                h.dt = dt
                while h.t < time - dt / 2:
                    h.fadvance()
                    clamp()
            elif time:
                solver.solve(time)
            clamp()
            h.fcurrent()
            column.append(sum(getattr(segment, name) for name in job["currents"]))
        columns.append(column)
    return columns
def pool(job):
    solver.active(1)
    solver.atol(1e-13)
    section = h.Section()
    for suffix in job["suffixes"]:
        section.insert(suffix)
    segment = section(0.5)
    segment.cm, segment.v = 1e12, job["v"]
    h.finitialize(job["v"])
    found = []
    for time in job["times"]:
        if time:
            solver.solve(time)
        found.append(segment.cai)
    return found
jobs = json.loads(sys.stdin.read())
found = {}
for name, job in jobs["channels"].items():
    if job["steps"]:
        # Methods of first order, whose error halves with the step.
        coarse, fine = (family(job, dt) for dt in job["steps"])
        found[name] = [[2 * b - a for a, b in zip(*pair)] for pair in zip(coarse, fine)]
    else:
        found[name] = family(job, 0)
found |= {name: pool(job) for name, job in jobs["pools"].items()}
print("RESULT" + json.dumps(found))
"""


class Inward(Channel):
    """Calcium flows in where V is below 120 mV."""

    ion = "Ca"
    g_max = 0.1 * MS
    E = 120 * u.mV


class Fast(CaDynamics_E2):
    """Removal within milliseconds."""


def warm(cls):
    for celsius in (cls.temperature, cls.reference_temperature):
        if celsius is not None:
            return celsius
    return 22.0 if cls.source is None else cls.source.temperature


def made(cls):
    given = {"g_max": 1 * MS} if cls.__name__.endswith("_RM2003") else {}
    depends = cls(1, temperature=warm(cls), **given).depends_on_temperature if cls.gates else False
    return given | ({"temperature": warm(cls)} if depends else {})


def ours(cls):
    """Return currents, a row for each voltage."""
    channel = cls(len(VOLTAGES), **made(cls))
    channel.init_state(np.full(len(VOLTAGES), HELD) * u.mV, **READINGS)
    V, rows, before = np.array(VOLTAGES) * u.mV, [], 0.0
    for time in TIMES:
        # Gates step exactly; a scheme that reads a gate and a state of its own do not.
        split = cls.__name__ in ("h_De1996", "Pump")
        steps = round((time - before) / 0.002) if split else 1
        if time > before:
            with brainstate.environ.context(dt=(time - before) / steps * u.ms):
                if split:
                    brainstate.transform.for_loop(
                        lambda _: channel.update(V, **READINGS), np.arange(steps)
                    )
                else:
                    # Operation by operation, which are compiled once for all channels.
                    channel.update(V, **READINGS)
        before = time
        rows.append(channel.current(V, **READINGS).to_decimal(DENSITY))
    return np.array(rows, float).T


def job(cls, text):
    written = re.findall(r"WRITE (\w+)", text)
    own = [f"i_{cls.__name__}"] if "NONSPECIFIC" in text else []
    several = len(re.findall("SOLVE", text)) > 1
    return {
        "suffix": cls.__name__,
        "celsius": warm(cls),
        "currents": [*written, *own],
        "ions": {name: x for name, x in IONS.items() if re.search(rf"READ .*\b{name}\b", text)},
        "voltages": VOLTAGES,
        "times": TIMES,
        "held": HELD,
        # The solver of variable steps does not take mechanisms with several SOLVE.
        "steps": (0.001, 0.0005) if several else (),
    }


@pytest.mark.filterwarnings("ignore:temperature has no effect")
def test_all_that_is_written_is_computed_by_neuron(need_neuron, tmp_path):
    need_neuron({"insert": {"a written one": {}}})
    classes = [*gj.ion_channels.find(), Many, Sum, Scheme, Started, Rounded, Pump]
    jobs = {"channels": {}, "pools": {}}
    for cls in classes:
        text = gj.nmodl.to_nmodl(cls(1, **made(cls)))
        (tmp_path / f"{cls.__name__}.mod").write_text(text)
        jobs["channels"][cls.__name__] = job(cls, text)
    gj.nmodl.write(Inward, tmp_path / "Inward.mod")
    pools = {
        "Ca_Fast": Fast(1, gamma=0.001, tau=20 * u.ms),
        "Ca_CaDynamics_E2": CaDynamics_E2(1, gamma=0.001, tau=20 * u.ms, rectified=True),
    }
    for name, pool in pools.items():
        gj.nmodl.write(pool, tmp_path / f"{name}.mod")
        for v in (-60.0, 125.0):
            jobs["pools"][f"{name} {v:g}"] = {
                "suffixes": [name, "Inward"], "v": v, "times": TIMES,
            }  # fmt: skip
    python = processes.python("neuron")
    compile_quickly(python, tmp_path)
    command, given = [python, "-c", SCRIPT], json.dumps(jobs)
    done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    answer = next(x for x in done.stdout.splitlines() if x.startswith("RESULT"))
    theirs = json.loads(answer.removeprefix("RESULT"))
    errors = {}
    for cls in classes:
        a, b = ours(cls), np.array(theirs[cls.__name__])
        # The families say something.
        assert np.abs(a).max() > 1e-9
        errors[cls.__name__] = np.abs(a - b).max() / np.abs(a).max()
    assert max(errors.values()) < 1e-6, errors
    for name, pool in pools.items():
        for v in (-60.0, 125.0):
            pool.init_state([v] * u.mV)
            start, current = pool.concentration, 0.1 * MS * (v - 120.0) * u.mV
            expected = [float(pool.after(start, current, t * u.ms)[0] / u.mM) for t in TIMES]
            np.testing.assert_allclose(theirs[f"{name} {v:g}"], expected, rtol=3e-6)
