"""Places of multi-compartment cells that are held at a voltage, beside closed forms and NumPy."""

import copy

import braincell
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import LEAK, RA, REST, THIN, circuit, make, needs_places
from models import Passive

if hasattr(braincell, "CellView"):
    from braincell.filter import LocsetMask, at

pytestmark = [needs_places, pytest.mark.usefixtures("x64")]
DT = 0.025
HELD = {0: -20.0, 3: -40.0}
"""Which of four places are held: the middle of the first dendrite, and the end of the second."""
EDGES = ([0, 1], [2, 3])


def built(mode, volumes=1, locations=(0.5, 0.9), **settings):
    """Two cells with two junctions between their dendrites, and two clamps."""
    cells = make(2, volumes, **settings)
    places = gj.sites(cells, LocsetMask(points=[(1, x) for x in locations]))
    gap = gj.SymmetryGapJunction(places, "V", EDGES, 5 * u.nS, coupling=mode)
    clamps = [gj.VoltageClamp(places, k, at * u.mV) for k, at in HELD.items()]
    cells.init_state()
    for part in (gap, *clamps):
        part.init_state()
    return cells, places, gap, clamps


def start(cells, seed=0):
    return REST + np.random.default_rng(seed).uniform(-20, 20, tuple(cells.out_size))


def put(cells, V):
    cells.V.value = jnp.asarray(V) * u.mV
    # What braincell keeps at the ends of volumes from one step to the next.
    cells._point_V.value = cells._initial_point_voltage(cells.V.value)


def once(cells, parts, i=0, dt=DT):
    """Take a step; voltages in mV, and the currents of clamps in nA."""
    with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
        for part in (*parts, cells):
            part()
    clamps = [part for part in parts if isinstance(part, gj.VoltageClamp)]
    currents = [clamp.current.value.to_decimal(u.nA) for clamp in clamps]
    return cells.V.value.to_decimal(u.mV), jnp.concatenate(currents, axis=-1)


def held_step(cells, index, mode, g, V, held, dt=DT, edges=EDGES, before=None):
    """One step in which the voltages of ``held`` are given; g in uS.

    Everything but what is held is implicit in the cells, and in the junctions as the mode says.
    """
    C, axial, leak = circuit(cells)
    P = V.shape[0]
    matrix = np.kron(np.eye(P), np.diag(C / dt + leak) + axial)
    right = np.tile(C / dt, P) * V.ravel() + np.tile(leak, P) * REST
    now, ids, values = V.ravel().copy(), list(held), list(held.values())
    now[ids] = values
    seen = now if before is None else 1.5 * now - 0.5 * before.ravel()
    for a, b in zip(*edges, strict=True):
        for i, j in ((index[a], index[b]), (index[b], index[a])):
            if mode == "implicit":
                matrix[i, i] += g
                matrix[i, j] -= g
            elif mode == "semi_implicit":
                matrix[i, i] += g
                right[i] += g * now[j]
            else:
                right[i] += g * (seen[j] - seen[i])
    given, known = matrix.copy(), right.copy()
    given[ids], known[ids] = np.eye(V.size)[ids], values
    found = np.linalg.solve(given, known)
    # What the equations of the held volumes lack is the current of their amplifiers.
    return found.reshape(V.shape), (matrix @ found - right)[ids]


def test_implicit_is_the_step_with_voltages_given():
    """From a tenth of a nanosiemens to a tenth of a millisiemens."""
    cells, places, gap, clamps = built("implicit", volumes=3)
    held = dict(zip(places.index[list(HELD)], HELD.values(), strict=True))
    V0 = start(cells)

    @brainstate.transform.jit
    def run(g):
        put(cells, V0)
        gap.weight.value = g * u.nS
        return brainstate.transform.for_loop(
            lambda i: once(cells, [*clamps, gap], i), jnp.arange(4)
        )

    for g in (0.1, 1e2, 1e5):
        V, currents = run(g)
        want = V0
        for k in range(4):
            want, current = held_step(cells, places.index, "implicit", g * 1e-3, want, held)
            np.testing.assert_allclose(V[k], want, rtol=0, atol=1e-9)
            # Through strong junctions it is a difference of large numbers.
            np.testing.assert_allclose(currents[k], current, rtol=1e-9, atol=1e-12 * g + 1e-10)


