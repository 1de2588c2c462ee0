"""jit, for_loop, scan, vmap, vmap_new_states, remat and gradients."""

import itertools

import brainpy.state as bp
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, Passive, mv, random_pairs, simulate

IDS = random_pairs(6, 9)


def conn(pre_size, post_size):
    return IDS


class Model(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = bp.HH(6, V_initializer=braintools.init.Uniform(-70 * u.mV, -60 * u.mV))
        self.gap = gj.SymmetryGapJunction(self.cells, "V", conn, np.full(9, 0.05) * u.mS)

    def update(self, x):
        self.gap()
        self.cells(x)
        return self.cells.V.value


@pytest.fixture
def model():
    model = Model()
    brainstate.nn.init_all_states(model)
    return model


def test_loop_scan_and_eager_agree(model):
    start = {key: state.value for key, state in model.states().items()}

    def rewind():
        for key, state in model.states().items():
            state.value = start[key]

    xs = jnp.linspace(0, 8, 5) * u.uA
    eager = np.stack([mv(model.update(x)) for x in xs])
    rewind()
    looped = mv(brainstate.transform.for_loop(model.update, xs))
    rewind()
    _, scanned = brainstate.transform.scan(lambda c, x: (c, model.update(x)), 0, xs)
    np.testing.assert_allclose(looped, eager, rtol=1e-5)
    np.testing.assert_allclose(mv(scanned), eager, rtol=1e-5)


def test_vmap_new_states(model):
    net = Model()

    @brainstate.transform.vmap_new_states(state_tag="new", axis_size=3)
    def init():
        brainstate.nn.init_all_states(net)

    init()
    new = net.states("new")
    step = brainstate.transform.vmap(net.update, in_axes=0, in_states=new, out_states=new)
    xs = jnp.array([0.0, 5.0, 10.0]) * u.uA
    out = step(xs)
    assert out.shape == (3, 6)
    start = np.asarray(out.to_decimal(u.mV))
    assert np.isfinite(start).all()
    assert np.ptp(start, axis=0).max() > 0


def test_vmap_over_weights():
    cells = Passive(6)
    cells.init_state()
    cells.V.value = jnp.arange(6.0) * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", conn, np.full(9, 0.05) * u.uS)

    def current(w):
        gap.weight.value = w
        return gap.current()

    ws = jnp.linspace(0, 1, 4)[:, None] * jnp.ones(9) * u.uS
    weight = gap.states(brainstate.ParamState)
    out = brainstate.transform.vmap(current, out_states=weight)(ws)
    one = current(ws[3])
    np.testing.assert_allclose(out[3].to_decimal(u.nA), one.to_decimal(u.nA), rtol=1e-6)


@pytest.mark.parametrize(("wrt", "coupling"), [("weight", "stage"), ("voltage", "step")])
def test_gradient_agrees_with_finite_differences(wrt, coupling, x64):
    cells = Passive(6, g_L=0.05 * u.uS)
    gap = gj.SymmetryGapJunction(cells, "V", conn, np.full(9, 0.2) * u.uS, coupling=coupling)
    v0 = np.random.default_rng(0).normal(size=6)
    w0 = np.random.default_rng(1).uniform(0.1, 0.3, 9)

    def loss(w, v):
        cells.init_state()
        gap.weight.value = w * u.uS
        cells.V.value = v * u.mV
        out = simulate(Network([cells], [gap]), [0 * u.nA], 15)[0].to_decimal(u.mV)
        return (jnp.sin(out) ** 2).sum()

    argnums = 0 if wrt == "weight" else 1
    gradient = brainstate.transform.grad(loss, argnums=argnums)(jnp.asarray(w0), jnp.asarray(v0))
    args = [w0, v0]
    for k in (0, 4):
        ends = []
        for sign in (1, -1):
            moved = [a.copy() for a in args]
            moved[argnums][k] += sign * 1e-5
            ends.append(float(loss(*(jnp.asarray(a) for a in moved))))
        assert gradient[k] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_gradient_through_the_stages_of_a_braincell_solver(x64):
    import braincell

    cells = braincell.SingleCompartment(6, solver="rk2", C=1 * u.uF / u.cm**2)
    brainstate.nn.init_all_states(cells)
    gap = gj.SymmetryGapJunction(cells, "V", conn, np.full(9, 0.2) * u.mS / u.cm**2)
    v0 = jnp.arange(6.0)

    def loss(w):
        gap.weight.value = w * u.mS / u.cm**2
        cells.V.value = v0 * u.mV
        out = simulate(Network([cells], [gap]), [0 * u.nA / u.cm**2], 10)[0]
        return (out.to_decimal(u.mV)[-1] ** 2).sum()

    w = jnp.full(9, 0.2)
    gradient = brainstate.transform.grad(loss)(w)
    ends = [float(loss(w.at[3].add(d))) for d in (1e-5, -1e-5)]
    assert gradient[3] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_rematerialised_step_has_the_same_gradient():
    cells = Passive(6)
    gap = gj.SymmetryGapJunction(cells, "V", conn, np.full(9, 0.2) * u.uS)
    net = Network([cells], [gap])

    def loss(remat):
        cells.init_state()
        cells.V.value = cells.V.value + jnp.arange(6.0) * u.mV

        def step(i):
            return net.update(0 * u.nA)[0]

        out = brainstate.transform.for_loop(
            brainstate.transform.checkpoint(step) if remat else step, jnp.arange(8)
        )
        return (out.to_decimal(u.mV) ** 2).sum()

    weights = gap.states(brainstate.ParamState)
    plain, remat = (
        brainstate.transform.grad(lambda r=r: loss(r), weights)()[("weight",)] for r in (0, 1)
    )
    np.testing.assert_allclose(
        np.asarray(u.get_magnitude(plain)), np.asarray(u.get_magnitude(remat)), rtol=1e-5
    )


def test_nothing_is_retraced_between_calls(model):
    traces = []

    @brainstate.transform.jit
    def step():
        traces.append(1)
        return model.update(1 * u.uA)

    for _ in range(4):
        step()
    assert len(traces) <= 2  # brainstate traces once to find the states, jax once to compile


def test_compiled_step_has_no_host_callbacks(model):
    def step(v):
        model.cells.V.value = v * u.mV
        return model.update(1 * u.uA).to_decimal(u.mV)

    text = str(brainstate.transform.make_jaxpr(step)(jnp.zeros(6)))
    assert "callback" not in text
    assert jax.default_backend() in ("cpu", "gpu", "tpu")


def chain(kind, **kwargs):
    """Return four LIF neurons in a chain, the first of which spikes, with junctions of a class."""
    cells = bp.LIF(
        4, R=0.1 * u.Gohm, V_rest=-70 * u.mV, V_reset=-70 * u.mV, V_th=-50 * u.mV, spk_reset="hard"
    )
    ids = ([0, 1, 2], [1, 2, 3])
    couples = (cells, "V", cells, "V") if kind is gj.AsymmetryGapJunction else (cells, "V")
    gap = kind(*couples, ids, 2 * u.nS, **kwargs)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    return net


SLOW = gj.laws.Boltzmann(40 * u.mV, 10 * u.mV, rate=0.01 / u.ms)
RULE = gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=2e-3)
ALL_KINDS = {
    "symmetric": (gj.SymmetryGapJunction, {}),
    "asymmetric": (gj.AsymmetryGapJunction, {}),
    "rectifying": (gj.RectifyingGapJunction, {}),
    "gated": (gj.VoltageGatedGapJunction, {"law": SLOW}),
    "plastic": (gj.PlasticGapJunction, {"rule": RULE}),
    "spikelet": (gj.SpikeletGapJunction, {"spikelet": 80 * u.mV * u.ms}),
}


