"""Junctions with a law: one suite for every law, against SciPy's solution of the equations.

Most tests couple one pair of cells by each law, all within one population, which compiles once.
"""

import copy
import warnings

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from every_law import EVERY, STATEFUL, held
from gapjunction.laws import Boltzmann, Ohmic, Olive, Rectifier
from law_equations import EQUATIONS
from models import Network, Passive, mv, pairs, simulate

NAMES = list(EVERY)
# One of each kind, where compiling all costs too much.
KINDS = ["reversed", "olive", "one-sided", "slow, one-sided", "slow halves", "own"]
FEW = 2 * len(KINDS)
MODES = ("step", "stage", "semi_implicit", "implicit")
SLOW = Boltzmann(40 * u.mV, 8 * u.mV, 0.2, 0.2 / u.ms, closing=0.3)
G_L, E_L = 0.1, -60.0
# Pairs that differ by 5 to 44 mV, of either sign.
START = E_L + np.ravel(
    [(s * d, -s * d) for s, d in zip([1, -1] * 7, np.linspace(2.5, 22, 14), strict=True)]
)


def passive(V=START):
    return Passive(len(V), 1 * u.nF, G_L * u.uS, E_L * u.mV, V * u.mV)


def point(V=START):
    leak = gj.ion_channels.Channel(len(V), G_L * u.mS / u.cm**2, E_L * u.mV)
    initial = lambda size, *_, **__: V * u.mV  # noqa: E731
    C = 1 * u.uF / u.cm**2
    return gj.PointNeuron(len(V), C, {"leak": leak}, "staggered", V_initializer=initial)


def coupled(cells, weight=0.2 * u.uS, names=NAMES, **kwargs):
    """Return a junction by each law between cells 2k and 2k + 1."""
    return [
        gj.VoltageGatedGapJunction(
            cells, "V", pairs([2 * k], [2 * k + 1]), weight, law=EVERY[name], **kwargs
        )
        for k, name in enumerate(names)
    ]


def network(cells, *args, **kwargs):
    net = Network([cells], coupled(cells, *args, **kwargs))
    brainstate.nn.init_all_states(net)
    return net


def by_pair(x):
    """Return values of cells as (..., pair, 2)."""
    return np.asarray(x).reshape(*np.shape(x)[:-1], -1, 2)


def one(law=SLOW, V=(20.0, -70.0), batch=None, **kwargs):
    """Return two cells and their junction."""
    cells = Passive(2, 1 * u.nF)
    cells.init_state(batch)
    cells.V.value = jnp.broadcast_to(jnp.asarray(V), cells.V.value.shape) * u.mV
    gap = gj.VoltageGatedGapJunction(cells, "V", pairs([0], [1]), 0.2 * u.uS, law=law, **kwargs)
    gap.init_state()
    return cells, gap


def reference(name, start, drive, t, g, rate):
    """Return V of a pair at time ``t`` in ms; C is 1."""
    s, change, rest = EQUATIONS[name]

    def derivative(_, y):
        v, state = y[:2], y[2:]
        along = g * s(state, v[0] - v[1]) * (v[0] - v[1])
        return [*(-rate * (v - E_L) + drive + [-along, along]), *change(state, v[0] - v[1])]

    y = [*start, *rest(start[0] - start[1])]
    return solve_ivp(derivative, (0, t), y, "LSODA", rtol=1e-10, atol=1e-10).y[:2, -1]


