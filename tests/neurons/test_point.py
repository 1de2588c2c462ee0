"""A neuron made of channels, against brainpy.state.HH and SciPy."""

import functools

import brainpy.state as bp
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from gapjunction.ion_channels import K_HH1952, L_HH1952, Na_HH1952
from models import Network, gradient_and_difference, mv, random_pairs, simulate

DENSITY = u.mS / u.cm**2
DRIVE = u.uA / u.cm**2


def squid(n=1, scale=1.0, unit=DENSITY, C=1 * u.uF / u.cm**2, **kwargs):
    channels = {
        "na": Na_HH1952(n, g_max=120 * scale * unit),
        "k": K_HH1952(n, g_max=36 * scale * unit),
        "leak": L_HH1952(n, g_max=0.3 * scale * unit),
    }
    return gj.PointNeuron(n, C, channels, **kwargs)


def run(cells, x, steps, dt=0.01):
    brainstate.nn.init_all_states(cells)

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            cells(x)
            return cells.V.value

    return mv(brainstate.transform.for_loop(step, jnp.arange(steps)))


def reference(t, current=10.0, v0=-62.0):
    """Hodgkin-Huxley's equations for SciPy, sharing nothing with the library."""

    def rates(v):
        a_m = 0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10))
        b_m = 4 * np.exp(-(v + 65) / 18)
        a_h, b_h = 0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))
        a_n = 0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10))
        b_n = 0.125 * np.exp(-(v + 65) / 80)
        return np.array([[a_m, b_m], [a_h, b_h], [a_n, b_n]])

    def slope(_, y):
        v, gates = y[0], y[1:]
        m, h, n = gates
        ionic = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)
        alpha, beta = rates(v).T
        return np.concatenate([[current - ionic], alpha * (1 - gates) - beta * gates])

    alpha, beta = rates(v0).T
    start = np.concatenate([[v0], alpha / (alpha + beta)])
    solution = solve_ivp(slope, (0, t), start, method="LSODA", rtol=1e-11, atol=1e-12)
    return solution.y[0, -1]


@pytest.mark.parametrize(("solver", "order"), [("exp_euler", 1), ("staggered", 2)])
def test_converges_to_scipy_at_the_solvers_order(solver, order, x64):
    t, want = 4.0, reference(4.0)
    errors = []
    for dt in (0.02, 0.01, 0.005):
        cells = squid(solver=solver, V_initializer=-62 * u.mV)
        errors.append(abs(run(cells, 10 * DRIVE, round(t / dt), dt)[-1, 0] - want))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, order, atol=0.15)
    # In the upstroke, where V changes by 300 mV/ms.
    assert errors[1] < (2.5 if order == 1 else 0.02)


def hh(n):
    return bp.HH(
        n, gL=0.3 * u.mS, V_th=0 * u.mV, V_initializer=braintools.init.Constant(-65 * u.mV)
    )


def test_network_equals_the_one_of_brainpy_states_hh(x64):
    n, drive = 12, np.linspace(0, 15, 12)
    ids = random_pairs(n, 20)
    ours = squid(n, unit=u.mS, C=1 * u.uF)
    theirs = hh(n)
    brainstate.nn.init_all_states(ours)
    theirs.init_state()
    traces = []
    for cells in (ours, theirs):
        gap = gj.SymmetryGapJunction(cells, "V", lambda a, b: ids, 0.1 * u.mS)
        net = Network([cells], [gap])
        traces.append(mv(simulate(net, [drive * u.uA], 2000, 0.01 * u.ms)[0]))
    assert traces[0].max() > 20
    np.testing.assert_allclose(*traces, atol=1e-9)


def test_area_converts_inputs_and_junctions(x64):
    area = 2000 * u.um**2
    density = run(squid(), 10 * DRIVE, 500)
    absolute = run(squid(area=area), (10 * DRIVE * area).in_unit(u.nA), 500)
    np.testing.assert_allclose(absolute, density, atol=1e-9)
    gj.SymmetryGapJunction(squid(2, area=area), "V", ([0], [1]), 1 * u.nS)
    gj.SymmetryGapJunction(squid(2), "V", ([0], [1]), 1 * DENSITY)
    for cells, wrong in ((squid(2, area=area), 1 * DENSITY), (squid(2), 1 * u.nS)):
        with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
            gj.SymmetryGapJunction(cells, "V", ([0], [1]), wrong)


