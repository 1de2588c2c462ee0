"""Junctions between places of multi-compartment cells, in all coupling modes."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
import scipy.linalg

import gapjunction as gj
from dendrites import (
    HAVE_PLACES,
    REST,
    circuit,
    explicit_steps,
    implicit_steps,
    make,
    needs_places,
    stepper,
)
from models import Passive

if HAVE_PLACES:
    from braincell.filter import LocsetMask, at

pytestmark = [needs_places, pytest.mark.usefixtures("x64")]
STEPS = 8
PAIR = ([0], [1])


def start(cells, seed=0):
    """Voltages that differ from cell to cell, and along each cell."""
    return REST + np.random.default_rng(seed).uniform(-20, 20, tuple(cells.out_size))


def built(mode, locations=(0.5,), pop=2, edges=PAIR, **settings):
    cells = make(pop, **settings)
    places = gj.sites(cells, LocsetMask(points=[(1, x) for x in locations]))
    gap = gj.SymmetryGapJunction(places, "V", edges, 1 * u.nS, coupling=mode)
    cells.init_state()
    gap.init_state()
    return cells, places, gap


def test_implicit_is_the_step_of_the_whole():
    """From a tenth of a nanosiemens to a tenth of a millisiemens."""
    cells, places, gap = built("implicit")
    run, V0 = stepper(cells, [gap], STEPS), start(cells)
    for g in (0.1, 1.0, 1e2, 1e4, 1e5):
        want = implicit_steps(cells, places.index, PAIR, g * 1e-3, V0, 0.025, STEPS)
        np.testing.assert_allclose(run(V0, [g]), want, rtol=0, atol=1e-9)


def test_implicit_is_of_first_order_in_time():
    cells, places, gap = built("implicit", volumes=1)
    run, V0 = stepper(cells, [gap], 1), start(cells)
    rates, errors = _rates(cells, places.index, 5e-3), []
    for dt in (1e-2, 5e-3):
        true = REST + scipy.linalg.expm(-dt * rates) @ (V0.ravel() - REST)
        errors.append(np.abs(np.asarray(run(V0, [5.0], dt))[0].ravel() - true).max())
    # Of one step the error is of second order.
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.3)


def test_many_sites_in_each_of_many_cells():
    """More sites than are factored, several in a cell: by conjugate gradients."""
    rng = np.random.default_rng(3)
    edges = rng.choice(88, (2, 60))
    edges = edges[:, edges[0] != edges[1]]
    cells, places, gap = built("implicit", (0.1, 0.5, 0.6, 0.9), pop=22, edges=edges)
    run, V0 = stepper(cells, [gap], STEPS), start(cells)
    for g in (1.0, 1e5):
        want = implicit_steps(cells, places.index, edges, g * 1e-3, V0, 0.025, STEPS)
        np.testing.assert_allclose(run(V0, [g]), want, rtol=0, atol=1e-9)


def test_a_ring_of_cells_joined_at_one_place_each():
    """More cells than are factored: solved as point neurons, with the response at that place."""
    n = 70
    order = np.random.default_rng(5).permutation(n)
    edges = (order, np.roll(order, 1))
    cells, places, gap = built("implicit", pop=n, edges=edges, volumes=1)
    run, V0 = stepper(cells, [gap], STEPS), start(cells)
    for g in (1.0, 1e4):
        want = implicit_steps(cells, places.index, edges, g * 1e-3, V0, 0.025, STEPS)
        np.testing.assert_allclose(run(V0, [g]), want, rtol=0, atol=1e-8)


@pytest.mark.parametrize("mode", ["stage", "semi_implicit", "implicit"])
def test_places_in_one_volume_are_one_place(mode):
    """Two locations of the same control volume, each with a junction of its own."""
    edges = ([0, 1, 4], [2, 3, 3])
    cells, places, gap = built(mode, (0.4, 0.6), pop=3, edges=edges, volumes=1)
    assert len(np.unique(places.index)) == 3
    run, V0 = stepper(cells, [gap], 2), start(cells)
    middle = gj.sites(cells, at("dend", 0.5))
    merged = ([0, 0, 2], [1, 1, 1])
    want = {"stage": explicit_steps, "implicit": implicit_steps}.get(mode)
    if want is not None:
        found = want(cells, middle.index, merged, 5e-2, V0, 0.025, 2)
    else:
        other = gj.SymmetryGapJunction(middle, "V", merged, 1 * u.nS, coupling=mode)
        gap_off = [0.0, 50.0]
        both = stepper(cells, [gap, other], 2)
        found = both(V0, gap_off)
    np.testing.assert_allclose(run(V0, [50.0]), found, rtol=0, atol=1e-8)


@pytest.mark.parametrize("mode", ["step", "stage", "extrapolated"])
def test_explicit_modes_are_the_textbook_scheme(mode):
    cells, places, gap = built(mode)
    run, V0 = stepper(cells, [gap], STEPS), start(cells)
    want = explicit_steps(cells, places.index, PAIR, 2e-3, V0, 0.025, STEPS, mode == "extrapolated")
    np.testing.assert_allclose(run(V0, [2.0]), want, rtol=0, atol=1e-9)


def test_semi_implicit_is_bounded_and_of_first_order():
    cells, places, gap = built("semi_implicit")
    V0, run = start(cells), stepper(cells, [gap], 1)
    found = np.asarray(run(V0, [1e5]))
    assert found.min() >= V0.min() - 1e-6
    assert found.max() <= V0.max() + 1e-6
    # The errors of one step, of second order, beside the implicit step's own.
    errors = [
        np.abs(
            run(V0, [5.0], dt)[-1] - implicit_steps(cells, places.index, PAIR, 5e-3, V0, dt, 1)[-1]
        ).max()
        for dt in (2e-3, 1e-3, 5e-4)
    ]
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.5)
    assert errors[1] / errors[2] == pytest.approx(4, abs=0.3)


def test_gradient_of_a_somatic_trace_by_a_junction_on_the_dendrites():
    cells, _, gap = built("implicit", volumes=1)
    run, V0 = stepper(cells, [gap], 20), start(cells)

    def loss(g):
        return (run(V0, [g])[:, 1, 0] ** 2).mean()

    slope = brainstate.transform.jit(brainstate.transform.grad(loss))
    for g in (1.0, 1e3):
        h = 1e-4 * g
        want = (loss(g + h) - loss(g - h)) / (2 * h)
        assert float(slope(jnp.asarray(g))) == pytest.approx(float(want), rel=1e-6)


def test_members_of_a_batch_step_as_they_would_alone():
    """Of two populations of one cell: braincell's own step has no batches of several cells."""
    cells = make(1, volumes=1), make(1, volumes=1)
    ends = tuple(gj.sites(one, at("dend", 0.5)) for one in cells)
    gap = gj.SymmetryGapJunction(ends, "V", ([0], [0]), 50 * u.nS, coupling="implicit")
    V0 = REST + np.random.default_rng(0).uniform(-20, 20, (3, 2, 2))
    for k, one in enumerate(cells):
        one.init_state(batch_size=3)
        one.V.value = V0[:, k][:, None] * u.mV

    @brainstate.transform.jit
    def step():
        with brainstate.environ.context(t=0 * u.ms, dt=0.025 * u.ms):
            gap()
            cells[0]()
            cells[1]()
        return [one.V.value.to_decimal(u.mV)[:, 0] for one in cells]

    found = np.stack(step(), axis=1)
    for member, V in zip(found, V0, strict=True):
        want = implicit_steps(cells[0], [1, 3], PAIR, 0.05, V, 0.025, 1)[0]
        np.testing.assert_allclose(member, want, rtol=0, atol=1e-9)


