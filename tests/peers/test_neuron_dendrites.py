"""Two ball-and-stick cells that are joined half-way along their dendrites, beside NEURON."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import REST, make, needs_places, stepper
from simulators import cables_peer, processes
from simulators.neuron_mechanisms import compile_folder

pytestmark = [pytest.mark.slow, pytest.mark.optimized, needs_places, pytest.mark.usefixtures("x64")]
DT, STEPS, PARTS, START = 0.025, 400, 5, -55.0


def neuron(need_neuron, g, steps=STEPS, dt=DT, drive=0.0, start=START):
    """Somatic voltages of NEURON with the junction in the matrix of its implicit Euler step.

    Their shape is (2, steps + 1).
    """
    need_neuron()
    job = {"g": g, "steps": steps, "dt": dt, "drive": [drive, 0.0], "start": [start, REST]}
    job["method"] = "LinearMechanism, implicit Euler"
    return cables_peer.run("neuron", {"pair": job})["pair"]["V"].T


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


@pytest.mark.parametrize("g", [1.0, 1e4])
def test_clamped_places_take_the_current_of_neurons_electrodes(g, need_neuron):
    """A soma and a dendrite of two joined cells are held, far from where the cells start."""
    from braincell.filter import at

    need_neuron()
    job = {"g": g, "steps": 100, "start": [START, REST], "record": ["soma", "dend"]}
    job |= {"clamps": [[0, "soma", -20.0], [1, "dend", -80.0]]}
    job["method"] = "LinearMechanism, implicit Euler"
    theirs = cables_peer.run("neuron", {"pair": job})["pair"]

    cells = make(2, PARTS)
    soma, dend = gj.sites(cells, at("soma", 0.5)), gj.sites(cells, at("dend", 0.5))
    gap = gj.SymmetryGapJunction(dend, "V", ([0], [1]), g * u.nS, coupling="implicit")
    clamps = gj.VoltageClamp(soma, 0, -20 * u.mV), gj.VoltageClamp(dend, 1, -80 * u.mV)
    cells.init_state()
    for clamp in clamps:
        clamp.init_state()
    V0 = np.full(tuple(cells.out_size), REST)
    V0[0] = START
    cells.V.value = V0 * u.mV
    cells._point_V.value = cells._initial_point_voltage(cells.V.value)

    def step(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            for part in (*clamps, gap, cells):
                part()
        currents = [clamp.current.value[0].to_decimal(u.nA) for clamp in clamps]
        return cells.V.value.to_decimal(u.mV), jnp.stack(currents)

    V, currents = brainstate.transform.for_loop(step, jnp.arange(100))
    found = np.asarray(V)[:, :, [PARTS // 2, PARTS + PARTS // 2]]
    found = np.moveaxis(found, 2, 1).reshape(100, 4)
    n = min(100, len(theirs["V"]) - 1)
    assert n >= 99
    # NEURON holds them through an ohm: what that leaves of the first step's change is in the
    # currents of the second.
    np.testing.assert_allclose(found[:n], theirs["V"][1 : n + 1], rtol=0, atol=1e-4)
    np.testing.assert_allclose(currents[:2], theirs["I"][:2], rtol=5e-5)
    np.testing.assert_allclose(currents[2:n], theirs["I"][2:n], rtol=1e-6)


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


def test_semi_implicit_steps_are_those_of_parallelcontext_and_arbor(need_neuron, need_arbor):
    """What is held there is the voltage of the other cell, at the start of the step."""
    need_neuron({"insert": {}, "coupling": {"by": "transfer"}})
    pair = {"drive": [0.05, 0.0], "steps": 40}
    jobs = {f"{g:g}": pair | {"g": g} for g in (1.0, 1e5)}

    def of(simulator, method):
        wanted = {name: job | {"method": method} for name, job in jobs.items()}
        return cables_peer.run(simulator, wanted)

    ours = of("gapjunction", "semi-implicit coupling")
    for theirs in (of("neuron", "ParallelContext, implicit Euler"), of("arbor", "")):
        for name, found in theirs.items():
            np.testing.assert_allclose(ours[name]["V"], found["V"], rtol=0, atol=1e-6)


def test_active_dendrites_converge_to_neurons_solution(need_neuron):
    """A ring of four cells with the squid axon's channels all over, one of which is driven more."""
    need_neuron()
    ring = {"cells": 4, "edges": [[0, 1, 2, 3], [1, 2, 3, 0]], "active": True, "g": 100.0}
    ring |= {"drive": [0.5, 0.2, 0.3, 0.4]}

    def run(simulator, method, dt):
        job = ring | {"method": method, "dt": dt, "steps": round(10 / dt)}
        return cables_peer.run(simulator, {"ring": job})["ring"]["V"]

    true = run("neuron", "converged", 0.025)
    assert true.max() > 20, "cells should spike"
    errors = [
        np.sqrt(np.mean((run("gapjunction", "implicit coupling", dt)[::every] - true) ** 2))
        for dt, every in ((0.0125, 2), (0.00625, 4))
    ]
    assert errors[1] < 1.0
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.3)