# Where the slope of the current falls its present value is used: of first order.
FALLING = ("reversed", "olive", "fast", "one-sided", "homotypic", "heterotypic")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "names", "weight", "ampere", "order"),
    [
        (passive, KINDS, 0.3 * u.uS, u.nA, 1),
        (point, NAMES, 0.3 * u.mS / u.cm**2, u.uA / u.cm**2, 2),
    ],
    ids=["exponential Euler", "staggered"],
)
def test_implicit_converges_to_the_equations(make, names, weight, ampere, order, x64):
    n, t = 2 * len(names), 12.0
    start, drive = START[:n], np.tile([2.0, -1.0], len(names))
    cells = make(start)
    net = network(cells, weight, names, coupling="implicit")
    want = np.array(
        [
            reference(name, V, x, t, 0.3, G_L)
            for name, V, x in zip(names, by_pair(start), by_pair(drive), strict=True)
        ]
    )
    errors = []
    for steps in (120, 240):
        brainstate.nn.init_all_states(net)
        V = mv(simulate(net, [drive * ampere], steps, t / steps * u.ms)[0])[-1]
        errors.append(abs(by_pair(V) - want).max(axis=1))
    found = dict(zip(names, np.log2(errors[0] / errors[1]).round(2).tolist(), strict=True))
    for name, at in found.items():
        assert at > (1 if name in FALLING else order) - 0.15, found
    assert max(errors[-1]) < (0.25 if order == 1 else 0.02), errors[-1]


def test_currents_are_those_of_the_law_and_conserve_charge(x64):
    net = network(passive())

    @brainstate.transform.jit
    def read():
        return [(g.conductance(), g.currents()) for g in net.junctions]

    for k, (name, found) in enumerate(zip(NAMES, read(), strict=True)):
        conductance, (into_pre, into_post) = found
        s, _, rest = EQUATIONS[name]
        V_j = START[2 * k] - START[2 * k + 1]
        want = 0.2 * s(rest(V_j), V_j)
        np.testing.assert_allclose(conductance.to_decimal(u.uS), [want], rtol=1e-7, err_msg=name)
        pre, post = into_pre.to_decimal(u.nA), into_post.to_decimal(u.nA)
        np.testing.assert_allclose(post[2 * k + 1], want * V_j, rtol=1e-7, err_msg=name)
        assert abs(pre.sum() + post.sum()) < 1e-12
        assert np.count_nonzero(pre) == np.count_nonzero(post) == (abs(want) > 0)


@pytest.mark.parametrize("name", EVERY)
def test_many_edges_between_two_populations_conserve_charge(name, x64):
    rng = np.random.default_rng(0)
    pre, post = Passive((2, 3), 1 * u.nF), Passive(4, 1 * u.nF)
    for host in (pre, post):
        host.init_state()
        host.V.value = rng.normal(-60, 30, host.V.value.shape) * u.mV
    ids, weight = (rng.integers(0, 6, 9), rng.integers(0, 4, 9)), rng.uniform(0, 1, 9)
    ids = tuple(np.unique(ids, axis=1))
    weight = weight[: len(ids[0])]
    gap = gj.RectifyingGapJunction((pre, post), "V", pairs(*ids), weight * u.uS, law=EVERY[name])
    gap.init_state()
    now, (s, _, rest) = gap.currents(), EQUATIONS[name]
    V_j = mv(pre.V.value).ravel()[ids[0]] - mv(post.V.value)[ids[1]]
    along = weight * [s(rest(v), v) * v for v in V_j]
    np.testing.assert_allclose(
        mv(now.post / u.nA), np.bincount(ids[1], along, 4), rtol=1e-7, atol=1e-9
    )
    np.testing.assert_allclose(
        mv(now.pre / u.nA), -np.bincount(ids[0], along, 6).reshape(2, 3), rtol=1e-7, atol=1e-9
    )
    assert abs(mv(now.post / u.nA).sum() + mv(now.pre / u.nA).sum()) < 1e-12


@pytest.mark.parametrize("mode", MODES)
def test_a_moderate_junction_keeps_charge_and_range_in_every_mode(mode, x64):
    # Every law once where it is explicit, and once where it is solved for.
    names = NAMES if mode in ("stage", "implicit") else KINDS
    at = START[: 2 * len(names)]
    cells = Passive(len(at), 1 * u.nF, V0=at * u.mV)
    V = by_pair(mv(simulate(network(cells, names=names, coupling=mode), [0 * u.nA], 50)[0]))
    start = by_pair(at)
    if mode != "semi_implicit":
        # What a step takes out of one cell it puts into the other.
        np.testing.assert_allclose(V.sum(-1), np.tile(start.sum(-1), (50, 1)), atol=1e-9)
    assert (abs(V[..., 0] - V[..., 1]) <= abs(start[:, 0] - start[:, 1]) + 1e-9).all()
    # Each pair has come nearer, except where current does not pass.
    far = abs(V[-1, :, 0] - V[-1, :, 1]) / abs(start[:, 0] - start[:, 1])
    assert (far[[name not in ("hard", "reversed") for name in names]] < 0.9).all()


