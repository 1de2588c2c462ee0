"""Junctions whose strength changes with activity, or with a state of their cells."""

import copy
import dataclasses

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.plasticity import BurstSpike, FollowsState, Rule
from models import Network, Passive, mv, pairs

MODES = ["step", "stage", "semi_implicit", "implicit"]
EDGES = pairs([0, 1, 2], [1, 2, 3])
RULE = BurstSpike(depression=2e-2 / u.ms, potentiation=4e-2)


class Acid(Passive):
    """Passive cells with a pH."""

    def __init__(self, size, pH):
        super().__init__(size, g_L=0.05 * u.uS)
        self.start = pH

    def init_state(self, batch_size=None, **kwargs):
        super().init_state(batch_size)
        shape = self.V.value.shape
        self.pH = brainstate.HiddenState(jnp.broadcast_to(jnp.asarray(self.start), shape))


def leaky(n=4):
    return bp.LIF(
        n,
        R=20 * u.Mohm,
        tau=10 * u.ms,
        V_rest=-70 * u.mV,
        V_reset=-65 * u.mV,
        V_th=-50 * u.mV,
        V_initializer=lambda shape, **_: jnp.full(shape, -70.0) * u.mV,
    )


def made(cells, rule=RULE, weight=2 * u.nS, conn=EDGES, batch=None, **more):
    """Return a network of one junction, initialised."""
    populations = cells if isinstance(cells, tuple) else (cells,)
    gap = gj.PlasticGapJunction(cells, "V", conn, weight, rule=rule, **more)
    net = Network(populations, [gap])
    brainstate.nn.init_all_states(net, *([] if batch is None else [batch]))
    return net, gap


def steps(net, inputs, n, dt=0.1 * u.ms, read=lambda: ()):
    def step(i):
        with brainstate.environ.context(i=i, t=i * dt, dt=dt):
            net.update(*(x(i) if callable(x) else x for x in inputs))
            return read()

    return brainstate.transform.for_loop(step, jnp.arange(n))


def by_spikes(spikes, pre, post, dt, rule=RULE):
    """Return the strength of edges after each step, by small steps of Euler's method."""
    D, P, high, fine = 2e-2, 4e-2, 2.0, 200
    assert (D / u.ms, P, high) == (rule.depression, rule.potentiation, rule.bounds[1])
    b, s, found = np.zeros(spikes.shape[1]), np.ones(len(pre)), []
    for spike in spikes:
        b = b + spike
        s = s + P * (1 - s / high) * (spike[pre] + spike[post]) / 2
        for _ in range(fine):
            bursting = b > 1.3
            s = s - D * dt / fine * (bursting[pre] * 1 + bursting[post]) / 2
            b = b - dt / fine / 8 * b
        found.append(s)
    return np.array(found)


@pytest.mark.parametrize("coupling", MODES)
def test_strength_follows_the_spikes_of_the_cells(coupling, x64):
    drive = np.array([6.0, 3.0, 1.2, 0.0]) * u.nA
    cells = leaky()
    net, gap = made(cells, coupling=coupling)
    s, V = steps(net, [drive], 400, read=lambda: (gap.strength.value, cells.V.value))
    assert s.shape == (400, 3)
    spikes = (mv(V) >= -50).astype(float)
    counts = spikes.sum(0)
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0
    # The junction is called before the cells: it sees the spikes of the step before.
    seen = np.vstack([np.zeros(4), spikes[:-1]])
    np.testing.assert_allclose(s, by_spikes(seen, [0, 1, 2], [1, 2, 3], 0.1), atol=2e-4)
    # Bursts of the first two cells, and sparse spikes of the third with the silent fourth.
    assert s[-1, 0] < 0.8
    assert s[-1, 2] > 1.005