def test_laws_follow_the_voltages_of_places():
    """One step of Newton's method on dendrites, beside the same in NumPy."""
    cells = make(2, volumes=1)
    places = gj.sites(cells, at("dend", 0.5))
    law = gj.laws.Rectifier(V_half=10.0 * u.mV)
    gap = gj.RectifyingGapJunction(places, "V", PAIR, 50 * u.nS, law=law, coupling="implicit")
    cells.init_state()
    V0, run = start(cells), stepper(cells, [gap], 1)
    i, j = places.index
    apart = V0.flat[i] - V0.flat[j]

    def current(dv):
        g = law.conductance(None, dv * u.mV, 0.0 * u.mV)
        return 0.05 * float(g) * dv

    slope = (current(apart + 1e-5) - current(apart - 1e-5)) / 2e-5
    C, axial, leak = circuit(cells)
    matrix = np.kron(np.eye(2), np.diag(C / 0.025 + leak) + axial)
    right = np.tile(C / 0.025, 2) * V0.ravel() + np.tile(leak, 2) * REST
    matrix[[i, j], [i, j]] += slope
    matrix[[i, j], [j, i]] -= slope
    fixed = current(apart) - slope * apart
    right[i] -= fixed
    right[j] += fixed
    want = np.linalg.solve(matrix, right).reshape(V0.shape)
    np.testing.assert_allclose(run(V0, [50.0])[0], want, atol=1e-6)