@pytest.mark.parametrize("mode", ["step", "stage", "extrapolated", "semi_implicit"])
def test_other_modes_hold_the_same_places(mode):
    cells, places, gap, clamps = built(mode)
    held = dict(zip(places.index[list(HELD)], HELD.values(), strict=True))
    want, before = start(cells), None
    put(cells, want)
    for k in range(2):
        V, currents = once(cells, [*clamps, gap], k)
        now = want.copy()
        now.flat[list(held)] = list(held.values())
        seen = before if mode == "extrapolated" else None
        want, current = held_step(cells, places.index, mode, 5e-3, want, held, before=seen)
        before = now
        np.testing.assert_allclose(V, want, rtol=0, atol=1e-9)
        np.testing.assert_allclose(currents, current, rtol=1e-9, atol=1e-10)


def test_steady_cable_with_a_clamped_end():
    """cosh((L - x) / l) / cosh(L / l), and the input conductance, to second order in space."""
    length, V0, errors = 400.0, 30.0, []
    for volumes in (5, 15):
        branch = braincell.Branch.from_lengths(
            lengths=[length] * u.um, radii=[THIN, THIN] * u.um, type="soma"
        )
        cells = make(1, volumes, tree=braincell.Morphology.from_root(branch, name="soma"))
        clamp = gj.VoltageClamp(gj.sites(cells, at("soma", 0.0)), 0, (REST + V0) * u.mV)
        cells.init_state()
        clamp.init_state()
        # An implicit step that is long enough ends in the steady state.
        V, current = once(cells, [clamp], dt=1e9)
        x = (np.arange(volumes) + 0.5) / volumes * length
        constant = 1e4 * np.sqrt(THIN * 1e-4 / (2 * RA * LEAK))
        end = constant * 2 * np.pi * THIN * 1e-8 * LEAK * 1e6  # uS, of an infinite cable
        want = V0 * np.cosh((length - x) / constant) / np.cosh((length - x[0]) / constant)
        into = V0 * end * (np.tanh((length - x[0]) / constant) + np.tanh(x[0] / constant))
        errors.append((np.abs(V[0] - REST - want).max(), abs(current[0] / into - 1)))
    assert errors[1][0] < 6e-3
    assert errors[1][1] < 6e-4
    np.testing.assert_allclose(np.divide(*errors), 9, rtol=0.15)


@pytest.mark.parametrize("first", ["cells", "points"])
def test_a_point_neuron_beside_a_clamped_cell(first):
    """A population that steps before another one steps twice; the current is that of the step."""
    cells, points = make(1, volumes=1), Passive(1, 1 * u.nF, V0=-20 * u.mV)
    dend, soma = gj.sites(cells, at("dend", 0.5)), gj.sites(cells, at("soma", 0.5))
    gap = gj.SymmetryGapJunction((dend, points), "V", ([0], [0]), 20 * u.nS, coupling="implicit")
    clamp = gj.VoltageClamp(soma, 0, -30 * u.mV)
    cells.init_state()
    points.init_state()
    clamp.init_state()
    V0 = start(cells)
    put(cells, V0)
    order = (cells, points) if first == "cells" else (points, cells)
    with brainstate.environ.context(t=0 * u.ms, dt=DT * u.ms):
        for part in (clamp, gap, *order):
            part()
    C, axial, leak = circuit(cells)
    matrix = np.zeros((3, 3))
    matrix[:2, :2] = np.diag(C / DT + leak) + axial
    matrix[2, 2] = 1 / DT
    matrix[[1, 2], [1, 2]] += 0.02
    matrix[[1, 2], [2, 1]] -= 0.02
    right = np.array([*(C / DT * V0[0] + leak * REST), -20 / DT])
    found = np.linalg.solve(np.vstack([[1, 0, 0], matrix[1:]]), np.array([-30.0, *right[1:]]))
    V = [*cells.V.value[0].to_decimal(u.mV), *points.V.value.to_decimal(u.mV)]
    np.testing.assert_allclose(V, found, atol=1e-8)
    current = clamp.current.value.to_decimal(u.nA)
    np.testing.assert_allclose(current, (matrix @ found - right)[:1], rtol=1e-8)
    # And free again.
    with brainstate.environ.context(t=DT * u.ms, dt=DT * u.ms):
        for part in (gap, *order):
            part()
    assert abs(float(cells.V.value[0, 0].to_decimal(u.mV)) + 30) > 1e-3


def test_gradients_and_changing_voltages():
    """Of a clamp's charge by a junction and by the command, against differences."""
    cells, _, gap, (clamp, _) = built("implicit")
    V0 = start(cells)

    def charge(x):
        put(cells, V0)
        gap.weight.value = x[0] * u.nS
        for i in range(2):
            with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
                clamp((x[1] + i) * u.mV)
                gap()
                cells()
        return clamp.current.value[0].to_decimal(u.nA)

    at_ = brainstate.transform.jit(brainstate.transform.grad(charge, return_value=True))
    x = jnp.array([20.0, -30.0])
    slope, _ = at_(x)
    for k in range(2):
        (_, up), (_, down) = (at_(x.at[k].add(h)) for h in (1e-3, -1e-3))
        assert float(slope[k]) == pytest.approx(float(up - down) / 2e-3, rel=1e-6)


