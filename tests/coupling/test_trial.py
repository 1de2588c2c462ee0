"""A step that is run more than once changes what one run of it changes."""

import itertools

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, Passive, mv, simulate

MODES = ("stage", "semi_implicit", "implicit")
IMPLICIT = ("semi_implicit", "implicit")


class Counting(Passive):
    """A passive neuron that counts its steps in a State that it does not hold, and draws noise."""

    def __init__(self, *args, counter=None, noise=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        # Not an attribute of the Module: brainstate does not find it among the neuron's states.
        self.hidden = (lambda: counter,) if counter is not None else None
        self.noise = noise

    def update(self, x=0.0 * u.nA):
        if self.hidden is not None:
            counter = self.hidden[0]()
            counter.value = counter.value + 1
        if self.noise:
            x = x + self.noise * brainstate.random.randn(*self.varshape) * u.nA
        return super().update(x)


def step(i, *parts):
    with brainstate.environ.context(i=i, t=i * 0.1 * u.ms):
        for part in parts:
            part()


@pytest.mark.parametrize("coupling", MODES)
def test_a_state_that_the_update_changes_is_changed_once_a_step(coupling):
    counter = brainstate.ShortTermState(jnp.zeros(()))
    cells = Counting(2, counter=counter)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.nS, coupling=coupling)
    cells.init_state()
    for i in range(3):
        step(i, gap, cells)
    assert counter.value == 3
    brainstate.transform.for_loop(lambda i: step(i, gap, cells), jnp.arange(4))
    assert counter.value == 7


@pytest.mark.parametrize("coupling", ["stage", "implicit"])
def test_noise_of_two_populations_is_independent(coupling, x64):
    """Also of numbers that are drawn between their steps, one of which is repeated."""
    a, b = Counting(1, noise=1.0), Counting(1, noise=1.0)
    gap = gj.SymmetryGapJunction((a, b), "V", ([0], [0]), 1e-9 * u.nS, coupling=coupling)
    brainstate.nn.init_all_states([a, b, gap])

    def step(i):
        with brainstate.environ.context(i=i, t=i * 0.1 * u.ms, dt=0.1 * u.ms):
            gap()
            a(0 * u.nA)
            between = brainstate.random.randn(1)
            b(0 * u.nA)
        return a.V.value.to_decimal(u.mV), between, b.V.value.to_decimal(u.mV)

    V_a, between, V_b = (x[:, 0] for x in brainstate.transform.for_loop(step, jnp.arange(400)))
    drawn = [np.diff(V_a), np.asarray(between)[1:], np.diff(V_b)]
    for one, other in itertools.combinations(drawn, 2):
        for late in (0, 1):
            assert abs(np.corrcoef(one[late:], other[: len(other) - late])[0, 1]) < 0.2
            assert abs(np.corrcoef(other[late:], one[: len(one) - late])[0, 1]) < 0.2


def pair(coupling):
    a, b = Passive(1, V0=-60 * u.mV), Passive(1, V0=-40 * u.mV)
    gap = gj.SymmetryGapJunction((a, b), "V", ([0], [0]), 3 * u.uS, coupling=coupling)
    for cells in (a, b):
        cells.init_state()
    return a, b, gap


def test_a_change_between_the_steps_of_coupled_populations_is_refused():
    a, b, gap = pair("implicit")
    step(0, gap, a)
    a.V.value = a.V.value + 1 * u.mV
    with pytest.raises(ValueError, match=r"The state 'V' of Passive was changed between the steps"):
        step(0, b)


def test_a_change_of_the_other_population_before_its_step_counts(x64):
    a, b, gap = pair("implicit")
    step(0, gap, a)
    b.V.value = b.V.value + 1 * u.mV
    step(0, b)
    assert np.isfinite(mv(a.V.value)).all()


def test_inputs_that_arrive_between_the_steps_are_for_the_next_one(x64):
    a, b, gap = pair("implicit")
    c, d, other = pair("implicit")
    step(0, gap, a)
    a.add_current_input("pulse", 5.0 * u.nA)
    step(0, b)
    step(0, other, c, d)
    np.testing.assert_allclose(mv(a.V.value), mv(c.V.value))
    c.add_current_input("pulse", 5.0 * u.nA)
    step(1, gap, a, b, other, c, d)
    np.testing.assert_allclose(mv(a.V.value), mv(c.V.value))