def test_spikes_of_cells_that_do_not_reset_are_crossings(x64):
    cells = gj.neurons.HH1952(2)
    net, gap = made(
        cells,
        BurstSpike(depression=0 / u.ms, potentiation=0.1),
        0 * u.mS / u.cm**2,
        pairs([0], [1]),
    )
    drive = jnp.array([10.0, 0.0]) * u.uA / u.cm**2
    s, V = steps(net, [drive], 1500, 0.02 * u.ms, lambda: (gap.strength.value[0], cells.V.value[0]))
    level = float(u.Quantity(cells.V_th).to_decimal(u.mV))
    v = mv(V)
    crossings = ((v[:-1] < level) & (v[1:] >= level)).sum()
    assert crossings >= 2
    assert (v > level).sum() > 2 * crossings
    np.testing.assert_allclose(s[-1], 2 - (1 - 0.025) ** crossings, rtol=1e-12)


def test_a_threshold_of_ones_own(x64):
    cells = Passive(2, g_L=0 * u.uS)
    rule = BurstSpike(depression=0 / u.ms, potentiation=1.0, bounds=(0.0, 2.0))
    with pytest.raises(ValueError, match="threshold must be given: Passive has no V_th"):
        gj.PlasticGapJunction(cells, "V", pairs([0], [1]), 1 * u.nS, rule=rule)
    # Only with its state does the population show what its voltage is.
    with pytest.raises(u.UnitMismatchError, match="threshold must be a voltage"):
        made(cells, rule, 1 * u.nS, pairs([0], [1]), threshold=3.0)
    _, gap = made(cells, rule, 1 * u.nS, pairs([0], [1]), threshold=5 * u.mV)
    found = []
    for v in (0, 4, 5, 9, 4, 6):
        cells.V.value = jnp.full(2, float(v)) * u.mV
        gap()
        found.append(float(gap.strength.value[0]))
    np.testing.assert_allclose(found, [1, 1, 1.5, 1.5, 1.5, 1.75])


@pytest.mark.one_stack
@pytest.mark.parametrize(
    "law",
    [
        gj.laws.Ohmic(),
        gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2),
        gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2, rate=0.1 / u.ms),
        gj.laws.Rectifier(slope=8 * u.mV),
    ],
    ids=["ohmic", "boltzmann", "boltzmann in time", "rectifier"],
)
def test_conductance_is_weight_times_strength_times_law(law, x64):
    cells = leaky()
    _, gap = made(cells, weight=np.array([1.0, 2.0, 3.0]) * u.nS, law=law, scale=0.5)
    plain = gj.VoltageGatedGapJunction(
        cells, "V", EDGES, np.array([1.0, 2.0, 3.0]) * u.nS, law=law, scale=0.5
    )
    V = np.array([-50.0, -75.0, -60.0, -90.0])
    cells.V.value = V * u.mV
    gap.reset_state()
    plain.init_state()
    gap.strength.value = jnp.array([0.5, 1.0, 1.75])
    expected = plain.conductance().to_decimal(u.nS) * np.array([0.5, 1.0, 1.75])
    np.testing.assert_allclose(gap.conductance().to_decimal(u.nS), expected, rtol=1e-12)
    along = expected * (V[:-1] - V[1:])
    now = gap.currents()
    total = np.zeros(4)
    np.add.at(total, [1, 2, 3], along)
    np.add.at(total, [0, 1, 2], -along)
    np.testing.assert_allclose((now.pre + now.post).to_decimal(u.pA), total, rtol=1e-9, atol=1e-9)


def test_only_update_changes_the_strength():
    cells = leaky()
    net, gap = made(cells)
    steps(net, [6 * u.nA], 100)
    kept = [jax.tree.map(np.asarray, s.value) for s in (gap.strength, gap.traces)]
    gap.current(), gap.currents(), gap.conductance(), gap.largest_conductance()
    jax.tree.map(np.testing.assert_array_equal, kept, [gap.strength.value, gap.traces.value])
    with brainstate.environ.context(i=0, t=0 * u.ms):
        gap()
    assert (np.asarray(gap.strength.value) != kept[0]).any()


def test_conductances_are_recorded_in_a_loop_and_reset():
    cells = leaky()
    net, gap = made(cells)
    g = steps(net, [6 * u.nA], 300, read=gap.conductance)
    assert g.shape == (300, 3)
    assert gap.strength.value.dtype == np.float32
    assert len(np.unique(mv(g[:, 0].to_decimal(u.nS)))) > 50
    brainstate.nn.reset_all_states(net)
    again = steps(net, [6 * u.nA], 300, read=gap.conductance)
    np.testing.assert_array_equal(again.to_decimal(u.nS), g.to_decimal(u.nS))