@pytest.mark.one_stack
@pytest.mark.parametrize(
    "mode", ["implicit", pytest.param("semi_implicit", marks=pytest.mark.slow)]
)
def test_a_strong_junction_stays_bounded(mode):
    dt, kappa = 0.1, 10.0
    cells = Passive(FEW, 1 * u.nF, V0=3 * (START[:FEW] - E_L) * u.mV)
    net = network(cells, kappa / dt * u.uS, KINDS, coupling=mode)
    V = mv(simulate(net, [0 * u.nA], 100)[0])
    largest = dict(zip(KINDS, abs(by_pair(V)).max((0, 2)), strict=True))
    grid = np.linspace(-200, 200, 4001)
    for name in KINDS:
        s, _, rest = EQUATIONS[name]
        current = np.array([s(rest(v), v) * v for v in grid])
        falls = np.gradient(current, grid) < 0
        # Where the current falls a step goes as far as it is large.
        kick = kappa * abs(current[falls]).max(initial=0) if name not in STATEFUL else 0
        start = 3 * abs(START - E_L).max()
        assert largest[name] <= 1.0001 * start + kick, (name, largest[name], kick)


@pytest.mark.one_stack
def test_a_batch_is_its_members_one_by_one(x64):
    V = np.stack([START[:FEW], START[FEW:0:-1], 0.7 * START[:FEW]])
    drive = np.tile([3.0, -2.0], len(KINDS)) * u.nA
    cells = passive(V[0])
    net = Network([cells], coupled(cells, names=KINDS, coupling="implicit"))

    def run(V):
        brainstate.nn.init_all_states(net, *V.shape[:-1])
        cells.V.value = V * u.mV
        for gap in net.junctions:
            gap.reset_state()
        states = [gap.gating for gap in net.junctions if hasattr(gap, "gating")]
        return mv(simulate(net, [drive], 6)[0]), [state.value for state in states]

    whole, states = run(V)
    alone, state = run(V[1])
    np.testing.assert_allclose(whole[:, 1], alone, rtol=1e-10)
    assert len(states) == 3
    for many, single in zip(states, state, strict=True):
        np.testing.assert_allclose(many[1], single, rtol=1e-10)


@pytest.mark.one_stack
@pytest.mark.parametrize("mode", ["implicit", pytest.param("stage", marks=pytest.mark.slow)])
def test_gradient_by_weights_agrees_with_finite_differences(mode, x64):
    cells = passive(START[:FEW])
    net = Network([cells], coupled(cells, names=KINDS, coupling=mode))
    drive = np.tile([3.0, -2.0], len(KINDS)) * u.nA

    def losses(w):
        brainstate.nn.init_all_states(net)
        for gap, g in zip(net.junctions, w, strict=True):
            gap.weight.value = g * u.uS
        V = simulate(net, [drive], 8)[0].to_decimal(u.mV)
        return (V[-1].reshape(-1, 2)[:, 0] ** 2) / 100

    def loss(w):
        found = losses(w)
        return found.sum(), found

    both = brainstate.transform.jit(brainstate.transform.grad(loss, has_aux=True))
    w, h = jnp.linspace(0.1, 0.4, len(KINDS)), 1e-5
    slope, _ = both(w)
    # No pair depends on another's weight.
    want = (both(w + h)[1] - both(w - h)[1]) / (2 * h)
    np.testing.assert_allclose(slope, want, rtol=1e-5, atol=1e-8)


def test_vmap_over_weights_and_jit(x64):
    net = network(passive(START[:FEW]), names=KINDS)
    gaps = net.junctions

    def conductances(w):
        for gap in gaps:
            gap.weight.value = w
        return [gap.conductance() for gap in gaps], [gap.current() for gap in gaps]

    w = jnp.array([0.1, 0.5]) * u.uS
    weights = net.states(brainstate.ParamState)
    many = brainstate.transform.vmap(conductances, out_states=weights)(w)
    one = brainstate.transform.jit(conductances)(w[1])
    for a, b in zip(jax.tree.leaves(many), jax.tree.leaves(one), strict=True):
        np.testing.assert_allclose(a[1], b, rtol=1e-12)
        np.testing.assert_allclose(a[0], 0.2 * b, rtol=1e-9)