def test_a_batch_and_one_volume_of_several_clamps():
    cells = make(1, volumes=1)
    dend, soma = gj.sites(cells, at("dend", 0.5)), gj.sites(cells, at("soma", 0.5))
    one, two = gj.VoltageClamp(dend, 0, 0 * u.mV), gj.VoltageClamp(dend, 0, 0 * u.mV)
    other = gj.VoltageClamp(soma, 0, -50 * u.mV)
    cells.init_state(batch_size=2)
    for clamp in (one, two, other):
        clamp.init_state()
    V0 = np.array([[-60.0, -70.0], [-50.0, -40.0]])
    put(cells, V0[:, None])
    levels = np.array([-20.0, -80.0])
    with brainstate.environ.context(t=0 * u.ms, dt=DT * u.ms):
        one()
        two(levels[:, None] * u.mV)
        other()
        cells()
    # The clamp that was called last holds the volume, and has all of the current.
    np.testing.assert_array_equal(one.current.value.mantissa, 0)
    for member, level in enumerate(levels):
        V, current = held_step(
            cells, (), "implicit", 0.0, V0[member][None], {1: level, 0: -50.0}, edges=((), ())
        )
        np.testing.assert_allclose(cells.V.value[member].to_decimal(u.mV), V, atol=1e-9)
        found = [c.current.value[member, 0].to_decimal(u.nA) for c in (two, other)]
        np.testing.assert_allclose(found, current, rtol=1e-9)


def test_explicit_solvers_approach_the_same():
    """Voltages and charges at steps that are short enough for axial currents, of second order."""
    cells, places, gap, clamps = built("stage", solver="rk4")
    held = dict(zip(places.index[list(HELD)], HELD.values(), strict=True))
    V0, steps = start(cells), 100

    @brainstate.transform.jit
    def run(dt):
        put(cells, V0)
        return brainstate.transform.for_loop(
            lambda i: once(cells, [*clamps, gap], i, dt), jnp.arange(steps)
        )

    def exact(end, n=4000):
        V, charge = V0, 0.0
        for _ in range(n):
            V, current = held_step(cells, places.index, "implicit", 5e-3, V, held, end / n)
            charge = charge + current * end / n
        return V, charge

    errors = []
    for dt in (4e-3, 2e-3):
        V, currents = run(dt)
        true, charge = exact(steps * dt)
        errors.append(np.abs(V[-1] - true).max())
        np.testing.assert_allclose(currents.sum(axis=0) * dt, charge, rtol=2e-3)
    assert errors[0] < 5e-3
    assert errors[1] < 2e-3


def test_copies_hold_their_own_places():
    cells, places, gap, clamps = built("implicit")
    twin, _, held = copy.deepcopy((cells, gap, clamps[0]))
    assert held.population.owner is twin
    assert held.population.labels == places.labels
    before = np.asarray(cells.V.value.mantissa)
    once(twin, [held])
    assert float(twin.V.value[0, 1].to_decimal(u.mV)) == HELD[0]
    np.testing.assert_array_equal(cells.V.value.mantissa, before)
    assert "places of Cell" in repr(held)
    held.reset_state()
    assert float(held.current.value[0].mantissa) == 0


def test_refusals():
    cells = make(2, volumes=1)
    places = gj.sites(cells, LocsetMask(points=[(1, 0.4), (1, 0.6)]))
    with pytest.raises(ValueError, match="states must be 'V' for Sites, got 'spike'"):
        gj.VoltageClamp(places, 0, -20 * u.mV, state="spike")
    with pytest.raises(u.UnitMismatchError, match="voltage must be in a unit such as mV"):
        gj.VoltageClamp(places, 0, -20)
    with pytest.raises(ValueError, match="index must be flat ids from 0 to 3"):
        gj.VoltageClamp(places, [4], -20 * u.mV)
    clamp, both = gj.VoltageClamp(places, 0, -20 * u.mV), gj.VoltageClamp(places, [2, 3], 0 * u.mV)
    for call in (clamp, clamp.init_state):
        with pytest.raises(ValueError, match="has no state 'V' yet"):
            call()
    cells.init_state()
    with pytest.raises(ValueError, match=r"places \[2, 3\] of Cell are in the same one"):
        both()
    with brainstate.environ.context(t=0 * u.ms, dt=DT * u.ms):
        clamp()
        cells()
        with pytest.raises(ValueError, match=r"Cell has clamps, and steps without them"):
            cells.update()