def test_one_population_has_its_traces_once_and_two_have_their_own():
    net, gap = made(leaky())
    assert len(gap.traces.value) == 1
    net, gap = made((leaky(3), leaky(4)), conn=pairs([0, 2], [3, 1]))
    steps(net, [6 * u.nA, 0 * u.nA], 200)
    assert [trace["burst"].shape for trace in gap.traces.value] == [(3,), (4,)]
    assert gap.traces.value[0]["burst"].max() > 1
    assert gap.traces.value[1]["burst"].max() == 0
    assert (gap.strength.value < 1).all()


@pytest.mark.parametrize("coupling", ["stage", "implicit"])
def test_batches_are_as_if_alone(coupling, x64):
    drives = np.array([[6.0, 0, 3.0, 0], [0, 1.2, 6.0, 6.0]])
    net, gap = made(leaky(), batch=2, coupling=coupling)
    both = steps(net, [drives * u.nA], 200, read=lambda: gap.strength.value)
    assert both.shape == (200, 2, 3)
    for k, drive in enumerate(drives):
        net, gap = made(leaky(), coupling=coupling)
        alone = steps(net, [drive * u.nA], 200, read=lambda gap=gap: gap.strength.value)
        assert (alone[-1] != 1).any()
        np.testing.assert_allclose(both[:, k], alone, rtol=1e-12)


@pytest.mark.parametrize("copier", [copy.deepcopy, brainstate.graph.clone])
def test_a_copy_has_a_strength_of_its_own(copier):
    net, gap = made(leaky())
    twin = copier(net)
    steps(twin, [6 * u.nA], 200)
    assert (np.asarray(gap.strength.value) == 1).all()
    assert (np.asarray(twin.junctions[0].strength.value) != 1).any()


def open_above(low):
    return lambda a, b: jax.nn.sigmoid((jnp.minimum(a, b) - low) / 0.1)


@pytest.mark.parametrize("coupling", MODES)
def test_strength_follows_a_named_state_exponentially(coupling, x64):
    cells = Acid(3, [7.2, 6.9, 6.7])
    rule = FollowsState(state="pH", target=open_above(6.9), tau=30 * u.ms, start=1.0)
    net, gap = made(cells, rule, 0.01 * u.uS, pairs([0, 1], [1, 2]), coupling=coupling)
    s = steps(net, [1 * u.nA], 500, read=lambda: gap.strength.value)
    target = 1 / (1 + np.exp(-np.array([0, -2])))
    t = 0.1 * np.arange(1, 501)[:, None]
    np.testing.assert_allclose(s, target + (1 - target) * np.exp(-t / 30), rtol=1e-12)
    # Alkaline again: it opens.
    cells.pH.value = jnp.full(3, 7.9)
    again = steps(net, [1 * u.nA], 5000, read=lambda: gap.strength.value)
    np.testing.assert_allclose(again[-1], 1 / (1 + np.exp(-10)), rtol=1e-6)


def test_a_state_may_be_part_of_a_part_and_one_for_all():
    cells = Passive(2)
    cells.bath = {"dopamine": brainstate.ShortTermState(1500.0 * u.nM)}
    rule = FollowsState(
        state="bath.dopamine", target=lambda a, b: 1 / (1 + (a + b) / u.uM), tau=1 * u.ms
    )
    _, gap = made(cells, rule, 1 * u.nS, pairs([0], [1]))
    np.testing.assert_allclose(gap.strength.value, 0.25)