def test_dendrites_with_the_channels_of_a_pyramidal_cell(need_neuron, tmp_path):
    """Those of Hay et al. 2011 without calcium; NEURON has them as this library writes them."""
    need_neuron({"insert": {"written ones": {}}})
    density = u.siemens / u.cm**2
    # A twentieth of a soma's sodium and potassium channels, for two short cables to fire.
    scale = {"NaTa_Ha2011": 0.05, "SKv3_1_Ha2011": 0.05, "Im_Ha2011": 1, "Ih_Ha2011": 1}
    dendritic = {}
    for name, factor in scale.items():
        cls = getattr(gj.ion_channels, name)
        dendritic[name] = float(factor * cls.g_max.to_decimal(density))
        gj.nmodl.write(cls, tmp_path / f"{name}.mod")
    compile_folder(processes.python("neuron"), tmp_path)
    job = {"dendritic": dendritic, "mechanisms": str(tmp_path), "celsius": 34.0}
    job |= {"record": ["soma", "dend"], "drive": [0.2, 0.0]}
    coarse, fine, every = 0.0125, 0.00625, 0.025

    def run(simulator, method, *steps, conductances=(1.0, 100.0)):
        """Voltages of both somata and both dendrites every 0.025 ms, by conductance and step."""
        jobs = {
            f"{g:g} {dt:g}": job | {"g": g, "dt": dt, "steps": round(20 / dt), "method": method}
            for g in conductances
            for dt in steps
        }
        found = cables_peer.run(simulator, jobs)
        return {
            (g, dt): found[f"{g:g} {dt:g}"]["V"][:: round(every / dt)]
            for g in conductances
            for dt in steps
        }

    true = run("neuron", "converged", every, conductances=(0.0, 1.0, 100.0))
    theirs = run("neuron", "LinearMechanism, implicit Euler", coarse, fine)
    ours = run("gapjunction", "implicit coupling", coarse, fine)
    # Of the cell that is driven the dendrite fires; through 100 nS the other one fires with it.
    assert true[1.0, every][:, 2].max() > 20
    assert np.ptp(true[1.0, every][:, 3]) > 10
    assert true[100.0, every][:, 2:].max(axis=0).min() > 10
    assert np.abs(true[0.0, every][:, 1::2] + 65).max() < 1
    for key, V in ours.items():
        n = min(len(V), len(theirs[key]))
        assert n >= len(V) - 1
        np.testing.assert_allclose(V[:n], theirs[key][:n], rtol=0, atol=1e-7, err_msg=str(key))
    for g in (1.0, 100.0):
        exact, first, second = true[g, every], ours[g, coarse], ours[g, fine]
        assert np.abs(first - exact).max() < 2.6
        rms = [np.sqrt(np.mean((V - exact) ** 2, axis=0)) for V in (first, second)]
        assert rms[0].max() < 0.33
        # Of first order at all places, and what remains of both steps together is of second.
        np.testing.assert_allclose(rms[0] / rms[1], 2, atol=0.2)
        assert np.abs(2 * second - first - exact).max() < 0.07