# Of the state.


@pytest.mark.parametrize("name", STATEFUL)
def test_gating_starts_settled_and_needs_its_populations(name):
    cells = Passive(2, 1 * u.nF, V0=np.array([20.0, -10.0]) * u.mV)
    gap = gj.VoltageGatedGapJunction(cells, "V", pairs([0], [1]), 0.2 * u.uS, law=EVERY[name])
    for early in (gap.init_state, gap.update):
        with pytest.raises(ValueError, match=r"init_state\(\)"):
            early()
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    assert isinstance(gap.gating, brainstate.HiddenState)
    settled = EVERY[name].initial(*held([30.0]))
    np.testing.assert_allclose(gap.gating.value, settled, rtol=1e-4)
    brainstate.nn.init_all_states(net, 3)
    assert gap.gating.value.shape == (3, *settled.shape)


def test_missing_state_says_what_to_call():
    cells = Passive(2)
    cells.init_state()
    gap = gj.VoltageGatedGapJunction(
        cells, "V", pairs([0], [1]), 0.2 * u.uS, law=SLOW, name="dendritic"
    )
    for act in (gap.update, gap.current, gap.conductance, gap.reset_state):
        with pytest.raises(ValueError, match="'dendritic' has no state yet: call its init_state"):
            act()
    # The population itself is not harmed by it.
    cells()


@pytest.mark.parametrize("name", KINDS)
def test_update_returns_minus_what_pre_receives(name):
    _, gap = one(EVERY[name])
    now = gap.currents().pre
    np.testing.assert_array_equal(gap.current().to_decimal(u.nA), -now.to_decimal(u.nA))
    # Gating that is settled stays as it is.
    np.testing.assert_allclose(gap.update().to_decimal(u.nA), -now.to_decimal(u.nA), rtol=1e-5)


def test_laws_without_a_state_have_none():
    for name in EVERY.keys() - set(STATEFUL):
        _, gap = one(EVERY[name])
        assert not hasattr(gap, "gating")
        assert set(gap.states()) == {("weight",)}


def test_reset_lets_it_settle_at_the_present_voltages():
    cells, gap = one(V=(10.0, -20.0))
    cells.V.value = [25.0, -25.0] * u.mV
    gap()
    moved = gap.gating.value
    gap.reset_state()
    settled = SLOW.initial(*held([50.0]))
    np.testing.assert_allclose(gap.gating.value, settled, rtol=1e-5)
    assert abs(moved - settled).max() > 0.01


def test_only_update_takes_gating_a_step_further():
    _, gap = one()
    gap.gating.value = jnp.zeros(1)
    gap.current(), gap.conductance(), gap.currents()
    np.testing.assert_array_equal(gap.gating.value, 0)
    gap()
    want = SLOW.advance(jnp.zeros(1), *held([90.0]), 0.1 * u.ms)
    np.testing.assert_allclose(gap.gating.value, want, rtol=1e-5)