def test_missing_states_are_told():
    def refused(path, match):
        rule = FollowsState(state=path, target=open_above(7), tau=1 * u.ms)
        with pytest.raises(ValueError, match=match):
            made(Acid(2, 7.0), rule, 1 * u.nS, pairs([0], [1]))

    refused("pHi", r"rule reads 'pHi', which must be a State of Acid, one of \['V', 'pH'\]")
    refused("start", "rule reads 'start', which must be a State of Acid.* got 7.0")
    refused("pH.other", "rule reads 'pH.other'")
    cells = Passive(2)
    cells.odd = brainstate.ShortTermState(jnp.ones(3))
    rule = FollowsState(state="odd", target=open_above(7), tau=1 * u.ms)
    with pytest.raises(
        ValueError, match=r"'odd', which must be one value or have the shape \(2,\)"
    ):
        made(cells, rule, 1 * u.nS, pairs([0], [1]))


def test_gradients_go_through_the_strength(x64):
    cells = Acid(2, [7.0, 6.9])
    rule = FollowsState(state="pH", target=open_above(6.9), tau=5 * u.ms, start=1.0)
    net, gap = made(cells, rule, 0.1 * u.uS, pairs([0], [1]))

    def far(pH, weight):
        brainstate.nn.reset_all_states(net)
        cells.V.value = jnp.array([20.0, 0.0]) * u.mV
        gap.strength.value = jnp.ones(1)
        cells.pH.value = pH
        gap.weight.value = weight * u.uS
        steps(net, [0 * u.nA], 50)
        return cells.V.value[1].to_decimal(u.mV)

    @brainstate.transform.jit
    def slopes(pH, weight):
        return brainstate.transform.grad(far, argnums=(0, 1))(pH, weight)

    value = brainstate.transform.jit(far)
    pH, weight, h = jnp.array([7.0, 6.9]), jnp.asarray(0.1), 1e-5
    by_pH, by_weight = slopes(pH, weight)
    step = jnp.array([0.0, h])
    numeric = (value(pH + step, weight) - value(pH - step, weight)) / (2 * h)
    assert numeric > 0.1
    np.testing.assert_allclose(by_pH, [0, numeric], rtol=1e-6)
    numeric = (value(pH, weight + h) - value(pH, weight - h)) / (2 * h)
    np.testing.assert_allclose(by_weight, numeric, rtol=1e-6)


@dataclasses.dataclass(frozen=True)
class Wild(Rule):
    """Says what no strength may be."""

    bounds: tuple[float, float] = (0.5, 1.5)

    def initial(self, V, named):
        return {"v": V}

    def follow(self, traces, V, spike, named, dt):
        return {"v": V}

    def change(self, strength, pre, post, dt):
        return jnp.sign((pre["v"] - post["v"]) / u.mV) * 1e6


def test_a_rule_of_ones_own_stays_within_its_bounds():
    cells = leaky(3)
    _, gap = made(cells, Wild(), conn=pairs([0, 1], [1, 2]))
    cells.V.value = jnp.array([-60.0, -70.0, -65.0]) * u.mV
    gap()
    np.testing.assert_array_equal(gap.strength.value, [1.5, 0.5])


def test_limits_of_the_time_step_are_those_of_the_largest_strength():
    _, gap = made(leaky(), BurstSpike(depression=0 / u.ms, potentiation=0.0, bounds=(0.0, 3.0)))
    np.testing.assert_allclose(gap.largest_conductance().to_decimal(u.nS), 6)


def test_what_is_no_rule_is_refused_and_leaves_the_cells_alone():
    cells = leaky()
    before = dict(cells.current_inputs or {})
    with pytest.raises(TypeError, match="rule must be one of"):
        gj.PlasticGapJunction(cells, "V", EDGES, 1 * u.nS, rule="STDP")
    with pytest.raises(u.UnitMismatchError, match="threshold must be a voltage"):
        gj.PlasticGapJunction(cells, "V", EDGES, 1 * u.nS, rule=RULE, threshold=1 * u.nA)
    with pytest.raises(ValueError, match="threshold must be left out: LIF resets"):
        gj.PlasticGapJunction(cells, "V", EDGES, 1 * u.nS, rule=RULE, threshold=-50 * u.mV)
    follows = FollowsState(state="V", target=lambda a, b: 1.0, tau=1 * u.ms)
    with pytest.raises(ValueError, match="threshold must be left out: FollowsState reads no spi"):
        gj.PlasticGapJunction(cells, "V", EDGES, 1 * u.nS, rule=follows, threshold=-50 * u.mV)
    free = Passive(4)
    for threshold, error, match in (
        (np.zeros((4, 1)) * u.mV, ValueError, r"must be one value or have the shape \(4,\) of Pa"),
        (np.nan * u.mV, ValueError, "threshold must be finite"),
        ("high", TypeError, "threshold must be a voltage"),
    ):
        with pytest.raises(error, match=match):
            gj.PlasticGapJunction(free, "V", EDGES, 1 * u.nS, rule=RULE, threshold=threshold)
    assert not free.current_inputs
    assert dict(cells.current_inputs or {}) == before
    gap = gj.PlasticGapJunction(cells, "V", EDGES, 1 * u.nS, rule=RULE)
    cells.init_state()
    with pytest.raises(ValueError, match="has no strength yet: call its init_state"):
        gap()


