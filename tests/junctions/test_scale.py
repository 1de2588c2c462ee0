"""What multiplies conductances from outside: numbers, states, functions of time."""

import itertools

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.junctions._slopes import edge_slopes
from gapjunction.laws import Boltzmann, Rectifier
from models import Network, Passive, mv, pairs, simulate

IDS = ([0, 1, 2], [1, 2, 3])
V = np.array([-70.0, -40.0, -55.0, -60.0])
BASE = np.array([0.1, 0.2, 0.3])
HALF = np.array([0.5, 1.0, 0.0])
KINDS = {
    "symmetric": lambda cells, **kwargs: gj.SymmetryGapJunction(
        cells, "V", pairs(*IDS), BASE * u.uS, **kwargs
    ),
    "scalar": lambda cells, **kwargs: gj.SymmetryGapJunction(
        cells, "V", pairs(*IDS), 0.1 * u.uS, **kwargs
    ),
    "asymmetric": lambda cells, **kwargs: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", pairs(*IDS), np.stack([BASE, 2 * BASE], 1) * u.uS, **kwargs
    ),
    "two numbers": lambda cells, **kwargs: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", pairs(*IDS), [0.1, 0.3] * u.uS, **kwargs
    ),
    "(1, 2)": lambda cells, **kwargs: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", pairs(*IDS), [[0.1, 0.3]] * u.uS, **kwargs
    ),
    "one for both": lambda cells, **kwargs: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", pairs(*IDS), 0.1 * u.uS, **kwargs
    ),
    "(1,)": lambda cells, **kwargs: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", pairs(*IDS), [0.1] * u.uS, **kwargs
    ),
    "rectifying": lambda cells, **kwargs: gj.RectifyingGapJunction(
        cells, "V", pairs(*IDS), BASE * u.uS, law=Rectifier(s_min=0.2), **kwargs
    ),
    "gated": lambda cells, **kwargs: gj.VoltageGatedGapJunction(
        cells,
        "V",
        pairs(*IDS),
        BASE * u.uS,
        law=Boltzmann(10 * u.mV, 5 * u.mV, 0.1, 0.1 / u.ms),
        **kwargs,
    ),
}


def make(kind, **kwargs):
    cells = Passive(4, 1 * u.nF, V0=V * u.mV)
    cells.init_state()
    gap = KINDS[kind](cells, **kwargs)
    gap.init_state()
    return cells, gap


def numbers(gap):
    """Return conductances and currents, of the ends by themselves and as they are put in."""
    now = gap.currents()
    gap()
    put = gap.post.sum_current_inputs(0 * u.nA, gap.post.V.value)
    return [np.asarray(x.to_decimal(u.nA)) for x in (*now, put)]


def conductances(gap):
    return np.asarray(gap.conductance().to_decimal(u.uS))


@pytest.mark.parametrize(
    ("kind", "factor"),
    list(zip(2 * list(KINDS), itertools.cycle([0.25, HALF, [0.5], np.float32(0.5)]), strict=False)),
    ids=str,
)
def test_conductances_and_currents_are_multiplied(kind, factor, x64):
    plain, scaled = make(kind)[1], make(kind, scale=factor)[1]
    each = np.broadcast_to(factor, 3)
    own = conductances(plain)
    want = own * (each[:, None] if own.ndim == 2 else each)
    np.testing.assert_allclose(conductances(scaled), want, rtol=1e-6)
    # Weights that are given with the factor in them.
    wide = conductances(plain).ndim == 2
    cells = Passive(4, 1 * u.nF, V0=V * u.mV)
    cells.init_state()
    if wide:
        same = gj.AsymmetryGapJunction(cells, "V", cells, "V", pairs(*IDS), want * u.uS)
    else:
        same = gj.SymmetryGapJunction(cells, "V", pairs(*IDS), want * u.uS)
    if kind != "gated":
        for a, b in zip(numbers(scaled), numbers(same), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-12)
    else:
        for a, b in zip(scaled.currents(), same.currents(), strict=True):
            np.testing.assert_allclose(a / u.nA, b / u.nA, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("symmetric", "step"),
        ("symmetric", "stage"),
        ("gated", "stage"),
        ("gated", "semi_implicit"),
        ("asymmetric", "implicit"),
        ("gated", "implicit"),
    ],
)
def test_blocked_from_a_time_on(kind, mode, x64):
    """Cells stop where a block of all junctions finds them; before, nothing differs."""

    def run(**kwargs):
        cells, gap = make(kind, coupling=mode, **kwargs)
        return mv(simulate(Network([cells], [gap]), [0 * u.nA], 10)[0])

    free = run()
    blocked = run(scale=lambda t: jnp.where(t < 0.45 * u.ms, 1.0, 0.0))
    np.testing.assert_allclose(blocked[:5], free[:5], rtol=1e-12)
    np.testing.assert_allclose(blocked[5:], np.tile(blocked[4], (5, 1)), rtol=1e-12)
    assert abs(free[9] - free[4]).max() > 0.1


