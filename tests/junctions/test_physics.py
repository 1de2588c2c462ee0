"""Closed forms, the SciPy Laplacian, and properties that hold for every network."""

import brainstate
import hypothesis.strategies as st
import numpy as np
import pytest
import saiunit as u
import scipy.sparse
from hypothesis import given, settings

import gapjunction as gj
from models import Network, Passive, mv, pairs, random_pairs, simulate


def currents_at(edges, weight, v, n, n_post=None):
    """Currents of a junction into its cells: (into pre, into post), in nA."""
    pre = Passive(n)
    post = pre if n_post is None else Passive(n_post)
    pre.init_state()
    post.init_state()
    couples = pre if n_post is None else (pre, post)
    gap = gj.SymmetryGapJunction(couples, "V", pairs(*edges), weight * u.uS)
    if n_post is None:
        pre.V.value = np.asarray(v) * u.mV
    else:
        pre.V.value, post.V.value = (np.asarray(x) * u.mV for x in v)
    now = gap.currents()
    return tuple(np.asarray(x.to_decimal(u.nA)) for x in now)


def laplacian(edges, weight, n):
    i, j = edges
    w = np.broadcast_to(weight, len(i))
    a = scipy.sparse.coo_array((w, (i, j)), shape=(n, n)).tocsr()
    a = a + a.T
    return scipy.sparse.diags_array(a.sum(axis=1)) - a


def test_current_is_the_scipy_laplacian_times_voltage(x64):
    rng = np.random.default_rng(0)
    edges = random_pairs(50, 200)
    weight, v = rng.uniform(0, 1, 200), rng.normal(-60, 10, 50)
    pre, post = currents_at(edges, weight, v, 50)
    np.testing.assert_allclose(pre + post, -laplacian(edges, weight, 50) @ v, rtol=1e-12)


def test_two_passive_cells_follow_their_closed_form(x64):
    # C d(V1 - V2)/dt = -(g_L + 2 g)(V1 - V2); the mean decays with g_L alone.
    cells = Passive(2, C=1 * u.nF, g_L=0.1 * u.uS)
    cells.init_state()
    cells.V.value = np.array([20.0, -10.0]) * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.2 * u.uS)
    errors = []
    for dt in (0.02, 0.01):
        cells.V.value = np.array([20.0, -10.0]) * u.mV
        steps = round(5 / dt)
        v = mv(simulate(Network([cells], [gap]), [0 * u.nA], steps, dt * u.ms)[0])[-1]
        exact = 5 * np.exp(-0.1 * 5) + np.array([15, -15]) * np.exp(-0.5 * 5)
        errors.append(abs(v - exact).max())
    assert errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.02)


def test_asymmetric_pair_follows_its_closed_form(x64):
    # C dV_post/dt = g0 (V_pre - V_post), C dV_pre/dt = -g1 (V_pre - V_post)
    pre, post = Passive(1), Passive(1)
    pre.init_state()
    post.init_state()
    g0, g1, dt, t = 0.3, 0.1, 0.005, 3.0
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", pairs([0], [0]), [g0, g1] * u.uS)
    pre.V.value, post.V.value = [20.0] * u.mV, [-10.0] * u.mV
    net = Network([pre, post], [gap])
    v = [mv(x)[-1, 0] for x in simulate(net, [0 * u.nA] * 2, round(t / dt), dt * u.ms)]
    lost = 30 * (1 - np.exp(-(g0 + g1) * t)) / (g0 + g1)
    np.testing.assert_allclose(v, [20 - g1 * lost, -10 + g0 * lost], atol=0.02)


@pytest.mark.parametrize("mode", [1, 3, 8])
def test_ring_modes_decay_at_their_eigenvalue(mode, x64):
    # The ring's Laplacian has the eigenvectors cos(2 pi k i / N), eigenvalues 2 g (1 - cos(...)).
    n, g, dt, t = 16, 0.5, 0.002, 1.0
    shape = np.cos(2 * np.pi * mode * np.arange(n) / n)
    cells = Passive(n)
    cells.init_state()
    cells.V.value = 10 * shape * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), g * u.uS)
    v = mv(simulate(Network([cells], [gap]), [0 * u.nA], round(t / dt), dt * u.ms)[0])[-1]
    rate = 2 * g * (1 - np.cos(2 * np.pi * mode / n))
    # One step multiplies the mode by 1 - dt * rate: exact for the discrete scheme.
    np.testing.assert_allclose(v, 10 * shape * (1 - dt * rate) ** round(t / dt), atol=1e-9)
    np.testing.assert_allclose(v, 10 * shape * np.exp(-rate * t), atol=0.02)


