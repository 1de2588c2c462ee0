"""Cells that are held at a voltage, against closed forms, in every mode and with every solver."""

import copy
import pickle
import re

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, Passive, mv

MODES = ["step", "stage", "semi_implicit", "implicit"]
DENSITY = u.mS / u.cm**2
REST, HELD = -65.0, -20.0


def lif(n=2):
    return bp.LIF(n, R=1 * u.Gohm, tau=20 * u.ms, V_rest=REST * u.mV, V_th=100 * u.mV)


def ohmic(cells, g=200 * u.nS, coupling="implicit", ids=([0], [1])):
    return gj.SymmetryGapJunction(cells, "V", ids, g, coupling=coupling)


def settled(gR):
    """The voltage of a leaky cell whose neighbour is held, in the steady state."""
    return (REST + gR * HELD) / (1 + gR)


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("coupling", "gR", "held"),
    # kappa = dt g / C is gR / 200; explicit coupling is stable up to kappa = 2.
    [
        *((mode, 200.0, "pre") for mode in MODES),
        *((mode, 200.0, "post") for mode in ("stage", "implicit")),
        ("semi_implicit", 2e6, "pre"),
        ("implicit", 2e6, "pre"),
    ],
)
def test_the_steady_state_beside_a_held_cell_stays(coupling, gR, held, x64):
    cells = lif()
    ids = ([0], [1]) if held == "pre" else ([1], [0])
    gap = ohmic(cells, gR * u.nS, coupling, ids)
    clamp = gj.VoltageClamp(cells, 0, HELD * u.mV)
    cells.init_state()
    cells.V.value = [0.0, settled(gR)] * u.mV
    for _ in range(3):
        clamp()
        gap()
        cells(0 * u.nA)
        np.testing.assert_allclose(mv(cells.V.value), [HELD, settled(gR)], rtol=1e-12)
    expected = (HELD - REST) / (1 + 1 / gR) * (1 if held == "pre" else -1)
    flow = gap.edge_currents()[0].to_decimal(u.pA)
    # The current is a difference of voltages that agree in all but 1 / gR.
    assert flow == pytest.approx(expected, rel=1e-13 * gR + 1e-12)


def test_the_steady_state_is_reached():
    cells = lif()
    gap, clamp = ohmic(cells), gj.VoltageClamp(cells, [0], [HELD] * u.mV)
    cells.init_state()

    def step(_):
        clamp()
        gap()
        cells(0 * u.nA)
        return gap.edge_currents()[0], cells.V.value

    currents, V = brainstate.transform.for_loop(step, jnp.arange(100))
    assert currents[-1].to_decimal(u.pA) == pytest.approx(44.776, abs=0.002)
    assert (mv(V)[:, 0] == HELD).all()


def passive(solver, n=2):
    leak = gj.ion_channels.Channel(n, 0.1 * DENSITY, REST * u.mV)
    start = REST * u.mV
    return gj.PointNeuron(n, 1 * u.uF / u.cm**2, {"leak": leak}, solver, V_initializer=start)


# A step of first order that takes the current of its start is wrong by about dt g / 2 C of the
# change; held still at every stage, the neighbour is approached as exactly as the solver can.
@pytest.mark.parametrize(
    ("solver", "coupling", "error"),
    [
        pytest.param("exp_euler", "stage", 0.5, marks=pytest.mark.slow),
        ("exp_euler", "implicit", 0.5),
        pytest.param("staggered", "stage", 0.01, marks=pytest.mark.slow),
        ("staggered", "implicit", 0.01),
        pytest.param("rk4", "step", 0.5, marks=pytest.mark.slow),
        ("rk4", "stage", 1e-5),
        pytest.param("rk4", "semi_implicit", 0.5, marks=pytest.mark.slow),
        pytest.param("rk4", "implicit", 0.5, marks=pytest.mark.slow),
    ],
)
def test_the_neighbour_of_a_held_cell_follows_the_closed_form(solver, coupling, error, x64):
    cells = passive(solver)
    net = Network([cells], [gj.VoltageClamp(cells, 0, HELD * u.mV), gap_of(cells, coupling)])
    brainstate.nn.init_all_states(net)
    V = [mv(net.update(0 * u.uA / u.cm**2)[0]) for _ in range(10)]
    end = (0.1 * REST + 0.4 * HELD) / 0.5
    exact = end + (REST - end) * np.exp(-0.5 * 0.1 * np.arange(1, 11))
    assert (np.array(V)[:, 0] == HELD).all()
    np.testing.assert_allclose(np.array(V)[:, 1], exact, atol=error)


