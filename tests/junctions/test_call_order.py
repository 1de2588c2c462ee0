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


# One that takes delta inputs at the end of its step, and one at the start.
@pytest.fixture(params=["LIF", "CubaLIF"])
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


def nothing(*modules):
    """Return a function that calls these and returns nothing."""

    def call():
        for module in modules:
            module()

    return call


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


def test_junction_and_neuron_rematerialised_together(model):
    cells, gap = model

    def step(i):
        brainstate.transform.checkpoint(nothing(gap, cells))()
        return cells.V.value

    start = states_of(cells)
    looped = mv(brainstate.transform.for_loop(step, jnp.arange(3))[-1])
    rewind(start)
    for _ in range(3):
        gap()
        cells()
    np.testing.assert_allclose(looped, mv(cells.V.value), rtol=1e-5)


def test_neuron_nested_deeper_than_its_junction_is_refused(model):
    # In a loop within the step, one current would be delivered at every turn.
    cells, gap = model

    def run():
        gap()
        return brainstate.transform.for_loop(lambda i: cells(), jnp.arange(3))

    with pytest.raises(ValueError, match="Call both in the same function"):
        brainstate.transform.jit(run)()
    with pytest.raises(ValueError, match="Call both in the same function"):
        run()


def test_junction_nested_deeper_than_its_neuron_is_refused(model):
    cells, gap = model

    def step(i):
        brainstate.transform.checkpoint(nothing(gap))()
        cells()

    with pytest.raises(ValueError, match="Call both in the same function"):
        brainstate.transform.for_loop(step, jnp.arange(3))
    cells()


def test_junction_after_a_nested_neuron_is_refused(model):
    cells, gap = model

    def step(i):
        brainstate.transform.checkpoint(nothing(cells))()
        gap()

    with pytest.raises(ValueError, match="Call junctions before their neurons"):
        brainstate.transform.for_loop(step, jnp.arange(3))


def test_no_tracer_outlives_a_loop(model):
    cells, gap = model

    def step(i):
        gap()
        cells()

    brainstate.transform.for_loop(step, jnp.arange(3))
    assert not gap._pre_port.parts.deposits.waiting
    assert not gap._post_port.parts.deposits.waiting


def test_a_function_that_fails_between_junction_and_neuron_is_named_once(model):
    cells, gap = model

    def bad(i):
        gap()
        raise KeyError("a mistake of the user's")

    with pytest.raises(KeyError):
        brainstate.transform.for_loop(bad, jnp.arange(2))
    with pytest.raises(ValueError, match="has ended"):
        brainstate.transform.for_loop(lambda i: cells(), jnp.arange(2))
    brainstate.transform.for_loop(lambda i: cells(), jnp.arange(2))

    with pytest.raises(KeyError):
        brainstate.transform.for_loop(bad, jnp.arange(2))
    gap()
    cells()


class TwoStages(bp.Neuron):
    """Heun's method by hand; what it passes with its requests is up to ``request``."""

    def __init__(self, request):
        super().__init__(2)
        self.request = request

    def init_state(self, batch_size=None, **kwargs):
        self.V = brainstate.HiddenState(jnp.array([0.0, 10.0]) * u.mV)

    def update(self, x=0.0 * u.nA):
        def slope(v):
            return self.sum_current_inputs(x, *self.request(v)) * (0.1 * u.Mohm)

        V = self.V.value
        first = slope(V)
        self.V.value = self.sum_delta_inputs(V + (first + slope(V + first)) / 2)


def test_a_multi_stage_host_of_the_users():
    cells = TwoStages(lambda v: (v, "anything else"))
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1.0 * u.uS)
    gap()
    cells()
    # The difference is multiplied by 1 - 2k + (2k)^2 / 2 with k = 0.1.
    np.testing.assert_allclose(np.diff(mv(cells.V.value)), 10 * (1 - 0.2 + 0.02), rtol=1e-6)


@pytest.mark.parametrize("request_", [lambda v: (), lambda v: (3.0,), lambda v: (v[:1],)])
def test_a_multi_stage_host_that_does_not_pass_its_voltage(request_):
    cells = TwoStages(request_)
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1.0 * u.uS)
    gap()
    with pytest.raises(ValueError, match="Use coupling='step'"):
        cells()