@st.composite
def networks(draw):
    # Of few sizes: each further one is compiled.
    n = draw(st.sampled_from((2, 5, 12)))
    m = draw(st.sampled_from((1, 6, 20)))
    ids = st.lists(st.integers(0, n - 1), min_size=m, max_size=m)
    i, j = draw(ids), draw(ids)
    numbers = st.floats(0.0, 2.0, allow_subnormal=False)
    w = draw(st.lists(numbers, min_size=m, max_size=m))
    v = draw(st.lists(st.floats(-90, 40, width=32, allow_subnormal=False), min_size=n, max_size=n))
    return n, (np.array(i), np.array(j)), np.array(w, np.float32), np.array(v, np.float32)


quiet = pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
few = settings(max_examples=25, deadline=None)


@quiet
@few
@given(networks())
def test_property_charge_is_conserved(network):
    n, edges, w, v = network
    pre, post = currents_at(edges, w, v, n)
    scale = np.abs(w).sum() * np.ptp(v) + 1e-30
    assert abs((pre + post).sum()) <= 1e-5 * scale


@quiet
@few
@given(networks(), st.randoms(use_true_random=False))
def test_property_relabelling_cells_relabels_currents(network, rng):
    n, (i, j), w, v = network
    new = np.array(rng.sample(range(n), n))
    moved = np.empty_like(v)
    moved[new] = v
    before = sum(currents_at((i, j), w, v, n))
    after = sum(currents_at((new[i], new[j]), w, moved, n))
    scale = np.abs(w).sum() * np.ptp(v) + 1e-30
    np.testing.assert_allclose(after[new], before, rtol=0, atol=1e-5 * scale)


@quiet
@few
@given(networks(), st.floats(0.125, 8))
def test_property_current_scales_with_weight(network, factor):
    n, edges, w, v = network
    once = sum(currents_at(edges, w, v, n))
    scaled = sum(currents_at(edges, np.float32(factor) * w, v, n))
    scale = np.abs(w).sum() * np.ptp(v) * factor + 1e-30
    np.testing.assert_allclose(scaled, factor * once, rtol=0, atol=1e-5 * scale)


@quiet
@few
@given(networks(), st.sampled_from((0, 1, 6)))
def test_property_split_edge_lists_sum_to_the_whole(network, cut):
    n, (i, j), w, v = network
    cut = min(cut, len(i))
    parts = [(i[:cut], j[:cut], w[:cut]), (i[cut:], j[cut:], w[cut:])]
    whole = sum(currents_at((i, j), w, v, n))
    split = sum(sum(currents_at((a, b), c, v, n)) for a, b, c in parts)
    scale = np.abs(w).sum() * np.ptp(v) + 1e-30
    np.testing.assert_allclose(split, whole, rtol=0, atol=1e-5 * scale)


def test_duplicate_edges_add_up():
    with pytest.warns(gj.GapJunctionWarning, match="repeats"):
        pre, post = currents_at(([0, 0], [1, 1]), [0.1, 0.2], [10.0, 0.0], 2)
    np.testing.assert_allclose(pre + post, [-3, 3], rtol=1e-6)


def test_return_value_is_minus_what_pre_receives():
    pre, post = Passive(1), Passive(1)
    brainstate.nn.init_all_states(pre)
    brainstate.nn.init_all_states(post)
    pre.V.value = [5.0] * u.mV
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", pairs([0], [0]), [0.3, 0.1] * u.uS)
    now = gap.currents()
    returned = gap.update()
    assert returned.to_decimal(u.nA) == pytest.approx(0.5)
    np.testing.assert_allclose((returned + now.pre).to_decimal(u.nA), 0, atol=1e-7)
    assert now.post.to_decimal(u.nA) == pytest.approx(1.5)