@pytest.mark.parametrize(
    ("solver", "coupling"),
    [
        ("exp_euler", None),
        ("exp_euler", "semi_implicit"),
        ("exp_euler", "implicit"),
        ("staggered", "step"),
        ("staggered", "implicit"),
        ("rk4", "stage"),
        ("rk4", "implicit"),
    ],
)
def test_area_converts_an_input_that_is_a_function_of_the_voltage(solver, coupling, x64):
    """Also beside a junction that is there, but not called: it puts in nothing."""
    area = 2000 * u.um**2
    cells = squid(2, solver=solver, area=area)
    if coupling is not None:
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.nS, coupling=coupling)
    absolute = with_synapse(cells, 3 * DRIVE * area, 0.02 * DENSITY * area)
    density = without_area(solver)
    assert np.ptp(density) > 3, "the comparison needs a synapse that does something"
    np.testing.assert_allclose(absolute, density, atol=1e-9)


def with_synapse(cells, x, g):
    unit = cells.input_unit
    cells.add_current_input("synapse", lambda V: g.in_unit(unit / u.mV) * (-20 * u.mV - V))
    return run(cells, x.in_unit(unit), 200)


@functools.cache
def without_area(solver):
    return with_synapse(squid(2, solver=solver), 3 * DRIVE, 0.02 * DENSITY)


def test_spikes_are_rising_edges():
    cells, theirs = squid(), hh(1)
    brainstate.nn.init_all_states(cells)
    theirs.init_state()

    def step(i):
        with brainstate.environ.context(i=i, dt=0.01 * u.ms):
            return cells(10 * DRIVE), theirs(10 * u.uA)

    ours, builtin = brainstate.transform.for_loop(step, jnp.arange(4000))
    assert float(ours.sum()) == float(builtin.sum()) == 3


def test_currents_are_shown_by_channel_and_balance_the_input():
    cells = squid()
    run(cells, 0 * DRIVE, 5000)
    currents = cells.currents()
    assert set(currents) == {"na", "k", "leak"}
    total = sum(float(x.to_decimal(DRIVE)[0]) for x in currents.values())
    assert total == pytest.approx(0, abs=0.02)
    assert float(currents["na"].to_decimal(DRIVE)[0]) < -0.5


def test_batches_and_reset():
    cells = squid(3)
    cells.init_state(4)
    with brainstate.environ.context(dt=0.01 * u.ms):
        assert cells(10 * DRIVE).shape == (4, 3)
    assert cells.channels["na"].m.value.shape == (4, 3)
    start = cells.V
    cells.reset_state(4)
    assert cells.V is start
    np.testing.assert_allclose(mv(cells.V.value), -65)


def test_states_of_the_channels_belong_to_the_neuron():
    cells = squid()
    brainstate.nn.init_all_states(cells, batch_size=2)
    names = {path[-1] for path in cells.states()}
    assert names == {"V", "m", "h", "n"}
    assert all(state.value.shape == (2, 1) for state in cells.states().values())