@pytest.mark.parametrize(
    ("name", "coupling"),
    list(zip(ALL_KINDS, itertools.cycle(["stage", "implicit"]), strict=False)),
)
def test_states_may_be_taken_apart_computed_with_and_put_together(name, coupling):
    """Arithmetic turns states that are bool into integers; the steps that follow go on."""
    kind, settings = ALL_KINDS[name]
    net = chain(kind, coupling=coupling, **settings)
    x = 0.5 * u.nA * (jnp.arange(4) == 0)
    simulate(net, [x], 30)
    graph, states = brainstate.graph.treefy_split(net)
    wanted = mv(simulate(net, [x], 200)[0])
    assert (wanted > -50).any(), "a cell should spike"
    for change in (lambda value: value, lambda value: 1 * value):
        copy = brainstate.graph.treefy_merge(graph, jax.tree.map(change, states))
        np.testing.assert_array_equal(mv(simulate(copy, [x], 200)[0]), wanted)


@pytest.mark.parametrize("coupling", ["implicit", gj.Implicit(rtol=1e-3)])
@pytest.mark.parametrize("name", ALL_KINDS)
def test_repr_shows_what_was_given_and_no_internals(name, coupling):
    kind, settings = ALL_KINDS[name]
    net = chain(kind, coupling=coupling, name="gap", **settings)
    lines = repr(net.junctions[0]).splitlines()
    shown = [line.strip().partition("=")[0] for line in lines if line.startswith("  ")]
    given = {"name", "coupling", "pre", "post", "pre_state", "post_state", "edges", "weight"}
    assert given | set(settings) <= set(shown)
    # What is computed from these, and the addresses of objects, tell a user nothing.
    inner = {key[1:] for key in vars(net.junctions[0]) if key.startswith("_")}
    assert not inner & (set(shown) - {"name", "mode"})
    assert "0x" not in repr(net)
    # Of a mode with its usual settings the name says all.
    assert ("mode" in shown) == (coupling != "implicit")
