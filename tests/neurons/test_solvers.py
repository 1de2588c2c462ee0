"""Every solver on a neuron with all that a membrane can have, against SciPy."""

import brainpy.state as bp
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from braintools import quad
from scipy.integrate import solve_ivp

import gapjunction as gj
from gapjunction.ion_channels import (
    K_HH1952,
    L_HH1952,
    CaDynamics_E2,
    Channel,
    Gate,
    GHKChannel,
    Na_HH1952,
    Source,
    sigmoid,
)
from models import Network, gradient_and_difference, mv, pairs, simulate

DENSITY = u.mS / u.cm**2
DRIVE = u.uA / u.cm**2
KELVIN, FARADAY, GAS = 297.15, 96485.33212, 8.31446261815324


class Ca(GHKChannel):
    """Calcium with an instantaneous gate, by the constant-field equation."""

    ion = "Ca"
    P_max = 2e-4 * u.cm / u.second
    m = Gate(2, steady_state=sigmoid(1.0, -45 * u.mV, 6 * u.mV))
    source = Source("Nobody (1900)", "10.0/0", "none", "none", temperature=24.0, check="none")


class SK(Channel):
    """Potassium by calcium, with a time constant."""

    ion = "K"
    g_max = 2 * DENSITY
    E = -90 * u.mV
    c = Gate(2, steady_state=lambda V, Ca: Ca / (Ca + 1e-3 * u.mM), time_constant=3 * u.ms)


def neuron(n=1, **kwargs):
    channels = {
        "na": Na_HH1952(n),
        "k": K_HH1952(n),
        "leak": L_HH1952(n),
        "ca": Ca(n),
        "sk": SK(n),
    }
    pool = CaDynamics_E2(n, gamma=0.1, tau=20 * u.ms)
    return gj.PointNeuron(
        n, 1 * u.uF / u.cm**2, channels, pools=[pool], V_initializer=-62 * u.mV, **kwargs
    )


def reference(t, current):
    """The same equations for SciPy, sharing nothing with the library; returns V and calcium."""

    def ghk(v, inside):
        xi = 2 * FARADAY * v * 1e-3 / (GAS * KELVIN)
        m = 1 / (1 + np.exp(-(v + 45) / 6))
        flux = xi * (inside - 2 * np.exp(-xi)) / (1 - np.exp(-xi))
        return 2e-4 * m**2 * 2 * FARADAY * flux

    def rates(v):
        a = [0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 0.07 * np.exp(-(v + 65) / 20)]
        b = [4 * np.exp(-(v + 65) / 18), 1 / (1 + np.exp(-(v + 35) / 10))]
        a.append(0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)))
        b.append(0.125 * np.exp(-(v + 65) / 80))
        return np.array(a), np.array(b)

    def slope(_, y):
        v, gates, c, inside = y[0], y[1:4], y[4], y[5]
        m, h, n = gates
        i_ca = ghk(v, inside)
        ionic = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)
        ionic += i_ca + 2 * c**2 * (v + 90)
        a, b = rates(v)
        gain = 0.1 / (2 * FARADAY * 1e-5) * 1e-3
        return np.concatenate(
            [
                [current - ionic],
                a * (1 - gates) - b * gates,
                [(inside / (inside + 1e-3) - c) / 3, -gain * i_ca - (inside - 1e-4) / 20],
            ]
        )

    a, b = rates(-62.0)
    start = [-62.0, *(a / (a + b)), 1e-4 / 1.1e-3, 1e-4]
    found = solve_ivp(slope, (0, t), start, method="LSODA", rtol=1e-11, atol=1e-13)
    return found.y[0, -1], found.y[5, -1]


def run(cells, t, *dts):
    """Return V and calcium at ``t`` for each step size, compiled once for all."""

    @brainstate.transform.jit
    def hundred_steps(dt):
        def step(i):
            with brainstate.environ.context(i=i, t=0 * u.ms, dt=dt):
                cells(10 * DRIVE)

        brainstate.transform.for_loop(step, jnp.arange(100))

    ends = []
    brainstate.nn.init_all_states(cells)
    for dt in dts:
        cells.reset_state()
        for _ in range(round(t / dt / 100)):
            hundred_steps(dt * u.ms)
        V = float(cells.V.value.to_decimal(u.mV)[0])
        ends.append((V, float(cells.pools[0].concentration.to_decimal(u.mM)[0])))
    return ends


