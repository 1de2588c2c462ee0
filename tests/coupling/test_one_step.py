"""One strong step of passive cells, against its linear equations written out."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.laws import Boltzmann
from models import Network, Passive, mv, pairs, simulate

DT = 0.1
CHAIN, CROSS = ([0, 1, 2], [1, 2, 3]), ([0, 1], [2, 3])
START = np.array([-80.0, -70.0, -30.0, -20.0])
LEAK, REST = 0.2, -60.0


def one_step(junctions, cells):
    net = Network([cells], junctions)
    brainstate.nn.init_all_states(net)
    drive = 0 * (u.nA if isinstance(cells, Passive) else u.uA / u.cm**2)
    return mv(simulate(net, [drive], 1, DT * u.ms)[0])[0]


def into(ids, weight, n):
    """Return (A, B) of the current A V_neighbours - B V_own into each of n cells."""
    A = np.zeros((n, n))
    both = np.broadcast_to(weight, (len(ids[0]), 2))
    for a, b, (into_post, out_of_pre) in zip(*ids, both, strict=True):
        A[b, a] += into_post
        A[a, b] += out_of_pre
    return A, np.diag(A.sum(axis=1))


def staggered(V):
    leak = gj.ion_channels.Channel(len(V), LEAK * u.mS / u.cm**2, REST * u.mV)
    initial = lambda size, *_, **__: V * u.mV  # noqa: E731
    return gj.PointNeuron(
        len(V), 1 * u.uF / u.cm**2, {"leak": leak}, "staggered", V_initializer=initial
    )


@pytest.mark.parametrize(
    ("make", "implicit", "semi"),
    [
        ("exact", 7.0, 4.0),
        ("exact", 0.0, 4.0),
        ("staggered", 7.0, 4.0),
        ("staggered", 7.0, 0.0),
        ("staggered", 0.0, 4.0),
    ],
)
def test_semi_implicit_junctions_beside_implicit_ones(make, implicit, semi, x64):
    cells = Passive(4, V0=START * u.mV) if make == "exact" else staggered(START)
    unit = u.uS if make == "exact" else u.mS / u.cm**2
    found = one_step(
        [
            gj.SymmetryGapJunction(cells, "V", pairs(*ids), g * unit, coupling=mode)
            for ids, g, mode in (
                (CHAIN, implicit, "implicit"),
                (CROSS, semi, "semi_implicit"),
            )
        ],
        cells,
    )
    A, B = into(CHAIN, implicit, 4)
    lagged, own = into(CROSS, semi, 4)
    # Leaks and implicit currents are those of mid-step where the solver is of second order;
    # semi-implicit ones those at the neighbours as they were, and the own voltage of the end.
    leak, end = (0.0, 1.0) if make == "exact" else (LEAK, 0.5)
    same = A - B - leak * np.eye(4)
    left = np.eye(4) / DT - end * same + own
    right = START / DT + (1 - end) * same @ START + lagged @ START + leak * REST
    np.testing.assert_allclose(found, np.linalg.solve(left, right), rtol=1e-9)


def test_one_and_two_conductances_together_among_many_cells(x64):
    n = 80
    start = np.random.default_rng(0).uniform(-90, 0, n)
    ring = (np.arange(n), (np.arange(n) + 1) % n)
    other = (np.arange(0, n, 2), (np.arange(0, n, 2) + 11) % n)
    cells = Passive(n, V0=start * u.mV)
    found = one_step(
        [
            gj.SymmetryGapJunction(cells, "V", pairs(*ring), 30 * u.uS, coupling="implicit"),
            gj.AsymmetryGapJunction(
                cells, "V", cells, "V", pairs(*other), [50, 5] * u.uS, coupling="implicit"
            ),
        ],
        cells,
    )
    A = sum(a - b for a, b in (into(ring, 30.0, n), into(other, [50.0, 5.0], n)))
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(n) - DT * A, start), rtol=1e-9)


def test_the_smallest_tolerance_of_junctions_that_are_solved_together_counts(x64):
    n = 80
    start = np.random.default_rng(0).uniform(-90, 0, n)
    ring = (np.arange(n), (np.arange(n) + 1) % n)
    cells = Passive(n, V0=start * u.mV)
    found = one_step(
        [
            gj.SymmetryGapJunction(
                cells, "V", pairs(*ring), 200 * u.uS, coupling=gj.Implicit(rtol=rtol)
            )
            for rtol in (1e-2, 1e-12)
        ],
        cells,
    )
    A, B = into(ring, 400.0, n)
    want = np.linalg.solve(np.eye(n) - DT * (A - B), start)
    np.testing.assert_allclose(found, want, atol=1e-6)


def test_a_current_that_falls_with_voltage_is_held_for_the_step(x64):
    law = Boltzmann(V0=30 * u.mV, slope=5 * u.mV, s_min=0.0)
    V = np.array([20.0, -20.0])
    cells = Passive(2, V0=V * u.mV)
    gap = gj.VoltageGatedGapJunction(
        cells, "V", pairs([0], [1]), 1 * u.uS, law=law, coupling="implicit"
    )
    along = 40.0 / (1 + np.exp((40 - 30) / 5))
    np.testing.assert_allclose(one_step([gap], cells), V + DT * along * np.array([-1, 1]))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_is_called_before_updates_is_called_again_with_a_step_that_is(order, x64):
    a, b = Passive(1, V0=-60 * u.mV), Passive(1, V0=-40 * u.mV)
    gap = gj.SymmetryGapJunction((a, b), "V", ([0], [0]), 30 * u.uS, coupling="implicit")
    drives = [50.0, -20.0]
    for cells, x in zip((a, b), drives, strict=True):
        # An input for one step, which the step itself takes away.
        cells.add_before_update(
            "drive", lambda cells=cells, x=x: cells.add_current_input("drive", [x] * u.nA)
        )
    net = Network([(a, b)[k] for k in order], [gap])
    brainstate.nn.init_all_states(net)
    V = simulate(net, [0 * u.nA] * 2, 1, DT * u.ms)
    # Junctions move charge from one cell to the other, and do not change how much there is.
    total = sum(mv(v)[0, 0] for v in V)
    np.testing.assert_allclose(total, -60 - 40 + DT * sum(drives), rtol=1e-9)


def leak_only(solver):
    leak = gj.ion_channels.Channel(3, 0.1 * u.mS / u.cm**2, -65 * u.mV)
    return gj.PointNeuron(3, 1 * u.uF / u.cm**2, {"leak": leak}, solver)


# kappa is 0.05 in each. The neurons of 1 ohm get currents of 1e8 nA.
HALF = {
    "LIF of 1 ohm": (lambda: bp.LIF(3, R=1 * u.ohm, tau=10 * u.ms), 5 * u.siemens, u.mA),
    "LIF of 1 Gohm": (lambda: bp.LIF(3, R=1 * u.Gohm, tau=10 * u.ms), 5 * u.nS, u.nA),
    "HH": (lambda: bp.HH(3), 0.5 * u.mS, u.uA),
    "exp_euler": (lambda: leak_only("exp_euler"), 0.5 * u.mS / u.cm**2, u.uA / u.cm**2),
    "staggered": (lambda: leak_only("staggered"), 0.5 * u.mS / u.cm**2, u.uA / u.cm**2),
    "rk4": (lambda: leak_only("rk4"), 0.5 * u.mS / u.cm**2, u.uA / u.cm**2),
}


@pytest.mark.parametrize("host", HALF)
def test_half_precision_couples_as_explicit_junctions_do(host):
    make, weight, ampere = HALF[host]
    start = u.Quantity(jnp.array([-75.0, -45.0, -65.0], jnp.float16), unit=u.mV)

    def step(coupling, g):
        brainstate.random.seed(0)
        cells = make()
        gap = gj.SymmetryGapJunction(cells, "V", ([0, 1], [1, 2]), g * weight, coupling=coupling)
        cells.init_state()
        cells.V.value = start
        gap()
        cells(u.Quantity(jnp.float16(0), unit=ampere))
        return cells.V.value

    with brainstate.environ.context(precision=16, dt=jnp.float16(0.1) * u.ms):
        free, explicit = step("stage", 0.0), step("stage", 1.0)
        assert np.abs(mv(explicit - free)).min() > 0.7
        for solved in ("semi_implicit", "implicit"):
            found = step(solved, 1.0)
            assert found.dtype == jnp.float16
            # Voltages have steps of 0.06 mV here; the modes differ by kappa of the change.
            np.testing.assert_allclose(mv(found - free), mv(explicit - free), rtol=0.15, atol=0.07)
