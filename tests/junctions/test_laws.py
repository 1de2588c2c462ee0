"""Junctions with a law: one suite for every law, against SciPy's solution of the equations.

Most tests couple one pair of cells by each law, all within one population, which compiles once.
"""

import copy

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
N = 2 * len(NAMES)
MODES = ("step", "stage", "semi_implicit", "implicit")
SLOW = Boltzmann(40 * u.mV, 8 * u.mV, 0.2, 0.2 / u.ms, closing=0.3)
G_L, E_L = 0.1, -60.0
# Pairs that differ by 5 to 44 mV, of either sign.
START = E_L + np.ravel([(s * d, -s * d) for s, d in zip([1, -1] * 7, np.linspace(2.5, 22, 14))])


def passive(V=START):
    return Passive(len(V), 1 * u.nF, G_L * u.uS, E_L * u.mV, V * u.mV)


def point(V=START):
    leak = gj.ion_channels.Channel(len(V), G_L * u.mS / u.cm**2, E_L * u.mV)
    initial = lambda size, *_, **__: V * u.mV  # noqa: E731
    C = 1 * u.uF / u.cm**2
    return gj.PointNeuron(len(V), C, {"leak": leak}, "staggered", V_initializer=initial)


def coupled(cells, weight=0.2 * u.uS, **kwargs):
    """Return a junction by each law between cells 2k and 2k + 1."""
    return [
        gj.VoltageGatedGapJunction(
            cells, "V", pairs([2 * k], [2 * k + 1]), weight, law=EVERY[name], **kwargs
        )
        for k, name in enumerate(NAMES)
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
FALLING = ("olive", "fast", "one-sided", "homotypic", "heterotypic")


@pytest.mark.parametrize(
    ("make", "weight", "ampere", "order"),
    [
        (passive, 0.3 * u.uS, u.nA, 1),
        (point, 0.3 * u.mS / u.cm**2, u.uA / u.cm**2, 2),
    ],
    ids=["exponential Euler", "staggered"],
)
def test_implicit_converges_to_the_equations(make, weight, ampere, order, x64):
    t, drive = 12.0, np.tile([2.0, -1.0], len(NAMES))
    cells = make()
    net = network(cells, weight, coupling="implicit")
    want = np.array(
        [
            reference(name, V, x, t, 0.3, G_L)
            for name, V, x in zip(NAMES, by_pair(START), by_pair(drive), strict=True)
        ]
    )
    errors = []
    for steps in (60, 120, 240):
        brainstate.nn.init_all_states(net)
        V = mv(simulate(net, [drive * ampere], steps, t / steps * u.ms)[0])[-1]
        errors.append(abs(by_pair(V) - want).max(axis=1))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    found = dict(zip(NAMES, orders[-1].round(2).tolist(), strict=True))
    for name, at in found.items():
        least = 1 if name in FALLING else order
        assert at > least - 0.15, found
    assert max(errors[-1]) < (0.25 if order == 1 else 0.02), errors[-1]


def test_currents_are_those_of_the_law_and_conserve_charge(x64):
    cells = passive()
    net = network(cells)
    for k, (name, gap) in enumerate(zip(NAMES, net.junctions, strict=True)):
        s, _, rest = EQUATIONS[name]
        V_j = START[2 * k] - START[2 * k + 1]
        want = 0.2 * s(rest(V_j), V_j)
        conductance = gap.conductance()
        assert conductance.shape == (1,)
        np.testing.assert_allclose(conductance.to_decimal(u.uS), want, rtol=1e-7, err_msg=name)
        now = gap.currents()
        into_pre, into_post = mv(now.pre / u.nA), mv(now.post / u.nA)
        np.testing.assert_allclose(into_post[2 * k + 1], want * V_j, rtol=1e-7, err_msg=name)
        assert abs(into_pre.sum() + into_post.sum()) < 1e-12
        assert np.count_nonzero(into_pre) == np.count_nonzero(into_post) <= 1
        np.testing.assert_array_equal(mv(gap.current() / u.nA), -into_pre)
        np.testing.assert_allclose(mv(gap.update() / u.nA), -into_pre, rtol=1e-9)


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
    cells = Passive(N, 1 * u.nF, V0=START * u.mV)
    V = by_pair(mv(simulate(network(cells, coupling=mode), [0 * u.nA], 50)[0]))
    start = by_pair(START)
    if mode != "semi_implicit":
        # What a step takes out of one cell it puts into the other.
        np.testing.assert_allclose(V.sum(-1), np.tile(start.sum(-1), (50, 1)), atol=1e-9)
    assert (abs(V[..., 0] - V[..., 1]) <= abs(start[:, 0] - start[:, 1]) + 1e-9).all()
    # Each pair has come nearer, except where current does not pass.
    far = abs(V[-1, :, 0] - V[-1, :, 1]) / abs(start[:, 0] - start[:, 1])
    assert (far[[name not in ("hard", "reversed") for name in NAMES]] < 0.9).all()


@pytest.mark.parametrize("mode", ["semi_implicit", "implicit"])
def test_a_strong_junction_stays_bounded(mode, precision):
    dt, kappa = 0.1, 10.0
    cells = Passive(N, 1 * u.nF, V0=3 * (START - E_L) * u.mV)
    V = mv(simulate(network(cells, kappa / dt * u.uS, coupling=mode), [0 * u.nA], 100)[0])
    bad = {n: v for n, v in zip(NAMES, abs(by_pair(V)).max((0, 2)), strict=True)}
    grid = np.linspace(-200, 200, 4001)
    for name in NAMES:
        s, _, rest = EQUATIONS[name]
        current = np.array([s(rest(v), v) * v for v in grid])
        falls = np.gradient(current, grid) < 0
        # Where the current falls a step goes as far as it is large.
        kick = kappa * abs(current[falls]).max(initial=0) if name not in STATEFUL else 0
        start = 3 * abs(START - E_L).max()
        assert bad[name] <= start + kick, (name, bad[name], kick)