@pytest.fixture(scope="module")
def truth():
    # During repolarisation.
    return reference(4.0, 10.0)


@pytest.mark.parametrize(
    ("solver", "order", "dt"),
    [
        ("exp_euler", 1, 0.005),
        ("staggered", 2, 0.01),
        ("rk4", 4, 0.02),
        # What differs from rk4 is braintools' own.
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("euler", 1, 0.005),
                ("rk2", 2, 0.01),
                ("midpoint", 2, 0.01),
                ("heun", 3, 0.02),
                ("ralston2", 2, 0.01),
                ("rk3", 3, 0.02),
                ("ssprk33", 3, 0.02),
                (quad.ode_rk4_38_step, 4, 0.02),
            )
        ),
    ],
)
def test_order_of_convergence(solver, order, dt, truth, x64):
    ends = run(neuron(solver=solver), 4.0, dt, dt / 2, dt / 4)
    errors = np.abs(np.array(ends) - truth)
    found = np.log2(errors[-2] / errors[-1])
    # Calcium of the fourth-order methods is at the reference's precision.
    np.testing.assert_allclose(found[: 1 if order == 4 else 2], order, atol=0.25)
    assert errors[-1][0] < {1: 1.0, 2: 0.02, 3: 1e-3, 4: 1e-4}[order]


@pytest.mark.one_stack
def test_solvers_agree_in_float32(truth):
    for solver, within in (("staggered", 0.05), ("rk4", 0.01)):
        ((V, _),) = run(neuron(solver=solver), 4.0, 0.0025)
        assert pytest.approx(truth[0], abs=within) == V


def passive(n, solver, g=0.5):
    leak = L_HH1952(n, g_max=g * DENSITY, E=-65 * u.mV)
    return gj.PointNeuron(n, 1 * u.uF / u.cm**2, {"leak": leak}, solver)


class Conductance:
    """A synapse: a callable input that depends on V."""

    def __call__(self, V):
        return 4.0 * DENSITY * (0 * u.mV - V)


@pytest.mark.parametrize(
    ("solver", "within"), [("exp_euler", 1e-9), ("staggered", 2e-3), ("rk4", 1e-3)]
)
def test_inputs_that_depend_on_voltage_are_solved_with_it(solver, within, x64):
    cells = passive(1, solver)
    cells.add_current_input("synapse", Conductance())
    brainstate.nn.init_all_states(cells)
    rows = []
    for _ in range(20):
        with brainstate.environ.context(dt=0.05 * u.ms):
            cells()
        rows.append(mv(cells.V.value)[0])
    # C dV/dt = 0.5 (-65 - V) - 4 V
    rest, rate = -65 * 0.5 / 4.5, 4.5
    want = rest + (-65 - rest) * np.exp(-rate * 0.05 * np.arange(1, 21))
    np.testing.assert_allclose(rows, want, atol=within * 65)


@pytest.mark.parametrize("solver", ["staggered", "rk2", "rk4"])
def test_arrays_are_for_one_step_and_all_its_stages(solver, x64):
    cells, twin = passive(2, solver), passive(2, solver)
    for neuron_ in (cells, twin):
        brainstate.nn.init_all_states(neuron_)
    for x in (3.0, 0.0):
        if x:
            cells.add_current_input("pulse", x * DRIVE)
        with brainstate.environ.context(dt=0.1 * u.ms):
            cells()
            twin(x * DRIVE)
    np.testing.assert_array_equal(mv(cells.V.value), mv(twin.V.value))