@pytest.mark.parametrize(
    ("coupling", "junction_first"), [("semi_implicit", True), ("implicit", False)]
)
def test_synapses_registered_before_and_after_the_junction(coupling, junction_first, x64):
    """The order in which junction and synapse are made does not matter, nor does the mode."""

    def run(coupling, junction_first):
        cells = bp.LIF(2, R=1 * u.ohm, tau=20 * u.ms, V_rest=-65 * u.mV, V_th=0 * u.mV)
        made = []

        def junction():
            made.append(
                gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1e-6 * u.siemens, coupling=coupling)
            )

        if junction_first:
            junction()
        syn = bp.AlignPostProj(
            comm=brainstate.nn.AllToAll(3, 2, 1.0 * u.siemens),
            syn=bp.Expon.desc(
                2, tau=5 * u.ms, g_initializer=braintools.init.ZeroInit(unit=u.siemens)
            ),
            out=bp.COBA.desc(E=0 * u.mV),
            post=cells,
        )
        if not junction_first:
            junction()
        brainstate.nn.init_all_states(syn)
        brainstate.nn.init_all_states(cells)

        def turn(i):
            with brainstate.environ.context(i=i, t=i * 0.1 * u.ms):
                made[0]()
                syn(jnp.ones(3) * (i % 5 == 0))
                cells(0 * u.mA)
                return cells.V.value

        return mv(brainstate.transform.for_loop(turn, jnp.arange(20)))

    want = run("stage", False)
    assert np.ptp(want) > 1e-3
    np.testing.assert_allclose(run(coupling, junction_first), want, atol=1e-6)


def test_what_a_dead_trace_left_is_told_once_and_dropped():
    cells = Passive(2, V0=np.array([-60.0, -40.0]) * u.mV)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.uS, coupling="implicit")
    cells.init_state()
    brainstate.transform.for_loop(lambda i: gap(), jnp.arange(3))
    with pytest.raises(ValueError, match="the function that computed its current has ended"):
        step(0, cells)
    step(1, cells)
    np.testing.assert_allclose(mv(cells.V.value), [-60, -40])


@pytest.mark.parametrize("coupling", IMPLICIT)
def test_hosts_that_sum_their_delta_inputs_first(coupling, x64):
    """Two leaky cells, 10 mV apart: the difference decays at 1 / tau + 2 g R / tau."""
    cells = bp.CubaLIF(
        2,
        R=1e9 * u.ohm,
        tau=20 * u.ms,
        V_rest=-65 * u.mV,
        V_th=0 * u.mV,
        V_reset=-65 * u.mV,
    )
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 2 * u.nS, coupling=coupling)
    cells.init_state()
    cells.V.value = jnp.array([-70.0, -60.0]) * u.mV

    def turn(i):
        step(i, gap, cells)

    brainstate.transform.for_loop(turn, jnp.arange(100))
    left = np.diff(mv(cells.V.value))[0]
    assert left == pytest.approx(10 * np.exp(-10 / 20 * (1 + 2 * 2)), rel=0.04)


def test_gradients_flow_through_a_step_that_is_taken_again(x64):
    def final(g):
        a, b = Passive(1, V0=-60 * u.mV), Passive(1, V0=-40 * u.mV)
        gap = gj.SymmetryGapJunction(
            (a, b), "V", ([0], [0]), g * u.uS, brainstate.ShortTermState, coupling="implicit"
        )
        net = Network([a, b], [gap])
        brainstate.nn.init_all_states(net)
        first, _ = simulate(net, [0 * u.nA] * 2, 5)
        return first[-1, 0] / u.mV

    gradient = float(brainstate.transform.grad(final)(jnp.array(3.0)))
    ends = [float(final(jnp.array(3.0 + d))) for d in (1e-5, -1e-5)]
    assert gradient == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)
