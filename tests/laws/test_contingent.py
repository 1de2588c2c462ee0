"""Two gates in series: against the scheme of four states, its null space and its exponential."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.linalg import expm, null_space

from every_law import half, held, settled
from gapjunction.laws import Boltzmann, Contingent, Hemichannel

# V0 and slope in mV, rate in 1/ms, share of the closing, polarity: a half in pre, one in post.
ONE = (40.0, 9.0, 0.05, 0.3, -1)
OTHER = (25.0, 14.0, 0.2, 0.8, -1)
TURNED = (*OTHER[:4], 1)
# Open-open, pre closed, post closed, both closed.
LINKS = [(0, 1, 0), (2, 3, 0), (0, 2, 1), (1, 3, 1)]
VOLTAGES = (-80.0, -33.0, 0.0, 20.0, 110.0)


def law_of(one, other, both, fast=False):
    halves = [
        half(V0, k, residual, open, polarity, rate=None if fast else rate / u.ms, closing=a)
        for (V0, k, rate, a, polarity), residual, open in (
            (one, 0.25, 60.0),
            (other, 0.1, 30.0),
        )
    ]
    return Contingent(*halves, both=both)


def rate_matrix(one, other, both, V_j):
    """Return rates from state to state in 1/ms, as a generator, rows of sum 0."""
    Q = np.zeros((4, 4))
    for open_, closed, which in LINKS:
        V0, k, rate, a, polarity = (one, other)[which]
        x = (polarity * V_j * (-1 if which else 1) - V0) / k
        # Only where the other gate is closed too is closing hindered.
        Q[open_, closed] = rate * np.exp(a * x) * (both if closed == 3 else 1)
        Q[closed, open_] = rate * np.exp((a - 1) * x)
    return Q - np.diag(Q.sum(1))


def stationary(Q):
    (p,) = null_space(Q.T, rcond=1e-13).T
    return p / p.sum()


CASES = list(itertools.product([(ONE, OTHER), (ONE, ONE), (ONE, TURNED)], [0.0, 0.3, 1.0]))
FEW = [((ONE, OTHER), 0.0), ((ONE, OTHER), 0.3), ((ONE, TURNED), 1.0)]


@pytest.mark.parametrize(("halves", "both"), CASES)
def test_steady_state_is_the_null_space_and_every_link_is_in_balance(halves, both, x64):
    for V_j in VOLTAGES:
        Q = rate_matrix(*halves, both, V_j)
        for fast in (False, True):
            p = np.asarray(law_of(*halves, both, fast).occupancy(*held(V_j)))
            np.testing.assert_allclose(p, stationary(Q), rtol=1e-8, atol=1e-12)
        for a, b, _ in LINKS:
            assert p[a] * Q[a, b] == pytest.approx(p[b] * Q[b, a], rel=1e-10, abs=1e-15)
        assert (p[3] > 0) == (both > 0)


@pytest.mark.parametrize(("halves", "both"), CASES)
def test_steps_converge_to_the_exponential_at_second_order(halves, both, x64):
    law, start, V_j = law_of(*halves, both), np.array([0.1, 0.2, 0.6, 0.1]), (-50.0, 30.0)
    want = np.array([start @ expm(8 * rate_matrix(*halves, both, v)) for v in V_j])

    @jax.jit
    def after(steps):
        def step(_, p):
            return law.advance(p, *held(V_j), 8 / steps * u.ms)

        return jax.lax.fori_loop(0, steps, step, jnp.stack([start, start]))

    errors = [abs(np.asarray(after(n)) - want).max(axis=1) for n in (512, 1024)]
    if both == 1:
        # Gates that know nothing of each other relax exactly, in any order.
        assert max(e.max() for e in errors) < 1e-13
    else:
        assert (errors[1] < 1e-5).all()
        np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 2, atol=0.1)


@pytest.mark.one_stack
@pytest.mark.parametrize(("halves", "both"), CASES)
def test_steady_state_stays_at_any_step(halves, both, x64):
    law, V_j = law_of(*halves, both), np.array([-150.0, -33.0, 0.0, 20.0, 150.0])
    p = law.initial(*held(V_j))
    for dt in (1e-3, 0.1, 10.0, 1e6):
        np.testing.assert_allclose(law.advance(p, *held(V_j), dt * u.ms), p, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("halves", "both", "precision"), [(*FEW[0], 32), (*FEW[1], 64), (*FEW[2], 32)]
)
def test_occupancies_are_probabilities_at_extreme_voltages_and_steps(halves, both, precision):
    V_j = np.array([-2e4, -500.0, -60.0, 0.0, 60.0, 500.0, 2e4])
    law = law_of(*halves, both)
    step = jax.jit(lambda p, dt: law.advance(p, *held(V_j), dt * u.ms))
    rounding = 1e-6 if precision == 32 else 1e-14
    for corner in range(4):
        p = jnp.broadcast_to(jnp.eye(4)[corner], (7, 4))
        for dt in (0.01, 1.0, 1e3, 1e8, 1e-6):
            p = step(p, dt)
            assert np.isfinite(p).all()
            assert ((p >= -rounding) & (p <= 1 + rounding)).all()
            np.testing.assert_allclose(p.sum(-1), 1, atol=10 * rounding)
    settled_at = np.asarray(law.initial(*held(V_j)))
    assert np.isfinite(settled_at).all()
    np.testing.assert_allclose(settled_at.sum(-1), 1, atol=rounding)


@pytest.mark.one_stack
def test_swapping_the_halves_mirrors_the_voltage(x64):
    both = 0.3
    V_j = np.linspace(-100, 100, 41)
    law = law_of(ONE, OTHER, both)
    turned = Contingent(law.post, law.pre, both)
    s = settled(law, V_j)
    np.testing.assert_allclose(settled(turned, -V_j), s, rtol=1e-12)
    p, q = law.initial(*held(V_j)), turned.initial(*held(-V_j))
    np.testing.assert_allclose(q[:, [0, 2, 1, 3]], p, rtol=1e-12)
    # A step is split, its order of gates too: mirrored to second order.
    p = law.advance(p, *held(V_j + 9), 1e-3 * u.ms)
    q = turned.advance(q, *held(-V_j - 9), 1e-3 * u.ms)
    np.testing.assert_allclose(q[:, [0, 2, 1, 3]], p, atol=1e-7)
    # A heterotypic channel rectifies.
    assert abs(s - s[::-1]).max() > 0.1
    same = settled(Contingent(law.pre, law.pre, both), V_j)
    np.testing.assert_allclose(same, same[::-1], rtol=1e-12)


def test_each_gate_closes_at_its_own_polarity(x64):
    far = np.array([-300.0, 300.0])
    one, two = half(polarity=-1), half(V0=30.0, residual=0.1, polarity=1)
    # Pre is the more negative one at -300 mV; post of polarity 1 closes there too.
    p = np.asarray(Contingent(one, two, both=1.0).occupancy(*held(far)))
    np.testing.assert_allclose(p, [[0, 0, 0, 1], [1, 0, 0, 0]], atol=1e-9)
    np.testing.assert_allclose(
        Contingent(one, one).occupancy(*held(far)), [[0, 1, 0, 0], [0, 0, 1, 0]], atol=1e-9
    )


def test_conductances_are_those_of_halves_in_series():
    one, two = half(residual=0.25, open=60.0), half(residual=0.1, open=30.0)
    law = Contingent(one, two, both=1.0)
    # Halves of 120 and 60 pS; a closed one makes its homotypic channel 15 and 3 pS.
    closed = [1 / (1 / r - 1 / h) for r, h in ((15, 120), (3, 60))]
    channel = [120 * 60 / 180, closed[0] * 60 / (closed[0] + 60), 120 * closed[1]]
    channel[2] /= 120 + closed[1]
    channel.append(closed[0] * closed[1] / sum(closed))
    assert law.unitary.to_decimal(u.psiemens) == pytest.approx(40)
    np.testing.assert_allclose(law.levels, np.array(channel) / 40, rtol=1e-6)
    np.testing.assert_allclose(Contingent(one, one).levels[1:3], 0.25, rtol=1e-6)
    shut = Contingent(half(residual=0.0), half(residual=0.0), both=1.0)
    np.testing.assert_array_equal(shut.levels, [1, 0, 0, 0])


def test_independent_gates_are_a_product_of_two(x64):
    V_j = np.linspace(-120, 120, 25)
    p = np.asarray(law_of(ONE, OTHER, 1.0).occupancy(*held(V_j)))
    closed = [
        1 / (1 + np.exp(-(sign * V_j - V0) / k)) for sign, (V0, k, *_) in ((-1, ONE), (1, OTHER))
    ]
    np.testing.assert_allclose(p[:, 1] + p[:, 3], closed[0], rtol=1e-9)
    np.testing.assert_allclose(p[:, 3], closed[0] * closed[1], rtol=1e-9)


@pytest.mark.one_stack
def test_one_gate_that_never_closes_leaves_a_boltzmann_curve(x64):
    V_j = np.linspace(-150, 150, 61)
    gate = half(60.0, 8.0, 0.25)
    never = half(1e5, 8.0, 0.25)
    curve = 0.25 + 0.75 / (1 + np.exp((-V_j - 60) / 8))
    np.testing.assert_allclose(settled(Contingent(gate, never), V_j), curve, rtol=1e-6)
    # Of two such gates, the one at the more negative cell alone matters: its V0 is far from 0.
    law = Boltzmann(60 * u.mV, 8 * u.mV, 0.25)
    both = settled(Contingent(gate, gate), V_j)
    np.testing.assert_allclose(both, settled(law, V_j), atol=1e-3)


def test_limits_are_ohmic(x64):
    V_j = np.linspace(-200, 200, 41)
    open_ = half(residual=1.0, rate=0.1 / u.ms)
    np.testing.assert_allclose(settled(Contingent(open_, open_, both=0.5), V_j), 1, rtol=1e-6)
    never = half(V0=1e5)
    np.testing.assert_allclose(settled(Contingent(never, never), V_j), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"V0": 60.0}, "V0 must be a voltage"),
        ({"V0": np.nan * u.mV}, "V0 must be one finite value"),
        ({"V0": [60, 50] * u.mV}, "V0 must be one finite value"),
        ({"slope": -8 * u.mV}, "slope must be positive"),
        ({"slope": 8.0}, "slope must be a voltage"),
        ({"residual": 1.2}, "residual must be"),
        ({"residual": None}, "residual must be"),
        ({"open": 60 * u.mV}, "open must be a conductance"),
        ({"open": 0 * u.nS}, "open must be positive"),
        ({"polarity": 0}, "polarity must be -1 or 1"),
        ({"polarity": "positive"}, "polarity must be -1 or 1"),
        ({"polarity": np.array([-1, 1])}, "polarity must be -1 or 1"),
        ({"rate": 1 * u.ms}, "rate must be a rate"),
        ({"rate": 0 / u.ms}, "rate must be positive"),
        ({"closing": -0.1}, "closing must be"),
    ],
)
def test_bad_halves_are_refused_by_name(kwargs, message):
    good = {"V0": 60 * u.mV, "slope": 8 * u.mV, "residual": 0.2, "open": 60e-3 * u.nS}
    good |= {"polarity": -1} | kwargs
    with pytest.raises((TypeError, ValueError, u.UnitMismatchError), match=message):
        Hemichannel(**good)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("Cx43", half()), "pre must be a Hemichannel, got 'Cx43'"),
        ((half(), None), "post must be a Hemichannel"),
        ((half(), half(), 1.1), "both must be"),
        ((half(), half(), None), "both must be"),
        (
            (half(rate=1 / u.ms), half()),
            "or neither of them; post has none",
        ),
    ],
)
def test_bad_pairs_are_refused_by_name(args, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Contingent(*args)
