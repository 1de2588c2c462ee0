"""Weights: what the built-in gets silently wrong."""

import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, Passive, pairs, simulate

EDGES = pairs([0, 1], [1, 2])


def cells_at(*v, batch_size=None):
    cells = Passive(3)
    cells.init_state(batch_size)
    if v:
        cells.V.value = np.array(v) * u.mV
    return cells


def symmetric(weight, cells=None, **kwargs):
    return gj.SymmetryGapJunction(cells or cells_at(4.0, 1.0, 0.0), "V", EDGES, weight, **kwargs)


def asymmetric(weight, conn=EDGES):
    pre, post = cells_at(4.0, 1.0, 0.0), cells_at()
    return gj.AsymmetryGapJunction(pre, "V", post, "V", conn, weight)


def loss_gradient(gap):
    def loss():
        now = gap.currents()
        return ((now.post.to_decimal(u.nA)) ** 2).sum()

    return brainstate.transform.grad(loss, gap.states(brainstate.ParamState))()


def test_integer_weights_have_gradients():
    for weight in (2 * u.uS, np.array([2, 3]) * u.uS, [2, 3] * u.uS):
        gap = symmetric(weight)
        assert jnp.issubdtype(gap.weight.value.dtype, jnp.floating)
        (gradient,) = loss_gradient(gap).values()
        assert np.isfinite(np.asarray(u.get_magnitude(gradient))).all()


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.array([1 + 1j, 1]) * u.uS, "real"),
        (np.array([True, False]), "real"),
        ("strong", "real"),
        (None, "real"),
        (braintools.init.Uniform, "made first"),
        (np.nan * u.uS, "finite"),
        ([1.0, np.nan] * u.uS, "finite.*index"),
        (np.inf * u.uS, "finite"),
        (np.ones((2, 1)) * u.uS, "shape"),
        (np.ones(3) * u.uS, "shape"),
        (np.ones((2, 2)) * u.uS, "shape"),
        (brainstate.ParamState(1 * u.uS), "floating-point"),
        (brainstate.ParamState(np.ones(3) * u.uS), "shape"),
    ],
)
def test_wrong_weights_are_refused(weight, message):
    with pytest.raises((TypeError, ValueError), match=message):
        symmetric(weight)


def test_negative_weights_warn_with_the_number():
    with pytest.warns(gj.GapJunctionWarning, match="1 negative"):
        symmetric([1.0, -2.0] * u.uS)


def test_column_weights_with_batch_equal_to_edges_are_refused():
    # The built-in takes (E, 1) as one conductance per batch row when the batch equals E.
    with pytest.raises(ValueError, match="shape"):
        symmetric(np.ones((2, 1)) * u.uS, cells_at(batch_size=2))


@pytest.mark.parametrize(
    ("weight", "same_as"),
    [
        (2.0 * u.uS, [[2.0, 2.0]] * 2),
        ([2.0] * u.uS, [[2.0, 2.0]] * 2),
        ([2.0, 1.0] * u.uS, [[2.0, 1.0]] * 2),
        ([[2.0, 1.0]] * u.uS, [[2.0, 1.0]] * 2),
    ],
    ids=["scalar", "(1,)", "(2,)", "(1, 2)"],
)
def test_asymmetric_weights_of_every_accepted_shape(weight, same_as):
    got, want = asymmetric(weight).currents(), asymmetric(np.array(same_as) * u.uS).currents()
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a.to_decimal(u.nA), b.to_decimal(u.nA))


@pytest.mark.parametrize("shape", [(3,), (2, 1), (2, 3), (3, 2)])
def test_asymmetric_weights_of_other_shapes_are_refused_at_construction(shape):
    with pytest.raises(ValueError, match="shapes"):
        asymmetric(np.ones(shape) * u.uS)


def test_one_element_weight_is_one_conductance_for_all():
    a, b = symmetric([2.0] * u.uS).current(), symmetric(2.0 * u.uS).current()
    np.testing.assert_array_equal(a.to_decimal(u.nA), b.to_decimal(u.nA))


def test_initialiser_is_called_with_the_shape():
    gap = symmetric(braintools.init.Uniform(1.0 * u.uS, 2.0 * u.uS))
    assert gap.weight.value.shape == (2,)
    assert asymmetric(braintools.init.Constant(1.0 * u.uS)).weight.value.shape == (2, 2)