@pytest.mark.parametrize("how", [copy.deepcopy, brainstate.graph.clone], ids=["deepcopy", "clone"])
def test_copies_have_gating_of_their_own(how):
    class Model(brainstate.nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = Passive(2, 1 * u.nF)
            self.gap = gj.VoltageGatedGapJunction(
                self.cells, "V", pairs([0], [1]), 0.2 * u.uS, law=SLOW
            )

    model = Model()
    brainstate.nn.init_all_states(model)
    model.cells.V.value = [60.0, -60.0] * u.mV
    twin = how(model)
    assert twin.gap.law is model.gap.law or twin.gap.law.rate == model.gap.law.rate
    start = np.asarray(model.gap.gating.value)
    for _ in range(3):
        twin.gap()
        twin.cells()
    np.testing.assert_array_equal(model.gap.gating.value, start)
    assert abs(twin.gap.gating.value - start).max() > 1e-3
    for _ in range(3):
        model.gap()
        model.cells()
    np.testing.assert_array_equal(model.gap.gating.value, twin.gap.gating.value)


def test_dtype_of_gating_is_kept_in_a_loop():
    cells, gap = one(V=np.array([20.0, -70.0], np.float32))
    simulate(Network([cells], [gap]), [0 * u.nA], 3)
    assert gap.gating.value.dtype == np.float32


# Of the law itself.


class Plain(bp.Neuron):
    """Voltages without a unit, from the start."""

    def __init__(self):
        super().__init__(2)
        self.V = brainstate.HiddenState(jnp.array([1.0, 0.0]))

    def update(self, x=0.0):
        self.V.value = self.V.value + self.sum_current_inputs(x, self.V.value)
        return self.V.value


def test_populations_without_units_take_ohmic_alone():
    cells = Plain()
    gap = gj.RectifyingGapJunction(cells, "V", pairs([0], [1]), 0.5, law=Ohmic())
    assert float(gap.conductance()[0]) == 0.5
    gap()
    np.testing.assert_allclose(cells(), [0.5, 0.5])
    for law in (Olive(), SLOW):
        with pytest.raises(u.UnitMismatchError, match="law must be Ohmic between populations"):
            gj.VoltageGatedGapJunction(cells, "V", pairs([0], [1]), 0.5, law=law)


@pytest.mark.parametrize("law", ["olive", Olive, 3.0, lambda V: 1.0])
def test_what_is_no_law_is_refused(law):
    for kind in (gj.RectifyingGapJunction, gj.VoltageGatedGapJunction):
        with pytest.raises(TypeError, match=r"law must be one of gapjunction\.laws, or a Law"):
            kind(Passive(2), "V", pairs([0], [1]), 0.5 * u.uS, law=law)


def test_voltage_gated_has_no_law_by_default_and_rectifying_has():
    with pytest.raises(TypeError, match="law"):
        gj.VoltageGatedGapJunction(Passive(2), "V", pairs([0], [1]), 0.5 * u.uS)
    gap = gj.RectifyingGapJunction(Passive(2), "V", pairs([0], [1]), 0.5 * u.uS)
    assert isinstance(gap.law, Rectifier)


def test_edge_direction_is_that_of_the_ids():
    """A rectifier passes from pre to post; the pair of cells is (0, 1), then (1, 0)."""
    passed = []
    for ids in (([0], [1]), ([1], [0])):
        cells = Passive(2)
        cells.init_state()
        cells.V.value = [20.0, -20.0] * u.mV
        gap = gj.RectifyingGapJunction(cells, "V", pairs(*ids), 1 * u.uS)
        passed.append(float(gap.conductance()[0].to_decimal(u.uS)))
    assert passed[0] > 0.99
    assert passed[1] < 0.01


def test_largest_conductance_is_that_of_the_largest_slope():
    for law, most in ((Ohmic(), 1), (SLOW, None), (EVERY["reversed"], None)):
        gap = gj.RectifyingGapJunction(Passive(2), "V", pairs([0], [1]), 0.5 * u.uS, law=law)
        want = 0.5 * (most or law.largest_slope())
        assert float(gap.largest_conductance().to_decimal(u.uS)) == pytest.approx(want)


def test_warning_of_stability_counts_the_slope():
    steep = Rectifier(V_half=30 * u.mV, slope=2 * u.mV)
    g = 5.0
    limit = 2 / (2 * g)  # of the ohmic pair, in ms
    for law, factor in ((Ohmic(), 1.0), (steep, steep.largest_slope()), (SLOW, 0.9934)):
        for at, count in ((0.98, 0), (1.02, 1)):
            dt = at * limit / factor * u.ms
            with (
                brainstate.environ.context(dt=dt),
                warnings.catch_warnings(record=True) as told,
            ):
                warnings.simplefilter("always")
                gj.RectifyingGapJunction(
                    Passive(2, 1 * u.nF), "V", pairs([0], [1]), g * u.uS, law=law
                )
            assert len(told) == count, (law, at)