def test_gradient_with_respect_to_a_conductance(x64):
    def final(g):
        cells = gj.PointNeuron(
            1,
            1 * u.uF / u.cm**2,
            {"leak": L_HH1952(1, g_max=g * DENSITY), "k": K_HH1952(1)},
            V_initializer=-60 * u.mV,
        )
        return run_traced(cells)

    def run_traced(cells):
        cells.init_state()

        def step(i):
            with brainstate.environ.context(i=i, dt=0.05 * u.ms):
                cells(1 * DRIVE)

        brainstate.transform.for_loop(step, jnp.arange(50))
        return cells.V.value.to_decimal(u.mV)[0]

    gradient, difference = gradient_and_difference(final, jnp.array(0.3))
    assert gradient == pytest.approx(difference, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: squid(C=1 * u.uF), "must be absolute, as C is"),
        (lambda: squid(unit=u.mS), "must be per area, as C is"),
        (lambda: squid(C=1 * u.mV), "C must be in a unit such as pF"),
        (lambda: squid(unit=u.mS, C=1 * u.uF, area=1 * u.um**2), "area must be left out"),
        (lambda: squid(area=1 * u.um), "area must be an area"),
        (lambda: squid(solver="eular"), "solver must be one of"),
        (lambda: squid(V_th=3.0), "V_th must be a voltage"),
        (lambda: squid(V_initializer=-65.0), "V_initializer must be a voltage"),
        (lambda: squid(V_initializer=[1.0, 2.0] * u.mV, n=3), "of the neuron's size"),
        (lambda: Na_HH1952(2, g_max=[1.0, 2.0, 3.0] * DENSITY), "g_max must be one value, or of"),
        (lambda: gj.PointNeuron(1, 1 * u.uF, [L_HH1952(1)]), "channels must map names"),
        (lambda: gj.PointNeuron(1, 1 * u.uF, {"l": 3}), r"channels\['l'\] must be a channel"),
        (
            lambda: gj.PointNeuron(3, 1 * u.uF / u.cm**2, {"l": L_HH1952(2)}),
            "must have the neuron's size",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(make, message):
    with pytest.raises((TypeError, ValueError, u.UnitMismatchError), match=message):
        make()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda cells: cells(3 * u.nA), "x must be in a unit such as .*, because C of"),
        (lambda cells: cells.currents(), "PointNeuron has no V yet: first call its init_state"),
        (lambda cells: cells.gates(), "PointNeuron has no V yet"),
        (lambda cells: cells.channels["na"].conductance(0 * u.mV), "gate 'm' of Na_HH1952 has no"),
        (lambda cells: cells.channels["na"].steady_state(-60.0), "V must be a voltage"),
    ],
)
def test_wrong_use_is_named(use, message):
    cells = squid()
    if "x must" in message:
        cells.init_state()
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        use(cells)


def test_gates_are_shown_by_channel():
    cells = squid(2)
    cells.init_state()
    gates = cells.gates()
    assert {name: sorted(own) for name, own in gates.items()} == {
        "na": ["h", "m"],
        "k": ["n"],
        "leak": [],
    }
    assert gates["k"]["n"].shape == (2,)


def test_float32_does_not_lose_the_small_steps_of_staggered():
    end = run(squid(solver="staggered"), 0 * DRIVE, 20_000, 0.002)[-1, 0]
    assert end == pytest.approx(reference(40.0, 0.0, -65.0), abs=2e-3)


@pytest.mark.parametrize("solver", ["exp_euler", "staggered", "rk4"])
def test_current_of_a_step_holds_for_all_of_it(solver, x64):
    """As an array does: 'step' with solvers of several stages is what brainpy.state's class is."""

    def run(junction, **kwargs):
        leak = gj.ion_channels.Channel(2, 0.1 * u.mS / u.cm**2, 0 * u.mV)
        cells = gj.PointNeuron(2, 1 * u.uF / u.cm**2, {"leak": leak}, solver)
        gap = junction(cells, "V", lambda a, b: ([0], [1]), 0.2 * u.mS / u.cm**2, **kwargs)
        cells.init_state()
        cells.V.value = np.array([20.0, -20.0]) * u.mV
        return mv(simulate(Network([cells], [gap]), [0 * u.uA / u.cm**2], 50)[0])

    ours = run(gj.SymmetryGapJunction, coupling="step")
    np.testing.assert_allclose(ours, run(bp.SymmetryGapJunction), rtol=1e-12)
    assert np.ptp(ours[-1]) < 4


@pytest.mark.slow
@pytest.mark.parametrize("coupling", ["stage", "step"])
def test_solver_with_a_loop_inside_is_the_one_without(coupling, x64):
    """Three Euler steps within one: one evaluation is traced for all turns of the loop."""

    def turns(loop):
        def step(f, y, t):
            dt = brainstate.environ.get_dt() / 3

            def turn(_, y):
                return [v + dt * slope for v, slope in zip(y, f(y, t), strict=True)]

            return loop(turn, y)

        return step

    def in_python(turn, y):
        for k in range(3):
            y = turn(k, y)
        return y

    def run(solver):
        leak = gj.ion_channels.Channel(2, 0.1 * DENSITY, 0 * u.mV)
        cells = gj.PointNeuron(2, 1 * u.uF / u.cm**2, {"leak": leak}, solver)
        gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 5 * DENSITY, coupling=coupling)
        cells.init_state()
        cells.V.value = np.array([20.0, -20.0]) * u.mV
        return mv(simulate(Network([cells], [gap]), [0 * DRIVE], 3)[0])

    looped = run(turns(lambda turn, y: jax.lax.fori_loop(0, 3, turn, y)))
    np.testing.assert_allclose(looped, run(turns(in_python)), rtol=1e-12)