@pytest.mark.parametrize("mode", ["stage", "implicit"])
def test_two_kinds_of_places_and_two_junctions_of_one_population(mode):
    """Soma to dendrite, and dendrite to dendrite."""
    cells = make(2, volumes=1)
    soma, dend = gj.sites(cells, at("soma", 0.5)), gj.sites(cells, at("dend", 0.9))
    first = gj.SymmetryGapJunction((soma, dend), "V", PAIR, 1 * u.nS, coupling=mode)
    other = gj.SymmetryGapJunction(dend, "V", PAIR, 1 * u.nS, coupling=mode)
    cells.init_state()
    V0, run = start(cells), stepper(cells, [first, other], STEPS)
    method = implicit_steps if mode == "implicit" else explicit_steps
    want = method(cells, [*soma.index, *dend.index], ([0, 2], [3, 3]), 2e-3, V0, 0.025, STEPS)
    np.testing.assert_allclose(run(V0, [2.0, 2.0]), want, rtol=0, atol=1e-9)


def test_a_point_neuron_joins_a_dendrite():
    cells = make(1, volumes=1)
    dend, points = gj.sites(cells, at("dend", 0.5)), Passive(1, 1 * u.nF, V0=-20 * u.mV)
    gap = gj.SymmetryGapJunction((dend, points), "V", ([0], [0]), 20 * u.nS, coupling="implicit")
    cells.init_state()
    points.init_state()
    V0 = start(cells)
    cells.V.value = V0 * u.mV

    @brainstate.transform.jit
    def step():
        with brainstate.environ.context(t=0 * u.ms, dt=0.025 * u.ms):
            gap()
            points()
            cells()
            return cells.V.value.to_decimal(u.mV), points.V.value.to_decimal(u.mV)

    a, b = step()
    C, axial, leak = circuit(cells)
    matrix = np.zeros((3, 3))
    matrix[:2, :2] = np.diag(C / 0.025 + leak) + axial
    matrix[2, 2] = 1 / 0.025
    matrix[[1, 2], [1, 2]] += 0.02
    matrix[[1, 2], [2, 1]] -= 0.02
    want = np.linalg.solve(matrix, [*(C / 0.025 * V0[0] + leak * REST), -20 / 0.025])
    np.testing.assert_allclose([*a[0], *b], want, atol=1e-8)


@pytest.mark.parametrize("mode", ["step", "stage", "extrapolated", "implicit"])
def test_solvers_of_several_stages_converge_to_the_same(mode):
    cells, places, gap = built(mode, volumes=1, solver="rk4")
    V0 = np.array([[-60.0, -60.0], [-70.0, -70.0]])
    exact = implicit_steps(cells, places.index, PAIR, 5e-3, V0, 1e-4, 5000)[-1]
    run = stepper(cells, [gap], 250)
    found = np.asarray(run(V0, [5.0], 2e-3))
    assert np.abs(found[-1] - exact).max() < 5e-3
    if mode == "stage":
        # Within a population the current follows the stages: the order is the solver's, four.
        rates, before = _rates(cells, places.index, 5e-3), 0.0
        for dt, least in ((2e-2, 0), (1e-2, 25)):
            true = REST + scipy.linalg.expm(-dt * rates) @ (V0.ravel() - REST)
            error = np.abs(np.asarray(run(V0, [5.0], dt))[0].ravel() - true).max()
            assert not least or before / error > least
            before = error


def _rates(cells, index, g):
    """The matrix of the linear equations of a pair of cells, in 1/ms."""
    C, axial, leak = circuit(cells)
    G = np.kron(np.eye(2), axial + np.diag(leak))
    i, j = index
    G[[i, j], [i, j]] += g
    G[[i, j], [j, i]] -= g
    return G / np.tile(C, 2)[:, None]


def test_ways_to_step_that_would_leave_cells_uncoupled_are_refused():
    cells, _, gap = built("stage", volumes=1)
    with brainstate.environ.context(t=0 * u.ms, dt=0.025 * u.ms):

        def late(i):
            cells()
            gap()

        with pytest.raises(ValueError, match="called after Cell"):
            brainstate.transform.for_loop(late, jnp.arange(2))
        gap()
        with pytest.raises(ValueError, match="same transformed function"):
            brainstate.transform.jit(lambda: cells())()
        for go in (lambda: cells.run(dt=0.025 * u.ms, duration=0.1 * u.ms), cells.update):
            gap()
            with pytest.raises(ValueError, match=r"call of the Cell itself"):
                go()