def gap_of(cells, coupling, g=0.4):
    return gj.SymmetryGapJunction(cells, "V", ([0], [1]), g * DENSITY, coupling=coupling)


@pytest.mark.one_stack
@pytest.mark.parametrize("coupling", ["stage", "implicit"])
def test_gates_of_a_held_cell_relax_at_the_holding_voltage(coupling, x64):
    """They do in squid axons of brainpy.state, whose gates follow V at the step's start."""
    cells = bp.HH(2)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.5 * u.mS, coupling=coupling)
    clamp = gj.VoltageClamp(cells, 0, HELD * u.mV)
    cells.init_state()
    V = jnp.array(HELD) * u.mV
    rates = {n: (getattr(cells, f"{n}_alpha")(V), getattr(cells, f"{n}_beta")(V)) for n in "mhn"}
    start = {name: getattr(cells, name).value[0] for name in rates}
    for _ in range(5):
        clamp()
        gap()
        cells(0 * u.uA)
        assert mv(cells.V.value)[0] == HELD
    for name, (alpha, beta) in rates.items():
        end = alpha / (alpha + beta)
        decay = jnp.exp(
            -float((alpha + beta) * (0.5 if u.get_unit(alpha).is_unitless else 0.5 * u.ms))
        )
        expected = end + (start[name] - end) * decay
        assert float(getattr(cells, name).value[0]) == pytest.approx(float(expected), abs=1e-9)


@pytest.mark.one_stack
@pytest.mark.parametrize("solver", ["exp_euler", "staggered", "rk4"])
def test_gates_of_a_held_point_neuron_do_not_see_it_move(solver, x64):
    """The sodium current would move the cell by some ten mV within a step."""
    cells = gj.neurons.HH1952(2, solver=solver)
    clamp, gap = gj.VoltageClamp(cells, 0, HELD * u.mV), gap_of(cells, "stage")
    cells.init_state()
    start = float(cells.gates()["na"]["m"][0])
    with brainstate.environ.context(dt=0.01 * u.ms):
        for _ in range(10):
            clamp()
            gap()
            assert float(cells(0 * u.uA / u.cm**2)[0]) == 0
    # Rates of Hodgkin & Huxley (1952) at -20 mV, 45 mV above rest.
    alpha, beta = 0.1 * 20 / (1 - np.exp(-2)), 4 * np.exp(-45 / 18)
    end = alpha / (alpha + beta)
    expected = end + (start - end) * np.exp(-0.1 * (alpha + beta))
    assert float(cells.gates()["na"]["m"][0]) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("held", "coupling"), [(0, "implicit"), (1, "implicit"), (0, "stage")])
def test_two_populations_in_any_order(coupling, held, first, x64):
    cells = [lif(1), lif(1)]
    gap = gj.SymmetryGapJunction(tuple(cells), "V", ([0], [0]), 200 * u.nS, coupling=coupling)
    clamp = gj.VoltageClamp(cells[held], 0, HELD * u.mV)
    for one in cells:
        one.init_state()
    cells[1 - held].V.value = [settled(200)] * u.mV
    for _ in range(3):
        clamp()
        gap()
        for one in (first, 1 - first):
            cells[one](0 * u.nA)
        assert mv(cells[held].V.value)[0] == HELD
        np.testing.assert_allclose(mv(cells[1 - held].V.value), [settled(200)], rtol=1e-12)
    # Without the clamp both are free again.
    gap()
    for one in cells:
        one(0 * u.nA)
    assert mv(cells[held].V.value)[0] < HELD - 0.1


def implicit_step(V, held, at, g, dt_C, ids):
    """One implicit Euler step of cells without a leak, by the equations of the free cells."""
    n = len(V)
    A, b = np.eye(n), np.array(V)
    for i, j in zip(*ids, strict=True):
        for a, c in ((i, j), (j, i)):
            A[a, a] += dt_C * g
            A[a, c] -= dt_C * g
    A[held], b[held] = np.eye(n)[held], at
    return np.linalg.solve(A, b)