class WithinStep(Passive):
    """Resets in the step of its spike, as most neurons that are written by hand."""

    V_th, low = -50 * u.mV, -65 * u.mV

    def update(self, x=0.0 * u.nA):
        V = super().update(x)
        self.V.value = u.math.where(self.V_th <= V, self.low, V)
        return self.V_th <= V


class Named(WithinStep):
    V_reset = WithinStep.low


class Lowercase(WithinStep):
    v_reset = WithinStep.low


class Stated(WithinStep):
    resets = True


class LaterStep(Named):
    """Keeps the voltage of its spike until the next step, and says so."""

    def after_reset(self, V):
        return u.math.where(self.V_th <= V, self.V_reset, V)

    def update(self, x=0.0 * u.nA):
        self.V.value = self.after_reset(self.V.value)
        return self.V_th <= Passive.update(self, x)


class Leaky(bp.LIF):
    """Not known to be as its base class: its update is another."""

    def update(self, x=0.0 * u.nA):
        spike = super().update(x)
        self.V.value = u.math.where(self.V_th <= self.V.value, self.V_reset, self.V.value)
        return spike


@pytest.mark.parametrize("kind", [Named, Lowercase, Stated, Leaky], ids=lambda c: c.__name__)
def test_neurons_that_may_reset_within_their_step_are_refused(kind):
    cells = kind(2)
    with pytest.raises(TypeError, match=rf"{kind.__name__} has a reset .* after_reset\(V\)"):
        gj.PlasticGapJunction(cells, "V", pairs([0], [1]), 1 * u.nS, rule=RULE)
    assert not cells.current_inputs
    # A rule that reads no spikes takes them.
    rule = FollowsState(state="V", target=lambda V: 1 + 0 * u.get_mantissa(V), tau=1 * u.ms)
    gj.PlasticGapJunction(cells, "V", pairs([0], [1]), 1 * u.nS, rule=rule)


@pytest.mark.skipif(not hasattr(bp, "iaf_psc_delta"), reason="brainpy has no replicas of NEST")
def test_the_replicas_of_nest_are_refused():
    with pytest.raises(TypeError, match="iaf_psc_delta has a reset of its own"):
        gj.PlasticGapJunction(bp.iaf_psc_delta(2), "V", pairs([0], [1]), 1 * u.nS, rule=RULE)


def test_neurons_of_ones_own_that_keep_their_spikes_are_seen(x64):
    cells = LaterStep(4, C=0.5 * u.nF, g_L=0.05 * u.uS, E_L=-70 * u.mV, V0=-70 * u.mV)
    net, gap = made(cells)
    drive = np.array([6.0, 3.0, 1.2, 0.0]) * u.nA
    s, V = steps(net, [drive], 400, read=lambda: (gap.strength.value, cells.V.value))
    spikes = (mv(V) >= -50).astype(float)
    assert spikes.sum(0)[0] > 10
    seen = np.vstack([np.zeros(4), spikes[:-1]])
    np.testing.assert_allclose(s, by_spikes(seen, [0, 1, 2], [1, 2, 3], 0.1), atol=2e-4)


def test_a_subclass_with_the_update_of_its_base_is_seen():
    class Same(bp.LIF):
        pass

    gj.PlasticGapJunction(Same(2), "V", pairs([0], [1]), 1 * u.nS, rule=RULE)