def test_loops_compiled_before_the_junction_do_not_run_on_without_it():
    cells = make(2, volumes=1)
    cells.init_state()
    cells.run(dt=0.025 * u.ms, duration=0.1 * u.ms)
    gj.SymmetryGapJunction(gj.sites(cells, at("dend", 0.5)), "V", PAIR, 1 * u.nS)
    with pytest.raises(ValueError, match=r"call of the Cell itself"):
        cells.run(dt=0.025 * u.ms, duration=0.1 * u.ms)


@pytest.mark.slow
@pytest.mark.optimized
def test_active_cells_converge_to_the_same_in_all_modes():
    """Squids' channels all over two cells, of which one spikes first: spikelets cross."""
    from gapjunction.ion_channels import K_HH1952, Na_HH1952, insert

    def somata(mode, dt, g=5.0):
        cells = make(2, volumes=3)
        size = (*cells.pop_size, cells.n_cv)
        insert(cells, {"na": Na_HH1952(size), "k": K_HH1952(size)})
        places = gj.sites(cells, at("dend", 0.5))
        gap = gj.SymmetryGapJunction(places, "V", PAIR, g * u.nS, coupling=mode)
        cells.init_state()
        gap.init_state()
        V0 = np.full(tuple(cells.out_size), REST)
        V0[0] += 25
        run = stepper(cells, [gap], round(10 / dt))
        every = round(0.1 / dt)
        return np.asarray(run(V0, [g], dt))[every - 1 :: every, :, 1]

    exact = somata("implicit", 0.00125)
    assert exact[:, 0].max() > 20
    apart = somata("implicit", 0.00125, 1e-3)
    assert np.abs(exact[:, 1] - apart[:, 1]).max() > 1, "what crosses should be seen"
    for mode in ("stage", "semi_implicit", "implicit"):
        errors = [np.abs(somata(mode, dt) - exact).mean() for dt in (0.01, 0.005)]
        assert errors[1] < 0.6 * errors[0], mode
        assert errors[1] < 0.5, mode


@pytest.mark.slow
@pytest.mark.optimized
def test_dendrites_with_the_channels_of_a_pyramidal_cell():
    """Those of the apical dendrite of Hay et al. 2011: coupling modes agree in the limit."""
    from gapjunction import ion_channels

    cells, density = make(2, volumes=3, rest=-75.0), u.mS / u.cm**2
    apical = {"NaTa": 21.3, "SKv3_1": 0.261, "Im": 0.0675, "Ih": 0.2}
    channels = {
        name: getattr(ion_channels, f"{name}_Ha2011")((2, cells.n_cv), g_max=g * density)
        for name, g in apical.items()
    }
    ion_channels.insert(cells, channels, where=cells.branch["dend"])
    places = gj.sites(cells, at("dend", 0.5))
    gaps = [
        gj.SymmetryGapJunction(places, "V", PAIR, 1 * u.nS, coupling=mode)
        for mode in ("stage", "implicit")
    ]
    cells.init_state()
    V0 = np.full(tuple(cells.out_size), -75.0)
    V0[0] += 40.0
    kept = [(state, state.value) for state in cells.states().values()]

    def again(run, weights, dt):
        """Run from the gates at -75 mV."""
        for state, value in kept:
            state.value = value
        return run(V0, weights, dt)[:, 1, 1]

    run = stepper(cells, gaps, 800)
    # Of the two junctions one conducts. Both runs end after 2 ms.
    coarse = [again(run, weights, 5e-3)[:400] for weights in ([20.0, 0.0], [0.0, 20.0])]
    fine = [again(run, weights, 2.5e-3)[1::2] for weights in ([20.0, 0.0], [0.0, 20.0])]
    assert np.ptp(fine[1]) > 1, "what crosses should be seen"
    apart = [np.abs(stage - implicit).max() for stage, implicit in (coarse, fine)]
    assert apart[0] < 0.3
    assert apart[0] / apart[1] == pytest.approx(2, abs=0.2)

    short = stepper(cells, gaps[1:], 40)

    def loss(g):
        return (again(short, [g], 0.025) ** 2).mean()

    slope = brainstate.transform.grad(loss)(jnp.asarray(20.0))
    want = (loss(20.0 + 1e-3) - loss(20.0 - 1e-3)) / 2e-3
    assert float(slope) == pytest.approx(float(want), rel=1e-5)