def test_function_of_time_may_give_each_edge_its_own():
    _, gap = make("symmetric", scale=lambda t: jnp.asarray(HALF) * (t / u.ms))
    with brainstate.environ.context(t=2 * u.ms):
        np.testing.assert_allclose(conductances(gap), BASE * HALF * 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "holder"),
    [
        ("asymmetric", brainstate.ParamState),
        ("gated", brainstate.ParamState),
        ("symmetric", brainstate.nn.Param),
        ("rectifying", brainstate.nn.Param),
    ],
)
def test_state_is_read_at_every_step_and_has_a_gradient(kind, holder, x64):
    scale = holder(jnp.asarray([0.5, 1.0, 2.0]))
    cells, gap = make(kind, scale=scale)
    assert gap.scale is scale
    own = conductances(make(kind)[1])
    want = own * np.reshape([0.5, 1.0, 2.0], (3, *[1] * (own.ndim - 1)))
    np.testing.assert_allclose(conductances(gap), want, rtol=1e-6)
    if holder is brainstate.nn.Param:
        return
    assert ("scale",) in gap.states(brainstate.ParamState)

    def loss(factor):
        cells.V.value = V * u.mV
        gap.init_state()
        scale.value = factor
        return (mv_traced(simulate(Network([cells], [gap]), [0 * u.nA], 3)[0])[-1] ** 2).sum()

    factor, h = jnp.asarray([0.5, 1.0, 2.0]), 1e-5
    slope = brainstate.transform.grad(loss)(factor)
    ahead, behind = (loss(factor.at[1].add(d)) for d in (h, -h))
    assert float(slope[1]) == pytest.approx(float((ahead - behind) / (2 * h)), rel=1e-5)


def mv_traced(x):
    return x.to_decimal(u.mV)


def test_largest_conductance_has_the_factor_unless_it_is_a_function():
    for scale, want in ((None, 1), (0.5, 0.5), (HALF, HALF), (lambda t: 0.1, 1)):
        _, gap = make("symmetric", scale=scale)
        got = gap.largest_conductance().to_decimal(u.uS)
        np.testing.assert_allclose(got, BASE * want, rtol=1e-6)


def test_slopes_of_edges_are_known_before_the_model_has_a_state():
    cells = Passive(4)
    scale = brainstate.nn.Param(jnp.asarray(0.5))
    gap = gj.SymmetryGapJunction(cells, "V", pairs(*IDS), BASE * u.uS, scale=scale)
    (by_pre, by_post), _ = edge_slopes(gap, u.get_unit(u.uS))
    np.testing.assert_allclose(by_pre, BASE / 2, rtol=1e-6)
    np.testing.assert_allclose(by_post, -BASE / 2, rtol=1e-6)


def test_factor_makes_a_strong_junction_stable():
    def build(scale):
        cells = Passive(2, 1 * u.nF)
        return gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 50 * u.uS, scale=scale)

    with pytest.warns(gj.GapJunctionWarning, match="too strong"):
        build(None)
    build(0.1)
    with pytest.warns(gj.GapJunctionWarning, match="too strong"):
        build(lambda t: 0.1)


class Block:
    """A function of time that is an object."""

    def __call__(self, t):
        return 0.5


def test_any_callable_will_do():
    _, gap = make("symmetric", scale=Block())
    with brainstate.environ.context(t=0 * u.ms):
        np.testing.assert_allclose(conductances(gap), BASE / 2, rtol=1e-6)


@pytest.mark.parametrize("kind", ["symmetric", "asymmetric", "gated"])
@pytest.mark.parametrize(
    ("scale", "error", "message"),
    [
        (1 * u.mS, u.UnitMismatchError, "scale must be without a unit"),
        ("half", TypeError, "scale must be a number, an array, a State"),
        (1j, TypeError, "scale must be"),
        (True, TypeError, "scale must be"),
        (np.ones(2), ValueError, r"scale must be one number or have the shape \(3,\)"),
        (np.array([1.0, np.nan, 1.0]), ValueError, "scale must be finite"),
        (np.ones((3, 1)), ValueError, r"shape \(3,\) of the edges, got the shape \(3, 1\)"),
        (brainstate.ParamState(jnp.ones(4)), ValueError, "scale must be one number"),
    ],
)
def test_bad_factors_are_refused_by_name(kind, scale, error, message):
    cells = Passive(4)
    with pytest.raises(error, match=message):
        KINDS[kind](cells, scale=scale)
    assert not cells.current_inputs


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda t: 1 * u.mS, u.UnitMismatchError, "without a unit.* from its function"),
        (lambda t: None, TypeError, "scale must be .* got None from its function"),
        (lambda t: jnp.ones(2), ValueError, r"got the shape \(2,\) from its function"),
        (lambda t: t, u.UnitMismatchError, "scale must be without a unit"),
    ],
)
def test_what_a_function_returns_is_checked(function, error, message):
    _, gap = make("symmetric", scale=function)
    with brainstate.environ.context(t=0 * u.ms):
        for act in (gap.update, gap.current, gap.conductance):
            with pytest.raises(error, match=message):
                act()


def test_function_needs_the_time():
    cells, gap = make("symmetric", scale=lambda t: 1.0)
    for act in (gap.update, gap.current, gap.conductance):
        with pytest.raises(ValueError, match="scale is a function of time, which needs the time"):
            act()
    cells()


def test_state_that_is_given_another_shape_is_told():
    scale = brainstate.ParamState(jnp.ones(3))
    _, gap = make("symmetric", scale=scale)
    scale.value = jnp.ones(2)
    with pytest.raises(ValueError, match="scale must be one number or have the shape"):
        gap.update()
