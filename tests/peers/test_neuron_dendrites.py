"""Two ball-and-stick cells that are joined half-way along their dendrites, beside NEURON."""

import json
import subprocess

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import (
    CM,
    DENDRITE,
    LEAK,
    RA,
    RADIUS,
    REST,
    SOMA,
    THIN,
    make,
    needs_places,
    stepper,
)
from simulators import processes

pytestmark = [pytest.mark.slow, needs_places, pytest.mark.usefixtures("x64")]
DT, STEPS, PARTS, START = 0.025, 400, 5, -55.0

# Implicit Euler with the junction in the matrix of the step, by LinearMechanism.
SCRIPT = """
import os, sys, json
os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
from neuron import h
import numpy as np
job = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
h.celsius, h.dt, h.steps_per_ms = 6.3, job["dt"], 1 / job["dt"]
cells = []
for k in range(2):
    soma, dend = h.Section(name=f"soma{k}"), h.Section(name=f"dend{k}")
    soma.L, soma.diam, dend.L, dend.diam = job["soma"], 2 * job["radius"], job["L"], 2 * job["thin"]
    dend.connect(soma(1))
    for part in (soma, dend):
        part.nseg, part.cm, part.Ra = job["parts"], job["cm"], job["Ra"]
        part.insert("pas")
        for place in part:
            place.pas.g, place.pas.e = job["leak"], job["rest"]
    cells.append((soma, dend))
places = [dend(0.5) for _, dend in cells]
c, g, y, b = h.Matrix(2, 2), h.Matrix(2, 2), h.Vector(2), h.Vector(2)
for i in (0, 1):
    for j in (0, 1):
        density = job["g"] * 1e-9 / (places[i].area() * 1e-8)
        g.setval(i, j, density if i == j else -density)
sections, where = h.SectionList(), h.Vector([0.5, 0.5])
for _, dend in cells:
    sections.append(dend)
joined = h.LinearMechanism(c, g, y, b, sections, where)
traces = [h.Vector().record(soma(0.5)._ref_v, job["dt"]) for soma, _ in cells]
drive = h.IClamp(cells[0][0](0.5))
drive.delay, drive.dur, drive.amp = 0, 1e9, job["drive"]
for soma, dend in cells:
    for part in (soma, dend):
        part.v = job["rest"]
h.finitialize(job["rest"])
for part in cells[0]:
    part.v = job["start"]
h.fcurrent()
h.continuerun(job["dt"] * job["steps"])
print(json.dumps([list(map(float, t)) for t in traces]))
"""


def neuron(need_neuron, g, steps=STEPS, dt=DT, drive=0.0, start=START):
    """Somatic voltages of NEURON, shape (2, steps + 1)."""
    need_neuron()
    job = {
        **{"g": g, "steps": steps, "dt": dt, "drive": drive, "start": start},
        **{"parts": PARTS, "soma": SOMA, "radius": RADIUS, "L": DENDRITE, "thin": THIN},
        **{"cm": CM, "Ra": RA, "leak": LEAK, "rest": REST},
    }
    command = [processes.python("neuron"), "-c", SCRIPT, json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return np.array(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def ours():
    """A compiled run of the pair: somatic voltages after each step."""
    from braincell.filter import at

    cells = make(2, PARTS)
    gap = gj.SymmetryGapJunction(
        gj.sites(cells, at("dend", 0.5)), "V", ([0], [1]), 1 * u.nS, coupling="implicit"
    )
    cells.init_state()
    V0 = np.full(tuple(cells.out_size), REST)
    V0[0] = START
    run = stepper(cells, [gap], STEPS)
    return lambda g: np.asarray(run(V0, [g], DT))[:, :, PARTS // 2].T


@pytest.mark.parametrize("g", [0.1, 1.0, 1e2, 1e5])
def test_steps_are_those_of_neuron_with_the_junction_in_its_matrix(g, ours, need_neuron):
    found = neuron(need_neuron, g)[:, 1:]
    n = min(found.shape[1], STEPS)
    assert n >= STEPS - 1
    np.testing.assert_allclose(ours(g)[:, :n], found[:, :n], rtol=0, atol=1e-7)


def test_steady_coupling_between_somata(need_neuron):
    from braincell.filter import at

    still = neuron(need_neuron, 1.0, steps=4000, dt=1.0, drive=0.01, start=REST)[:, -1] - REST
    cells = make(2, PARTS)
    dend, soma = gj.sites(cells, at("dend", 0.5)), gj.sites(cells, at("soma", 0.5))
    gap = gj.SymmetryGapJunction(dend, "V", ([0], [1]), 1 * u.nS)
    cells.init_state()
    net = gj.measure.linearise(gap)
    found = gj.measure.coupling_coefficient(net, (soma, 0), (soma, 1))
    assert found == pytest.approx(still[1] / still[0], rel=1e-6)