def test_param_with_and_without_a_transform():
    plain = brainstate.nn.Param(jnp.array([1.0, 2.0]) * u.uS)
    positive = brainstate.nn.Param(
        jnp.array([1.0, 2.0]) * u.uS, t=brainstate.nn.SoftplusT(0.0 * u.uS)
    )
    want = symmetric([1.0, 2.0] * u.uS).current().to_decimal(u.nA)
    for param in (plain, positive):
        gap = symmetric(param)
        assert gap.weight is param
        np.testing.assert_allclose(gap.current().to_decimal(u.nA), want, rtol=1e-5)
        (gradient,) = loss_gradient(gap).values()
        assert np.all(np.asarray(u.get_magnitude(gradient)) != 0)


def test_param_as_param_type():
    gap = symmetric([1.0, 2.0] * u.uS, param_type=brainstate.nn.Param)
    assert isinstance(gap.weight, brainstate.nn.Param)
    np.testing.assert_allclose(gap.current().to_decimal(u.nA), [3, 2, 0], rtol=1e-6)


def test_param_type_that_makes_no_parameter_is_refused():
    with pytest.raises(TypeError, match="param_type must make"):
        symmetric(1.0 * u.uS, param_type=lambda value: value)


@pytest.mark.parametrize("value", [np.ones(2, int) * u.uS, np.ones(2, complex) * u.uS])
def test_reassigned_weight_of_a_wrong_kind_is_refused_at_update(value):
    gap = symmetric([1.0, 2.0] * u.uS)
    gap.weight.value = value
    with pytest.raises(TypeError, match="weight must"):
        gap.update()


def test_param_type_other_than_trainable():
    gap = symmetric(1.0 * u.uS, param_type=brainstate.ShortTermState)
    assert isinstance(gap.weight, brainstate.ShortTermState)


def test_shared_parameter_stays_shared():
    shared = brainstate.ParamState(jnp.array([1.0, 2.0]) * u.uS)
    first, second = symmetric(shared), symmetric(shared)
    assert first.weight is shared
    assert second.weight is shared
    net = Network([first.pre, second.pre], [first, second])
    assert len(net.states(brainstate.ParamState)) == 1
    copy = brainstate.graph.clone(net)
    a, b = copy.junctions
    assert a.weight is b.weight
    assert a.weight is not shared
    shared.value = jnp.array([3.0, 2.0]) * u.uS
    np.testing.assert_allclose(first.current().to_decimal(u.nA)[0], 9)
    np.testing.assert_allclose(second.current().to_decimal(u.nA)[0], 9)


def test_reassigned_weight_of_a_wrong_shape_is_refused_at_update():
    gap = symmetric([1.0, 2.0] * u.uS)
    gap.weight.value = np.ones((2, 1), np.float32) * u.uS
    with pytest.raises(ValueError, match="shape"):
        gap.update()


def test_weight_made_inside_jit():
    @brainstate.transform.jit
    def run(w):
        cells = Passive(3)
        cells.init_state()
        cells.V.value = cells.V.value + jnp.array([4.0, 1.0, 0.0]) * u.mV
        return gj.SymmetryGapJunction(cells, "V", EDGES, w * u.uS).current().to_decimal(u.nA)

    np.testing.assert_allclose(run(jnp.array([1.0, 2.0])), [3, 2, 0])


def test_training_a_weight_through_a_loop():
    # A conductance found from a trace it made.
    def trace(gap):
        cells = gap.pre
        cells.init_state()
        cells.V.value = cells.V.value + jnp.array([10.0, 0.0, -5.0]) * u.mV
        return simulate(Network([cells], [gap]), [0 * u.nA], 30)[0].to_decimal(u.mV)

    target = trace(symmetric([0.5, 0.2] * u.uS))
    gap = symmetric([0.1, 0.1] * u.uS)
    weights = gap.states(brainstate.ParamState)
    optimiser = braintools.optim.Adam(lr=0.05)
    optimiser.register_trainable_weights(weights)

    @brainstate.transform.jit
    def fit():
        step = brainstate.transform.grad(
            lambda: ((trace(gap) - target) ** 2).mean(), weights, return_value=True
        )
        gradients, loss = step()
        optimiser.update(gradients)
        return loss

    losses = [float(fit()) for _ in range(150)]
    assert losses[-1] < 1e-2 * losses[0]
    np.testing.assert_allclose(gap.weight.value.to_decimal(u.uS), [0.5, 0.2], atol=0.05)