def coupled_pair(solver, dt, t=5.0):
    """A passive pair, 20 mV apart: the difference decays at g_leak + 2 g."""
    cells = gj.PointNeuron(
        2,
        1 * u.uF / u.cm**2,
        {"leak": L_HH1952(2, g_max=0.1 * DENSITY, E=-65 * u.mV)},
        solver,
        V_initializer=lambda size, **_: np.array([-60.0, -40.0]) * u.mV,
    )
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.2 * DENSITY)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    last = mv(simulate(net, [0 * DRIVE], round(t / dt), dt * u.ms)[0])[-1]
    return last[1] - last[0]


@pytest.mark.parametrize(("solver", "order"), [("staggered", 2), ("rk2", 2), ("rk4", 4)])
def test_junctions_are_seen_at_every_stage(solver, order, x64):
    want = 20 * np.exp(-0.5 * 5.0)
    errors = [abs(coupled_pair(solver, dt) - want) for dt in (0.2, 0.1)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.25)


@pytest.mark.slow
@pytest.mark.parametrize(
    "solver", ["staggered", "exp_euler", pytest.param("midpoint", marks=pytest.mark.exhaustive)]
)
def test_gradients_flow_through_every_solver(solver, x64):
    def final(drive):
        cells = neuron(solver=solver)
        run_traced(cells, drive * DRIVE)
        return cells.V.value.to_decimal(u.mV)[0]

    def run_traced(cells, x):
        cells.init_state()

        def step(i):
            with brainstate.environ.context(i=i, t=0 * u.ms, dt=0.02 * u.ms):
                cells(x)

        brainstate.transform.for_loop(step, jnp.arange(40))

    gradient, difference = gradient_and_difference(final, jnp.array(3.0))
    assert gradient == pytest.approx(difference, rel=1e-6)


def test_new_states_by_vmap():
    cells = neuron(2, solver="exp_euler")

    @brainstate.transform.vmap_new_states(state_tag="new", axis_size=3)
    def init():
        brainstate.nn.init_all_states(cells)

    init()

    @brainstate.transform.jit
    @brainstate.transform.vmap(in_states=cells.states("new"), out_states=cells.states("new"))
    def step(x):
        with brainstate.environ.context(i=0, t=0 * u.ms, dt=0.02 * u.ms):
            return cells(x)

    step(jnp.arange(3.0)[:, None] * DRIVE)
    assert cells.V.value.shape == (3, 2)
    assert cells.channels["na"].m.value.shape == (3, 2)


def test_synapses_of_brainpy_attach():
    pre = bp.LIF(3, V_th=-64 * u.mV, V_rest=-65 * u.mV, V_reset=-66 * u.mV)
    post = passive(2, "exp_euler")
    syn = bp.AlignPostProj(
        comm=brainstate.nn.AllToAll(3, 2, 0.1 * DENSITY),
        syn=bp.Expon.desc(2, tau=5 * u.ms, g_initializer=braintools.init.ZeroInit(unit=DENSITY)),
        out=bp.COBA.desc(E=0 * u.mV),
        post=post,
    )
    for part in (pre, post, syn):
        brainstate.nn.init_all_states(part)
    for i in range(30):
        with brainstate.environ.context(i=i, t=i * 0.1 * u.ms, dt=0.1 * u.ms):
            spikes = jnp.ones(3) * (i == 0)
            syn(spikes)
            post()
    assert (mv(post.V.value) > -64.9).all()


@pytest.mark.parametrize(
    ("solver", "error", "message"),
    [
        ("cvode", ValueError, "solver must be one of 'exp_euler', 'staggered'"),
        (3, TypeError, "or a function"),
    ],
)
def test_unknown_solvers_are_refused(solver, error, message):
    with pytest.raises(error, match=message):
        neuron(solver=solver)


def test_step_is_compiled_once():
    cells = neuron()
    brainstate.nn.init_all_states(cells)
    count = 0

    @brainstate.transform.jit
    def step(x):
        nonlocal count
        count += 1
        with brainstate.environ.context(i=0, t=0 * u.ms, dt=0.02 * u.ms):
            return cells(x)

    for _ in range(3):
        jax.block_until_ready(step(3.0 * DRIVE))
    # brainstate traces a function twice to find its states.
    assert count <= 2
