"""Where and how often a junction is called: what the built-in loses, leaks or gets stuck on."""

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import mv, pairs

HOSTS = {
    "HH": (bp.HH, 0.1 * u.mS),
    "LIF": (bp.LIF, 0.3 * u.siemens),
    "CubaLIF": (bp.CubaLIF, 0.3 * u.siemens),
}


@pytest.fixture(params=HOSTS)
def model(request):
    return build(request.param)


def build(name, junction=None, **kwargs):
    host, weight = HOSTS[name]
    cells = host(2, V_initializer=braintools.init.Constant(-60 * u.mV))
    cells.init_state()
    cells.V.value = cells.V.value + jnp.array([0.0, 10.0]) * u.mV
    gap = (junction or gj.SymmetryGapJunction)(cells, "V", pairs([0], [1]), weight, **kwargs)
    return cells, gap


def test_junction_after_neuron_in_a_loop_is_refused(model):
    cells, gap = model

    def step(i):
        cells()
        gap()

    with pytest.raises(ValueError, match="Call junctions before their neurons"):
        brainstate.transform.for_loop(step, jnp.arange(3))
    # Nothing has leaked out of the trace.
    gap()
    cells()


def test_junction_after_neuron_is_refused_under_jit(model):
    cells, gap = model

    @brainstate.transform.jit
    def step():
        cells()
        gap()

    with pytest.raises(ValueError, match="Call junctions before their neurons"):
        step()


@pytest.mark.parametrize("name", HOSTS)
def test_junction_after_neuron_outside_of_transformations_is_only_another_order(name):
    (cells, gap), (twin, other) = build(name), build(name, bp.SymmetryGapJunction)
    for _ in range(4):
        cells()
        gap()
        twin()
        other()
    np.testing.assert_array_equal(mv(cells.V.value), mv(twin.V.value))


@pytest.mark.parametrize("name", HOSTS)
def test_called_twice_before_a_step_couples_once(name):
    (cells, gap), (twin, other) = build(name), build(name)
    gap()
    gap()
    cells()
    other()
    twin()
    np.testing.assert_array_equal(mv(cells.V.value), mv(twin.V.value))


def test_goes_on_after_a_failed_step(model):
    cells, gap = model
    gap()
    with pytest.raises(Exception, match=r"unit|mV|ohm"):
        cells(1 * u.ohm)
    gap()
    cells()


@pytest.mark.parametrize("name", HOSTS)
def test_a_step_without_the_junction_is_uncoupled(name):
    (cells, gap), (twin, other) = build(name), build(name, bp.SymmetryGapJunction)
    for _ in range(2):
        gap()
        cells()
        cells()
        other()
        twin()
        twin()
    np.testing.assert_array_equal(mv(cells.V.value), mv(twin.V.value))


def test_eager_junction_with_jitted_neuron_is_refused(model):
    cells, gap = model
    step = brainstate.transform.jit(cells)
    gap()
    with pytest.raises(ValueError, match="Call both in the same function"):
        step()


def test_jitted_junction_with_eager_neuron_is_refused():
    cells, gap = build("HH")
    brainstate.transform.jit(gap)()
    with pytest.raises(ValueError, match="Call both in the same function"):
        cells()
    cells()


def states_of(cells):
    return {state: state.value for state in cells.states().values()}


def rewind(values):
    for state, value in values.items():
        state.value = value


@pytest.mark.parametrize("coupling", ["step", "stage"])
def test_a_host_that_sums_no_delta_inputs_goes_on_after_a_loop(coupling):
    class Bare(bp.Neuron):
        def init_state(self, batch_size=None, **kwargs):
            self.V = brainstate.HiddenState(jnp.array([0.0, 10.0]) * u.mV)

        def update(self, x=0.0 * u.nA):
            current = self.sum_current_inputs(x, self.V.value)
            self.V.value = self.V.value + current * (1 * u.Mohm)

    cells = Bare(2)
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.1 * u.uS, coupling=coupling)

    def step(i):
        gap()
        cells()

    brainstate.transform.for_loop(step, jnp.arange(1))
    np.testing.assert_allclose(mv(cells.V.value), [1, 9], rtol=1e-6)
    cells()
    np.testing.assert_allclose(mv(cells.V.value), [1, 9], rtol=1e-6)
    gap()
    cells()
    np.testing.assert_allclose(mv(cells.V.value), [1.8, 8.2], rtol=1e-6)


def test_both_jitted_in_one_function_equals_eager(model):
    cells, gap = model

    @brainstate.transform.jit
    def step():
        gap()
        cells()
        return cells.V.value

    start = states_of(cells)
    jitted = mv([step() for _ in range(3)][-1])
    rewind(start)
    for _ in range(3):
        gap()
        cells()
    np.testing.assert_allclose(jitted, mv(cells.V.value), rtol=1e-5)


def test_substeps_unrolled_in_one_trace(model):
    cells, gap = model

    def two(i):
        for _ in range(2):
            gap()
            cells()
        return cells.V.value

    start = states_of(cells)
    looped = mv(brainstate.transform.for_loop(two, jnp.arange(3))[-1])
    rewind(start)
    for _ in range(6):
        gap()
        cells()
    np.testing.assert_allclose(looped, mv(cells.V.value), rtol=1e-5)


def test_warm_up_without_junctions_then_a_coupled_loop(model):
    cells, gap = model

    @brainstate.transform.jit
    def run():
        brainstate.transform.for_loop(lambda i: cells(), jnp.arange(2))

        def step(i):
            gap()
            cells()

        brainstate.transform.for_loop(step, jnp.arange(2))

    run()
    assert np.isfinite(mv(cells.V.value)).all()


def test_rematerialised_neuron_inside_a_coupled_step(model):
    cells, gap = model

    def step(i):
        gap()
        brainstate.transform.checkpoint(lambda: cells())()
        return cells.V.value

    start = states_of(cells)
    looped = mv(brainstate.transform.for_loop(step, jnp.arange(3))[-1])
    rewind(start)
    for _ in range(3):
        gap()
        cells()
    np.testing.assert_allclose(looped, mv(cells.V.value), rtol=1e-5)