@pytest.mark.one_stack
@pytest.mark.parametrize(("n", "kappa"), [(6, 1e4), (80, 1.0)])
def test_a_step_of_many_cells_and_a_batch(n, kappa, x64):
    """Beyond 64 voltages the equations are solved iteratively."""
    ids = (np.arange(n - 1), np.arange(1, n))
    cells = Passive((2, n // 2))
    clamp = gj.VoltageClamp(cells, [1, n - 1], HELD * u.mV)
    gap = ohmic(cells, kappa * 10 * u.uS, "implicit", ids)
    cells.init_state(2)
    start = np.random.default_rng(0).normal(-50, 20, (2, 2, n // 2))
    cells.V.value = start * u.mV
    at = np.array([[HELD, -70.0], [10.0, HELD]])
    clamp(at * u.mV)
    gap()
    cells()
    V = mv(cells.V.value).reshape(2, n)
    for member in range(2):
        flat = start[member].reshape(n)
        expected = implicit_step(flat, [1, n - 1], at[member], kappa * 10, 0.1, ids)
        np.testing.assert_allclose(V[member], expected, atol=1e-7)
    np.testing.assert_array_equal(V[:, [1, n - 1]], at)


class Midpoint(Passive):
    """A neuron of two stages that knows nothing of clamps; its update() returns V."""

    def update(self, x=0.0 * u.nA):
        V, step = self.V.value, brainstate.environ.get_dt() / self.C
        middle = V + step / 2 * self.sum_current_inputs(x, V)
        self.V.value = V + step * self.sum_current_inputs(x, middle)
        return self.V.value


@pytest.mark.parametrize("coupling", MODES)
def test_later_stages_see_a_held_cell_where_it_is(coupling, x64):
    cells = Midpoint(2)
    clamp, gap = gj.VoltageClamp(cells, 0, 10 * u.mV), ohmic(cells, 5 * u.uS, coupling)
    cells.init_state()
    clamp()
    gap()
    returned = mv(cells())
    # No current has entered the held cell, not even during the step.
    assert returned[0] == 10
    # dt g / C = 0.5. 'step' gives no current at the second stage, and 'stage' that of the midpoint;
    # the solved current is 5 uS (10 mV - V) with V at the end, for the whole step in both.
    expected = {"step": 0.0, "stage": 0.5 * (10 - 0.25 * 10)}.get(coupling, 10 * 0.5 / 1.5)
    assert returned[1] == pytest.approx(expected, abs=1e-12)


class Halves(Passive):
    """Pairs of compartments that are joined within the population's own step, implicitly."""

    def update(self, x=0.0 * u.nA):
        factor = brainstate.environ.get_dt() / self.C
        V = self.V.value + factor * self.sum_current_inputs(x, self.V.value)
        mean = (V + V[::-1]) / 2
        self.V.value = self.sum_delta_inputs(mean + (V - mean) / 3)
        return self.V.value


@pytest.mark.parametrize("coupling", ["semi_implicit", "implicit"])
def test_a_held_compartment_leaves_the_others_alone(coupling, x64):
    """In the equations of units that answer to each other's current, too, it does not move."""
    cells = Halves(4, V0=np.array([-20.0, -20.0, -60.0, -20.0]) * u.mV)
    clamp = gj.VoltageClamp(cells, [0, 3], HELD * u.mV)
    gap = ohmic(cells, 10 * u.uS, coupling, ([0], [2]))
    cells.init_state()
    clamp()
    gap()
    cells()
    # Compartments 1 and 2 are joined with each other alone: without a junction, they go to their
    # mean of -40 mV, but for a third of what they differ from it. Cell 2 answers to its own current
    # with two thirds of dt / C, cell 1 with one third; one g (HELD - V) drives both.
    own, other, g = 0.2 / 3, 0.1 / 3, 10.0
    flow = g * (HELD - (-40 - 20 / 3)) / (1 + own * g)
    expected = [HELD, -40 + 20 / 3 + other * flow, -40 - 20 / 3 + own * flow, HELD]
    np.testing.assert_allclose(mv(cells.V.value), expected, atol=1e-9)


@pytest.mark.one_stack
def test_a_protocol_with_gradients(x64):
    """Each step has its own voltage; derivatives by it are those of the closed form."""
    cells = Passive(2)
    clamp, gap = gj.VoltageClamp(cells, 0, 0 * u.mV), ohmic(cells, 5 * u.uS)

    def end(at):
        cells.init_state()

        def step(voltage):
            clamp(voltage * u.mV)
            gap()
            cells()
            return cells.V.value

        return brainstate.transform.for_loop(step, at)[:, 1].to_decimal(u.mV)

    at = jnp.array([-20.0, 30.0, 10.0])
    # Implicit Euler: V1 = (V0 + k at) / (1 + k) with k = dt g / C = 0.5.
    V, expected = 0.0, []
    for value in at:
        V = (V + 0.5 * value) / 1.5
        expected.append(V)
    np.testing.assert_allclose(end(at), expected, rtol=1e-12)
    slopes = [(0.5 / 1.5) / 1.5 ** (2 - k) for k in range(3)]
    states = cells.states()
    keep = {key: state.value for key, state in states.items()}
    backward = brainstate.transform.grad(lambda x: end(x)[-1])(at)
    for key, state in states.items():
        state.value = keep[key]
    np.testing.assert_allclose(backward, slopes, rtol=1e-12)
    forward = jax.jvp(lambda x: end(x)[-1], (at,), (jnp.array([1.0, 0.0, 0.0]),))[1]
    np.testing.assert_allclose(forward, slopes[0], rtol=1e-12)


@pytest.mark.one_stack
def test_vmap_over_holding_voltages(x64):
    cells = lif()
    clamp, gap = gj.VoltageClamp(cells, 0, 0 * u.mV), ohmic(cells)
    cells.init_state()

    def settle(voltage):
        cells.V.value = u.math.stack([voltage, REST * u.mV])
        clamp(voltage)
        gap()
        cells(0 * u.nA)
        return cells.V.value

    at = jnp.array([-20.0, 0.0, 20.0]) * u.mV
    states = cells.states()
    many = brainstate.transform.vmap(settle, in_axes=0, out_states=states)(at)
    cells.init_state()
    for k in range(3):
        np.testing.assert_allclose(mv(many)[k], mv(settle(at[k])), rtol=1e-12)


def test_the_clamp_called_last_counts_and_each_step_is_its_own(x64):
    cells = Passive(3, V0=0 * u.mV)
    one = gj.VoltageClamp(cells, [0, 1], -10 * u.mV)
    two = gj.VoltageClamp(cells, [1, 2], [-30.0, 5.0] * u.mV)
    cells.init_state()
    one()
    two()
    cells(1 * u.nA)
    np.testing.assert_array_equal(mv(cells.V.value), [-10, -30, 5])
    cells(1 * u.nA)
    np.testing.assert_allclose(mv(cells.V.value), [-9.9, -29.9, 5.1])
    two()
    one()
    cells(1 * u.nA)
    np.testing.assert_array_equal(mv(cells.V.value), [-10, -10, 5])


class Kept(brainstate.HiddenState):
    def __reduce__(self):
        return Kept, (self.value,)


class Keeping(Passive):
    def init_state(self, batch_size=None, **kwargs):
        self.V = Kept(jnp.linspace(-70.0, -50.0, 3) * u.mV)


class Model(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.clamp = None
        self.cells = Keeping(3)
        self.gap = ohmic(self.cells, 2 * u.uS)
        self.clamp = gj.VoltageClamp(self.cells, 0, HELD * u.mV)

    def update(self):
        self.clamp()
        self.gap()
        self.cells()
        return self.cells.V.value


def by_parts(model):
    parts = copy.deepcopy((model.clamp, model.cells, model.gap))
    new = object.__new__(Model)
    new.__dict__.update(dict(zip(("clamp", "cells", "gap"), parts, strict=True)))
    return new


@pytest.mark.parametrize(
    "how",
    [
        copy.deepcopy,
        brainstate.graph.clone,
        lambda model: pickle.loads(pickle.dumps(model)),
        by_parts,
    ],
    ids=["deepcopy", "clone", "pickle", "parts"],
)
def test_copies_hold_their_own_cells(how):
    model = Model()
    brainstate.nn.init_all_states(model)
    assert len(model.states()) == 2
    model.update()
    twin = how(model)
    assert twin.clamp.population is twin.cells
    assert twin.cells is not model.cells
    before = mv(model.cells.V.value)
    ahead = mv(twin.update())
    assert ahead[0] == HELD
    np.testing.assert_array_equal(mv(model.cells.V.value), before)
    np.testing.assert_array_equal(mv(model.update()), ahead)
    shared = copy.copy(model.clamp)
    shared()
    model.gap()
    model.cells()
    assert mv(model.cells.V.value)[0] == HELD
    assert "LIF" not in repr(shared)
    assert "population" in repr(shared)


def test_a_clone_without_its_population_says_so():
    clamp = brainstate.graph.clone(gj.VoltageClamp(lif(), 0, HELD * u.mV))
    with pytest.raises(ValueError, match="clone the model"):
        clamp()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((5, 0 * u.mV), ValueError, r"index must be flat ids from 0 to 1.*item 0 has 5"),
        ((-1, 0 * u.mV), ValueError, "index must be an int of at least 0, got -1"),
        ((True, 0 * u.mV), TypeError, "index must be an int"),
        (([0, 0], 0 * u.mV), ValueError, "index must name each cell once; cell 0 is repeated"),
        (([], 0 * u.mV), ValueError, "at least one cell"),
        (([0.5], 0 * u.mV), TypeError, "index must be integers"),
        (([True, False], 0 * u.mV), TypeError, "boolean mask"),
        ((0, 0 * u.nA), u.UnitMismatchError, r"voltage must be in a unit such as mV.*0 nA"),
        ((0, -20.0), u.UnitMismatchError, "voltage must be in a unit such as mV.*got -20.0"),
        ((0, "rest"), TypeError, "voltage must be a voltage, got 'rest'"),
        ((0, None), TypeError, "voltage must be a voltage, got None"),
        ((0, np.nan * u.mV), ValueError, "voltage must be finite"),
        (([0, 1], [0.0, 1.0, 2.0] * u.mV), ValueError, r"end in the shape \(2,\).*\(3,\)"),
        ((0, 0 * u.mV, "W"), ValueError, "'W', which must be a State of LIF, one of .'V'."),
        ((0, 0 * u.mV, 1), TypeError, "state must be the name of a state"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    cells = lif()
    cells.init_state()
    with pytest.raises(error, match=message):
        gj.VoltageClamp(cells, *arguments)
    assert not cells.current_inputs
    with pytest.raises(TypeError, match="population must be a neuron population"):
        gj.VoltageClamp("cells", 0, 0 * u.mV)


def test_wrong_calls_are_named():
    cells = lif()
    clamp, gap = gj.VoltageClamp(cells, 0, HELD * u.mV), ohmic(cells)
    with pytest.raises(ValueError, match="which has none yet: call its init_state"):
        clamp()
    cells.init_state()
    start = mv(cells.V.value)
    for wrong, error in ((0 * u.nA, u.UnitMismatchError), (np.zeros((3, 1)) * u.mV, ValueError)):
        with pytest.raises(error, match="voltage must"):
            clamp(wrong)
    gap()
    with pytest.raises(ValueError, match=r"after SymmetryGapJunction.*Call clamps first"):
        clamp()
    np.testing.assert_array_equal(mv(cells.V.value), start)
    # The right order works after the error.
    clamp()
    gap()
    cells(0 * u.nA)
    clamp()
    with pytest.raises(ValueError, match=re.escape("call the population itself, cells(x)")):
        cells.update(0 * u.nA)
    cells(0 * u.nA)

    def late(_):
        cells(0 * u.nA)
        clamp()

    with pytest.raises(ValueError, match="was called after LIF, its population"):
        brainstate.transform.for_loop(late, jnp.arange(2))
    cells.W = brainstate.HiddenState(cells.V.value)
    with pytest.raises(ValueError, match="must be 'V', which another clamp of LIF holds"):
        gj.VoltageClamp(cells, 0, HELD * u.mV, state="W")


@pytest.mark.parametrize("outside", ["clamp", "population"])
def test_clamp_and_population_belong_into_one_function(outside):
    cells = lif()
    clamp = gj.VoltageClamp(cells, 0, HELD * u.mV)
    cells.init_state()
    first, second = (
        (clamp, cells) if outside == "clamp" else (brainstate.transform.jit(clamp), cells)
    )
    first()
    second = brainstate.transform.jit(second) if outside == "clamp" else second
    with pytest.raises(ValueError, match="VoltageClamp was not called in the same"):
        second(0 * u.nA)


def test_implicit_junctions_of_another_state_are_refused():
    cells = Passive(2)
    cells.init_state()
    cells.W = brainstate.HiddenState(cells.V.value)
    clamp, gap = gj.VoltageClamp(cells, 0, HELD * u.mV, state="W"), ohmic(cells)
    clamp()
    gap()
    with pytest.raises(ValueError, match=r"must hold the state of Passive .* 'V'; it holds 'W'"):
        cells()
