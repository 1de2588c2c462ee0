"""What every law keeps to, whatever it computes."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from every_law import EVERY, STATEFUL, SYMMETRIC, held, settled
from law_equations import EQUATIONS

# At zero, where formulas have corners and quotients; at and beyond saturation.
SPOTS = np.array([-2000.0, -200.0, -60.0, -1e-6, 0.0, 1e-6, 60.0, 200.0, 2000.0])
every = pytest.mark.parametrize("name", EVERY)
stateful = pytest.mark.parametrize("name", STATEFUL)


# The other precision, for one of each kind.
KINDS = ("own", "olive", "slow halves")


@pytest.mark.parametrize(
    ("name", "precision"), [*((name, 32) for name in EVERY), *((name, 64) for name in KINDS)]
)
def test_values_and_gradients_are_finite_everywhere(name, precision):
    law = EVERY[name]

    def current(V_j, dt):
        V_pre, V_post = held(V_j)
        state = law.advance(law.initial(*held(V_j + 1)), V_pre, V_post, dt * u.ms)
        return law.conductance(state, V_pre, V_post) * V_j

    @jax.jit
    @jax.vmap
    def both(V_j, dt):
        return jax.value_and_grad(current, argnums=(0, 1))(V_j, dt)

    V_j, dt = (x.ravel() for x in jnp.meshgrid(jnp.asarray(SPOTS, float), jnp.array([1e-3, 1e3])))
    value, slopes = both(V_j, dt)
    assert np.isfinite(value).all()
    assert (np.asarray(value * V_j) >= 0).all()
    for slope in slopes:
        assert np.isfinite(slope).all()


@every
def test_conductance_is_between_zero_and_one(name):
    s = settled(EVERY[name], np.linspace(-300, 300, 101))
    assert ((s >= 0) & (s <= 1 + 1e-6)).all()


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_laws_do_not_mind_the_sign(name, x64):
    V_j = np.linspace(-150, 150, 61)
    np.testing.assert_allclose(settled(EVERY[name], V_j), settled(EVERY[name], -V_j), rtol=1e-12)


def test_the_other_laws_do():
    for name in EVERY.keys() - set(SYMMETRIC):
        s = settled(EVERY[name], np.linspace(-150, 150, 61))
        assert abs(s - s[::-1]).max() > 0.01, name


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_types_follow_the_voltages(name, dtype, x64):
    law = EVERY[name]

    def run(V_pre, V_post):
        V_pre, V_post = V_pre * u.mV, V_post * u.mV
        state = law.initial(V_pre, V_post)
        later = law.advance(state, V_pre, V_post, 0.1 * u.ms)
        return state, later, law.conductance(later, V_pre, V_post)

    for shape in ((), (5,), (2, 5)):
        state, later, s = jax.eval_shape(run, *[jax.ShapeDtypeStruct(shape, dtype)] * 2)
        assert (s.shape, s.dtype) == (shape, dtype)
        if name in STATEFUL:
            assert state.shape[: len(shape)] == shape
            assert state.ndim <= len(shape) + 1
            assert (later.shape, later.dtype) == (state.shape, dtype) == (state.shape, state.dtype)


@every
def test_a_batch_is_its_members_one_by_one(name, x64):
    law, V_j = EVERY[name], np.linspace(-90, 90, 10)

    def run(V_j):
        state = law.initial(*held(V_j))
        state = law.advance(state, *held(V_j + 20), 1.5 * u.ms)
        return np.asarray(law.conductance(state, *held(V_j + 20)))

    whole = run(V_j.reshape(2, 5))
    each = np.array([run(v) for v in V_j])
    np.testing.assert_allclose(whole.ravel(), each, rtol=1e-12)


@stateful
def test_the_settled_state_stays(name, x64):
    law, V_j = EVERY[name], np.linspace(-90, 90, 10)
    state = law.initial(*held(V_j))
    for dt in (0.1, 1e4):
        later = law.advance(state, *held(V_j), dt * u.ms)
        np.testing.assert_allclose(later, state, rtol=1e-9, atol=1e-14)


@stateful
def test_any_state_settles_in_the_end(name, x64):
    law, V_j = EVERY[name], np.linspace(-90, 90, 10)
    state = law.initial(*held(V_j[::-1].copy()))
    for _ in range(3):
        state = law.advance(state, *held(V_j), 1e5 * u.ms)
    np.testing.assert_allclose(state, law.initial(*held(V_j)), rtol=1e-6, atol=1e-9)


@stateful
def test_no_time_changes_nothing(name, x64):
    law = EVERY[name]
    state = law.initial(*held(10.0))
    np.testing.assert_allclose(law.advance(state, *held(80.0), 0 * u.ms), state, rtol=1e-12)


@every
def test_copies_compute_the_same(name):
    law, V_j = EVERY[name], np.array([-50.0, 0.0, 50.0])
    for twin in (copy.copy(law), copy.deepcopy(law), pickle.loads(pickle.dumps(law))):
        np.testing.assert_array_equal(settled(twin, V_j), settled(law, V_j))


@every
def test_names_show_where_to_find_it(name):
    law = EVERY[name]
    if name != "own":
        assert type(law).__module__ == "gapjunction.laws"
    assert type(law).__name__ in repr(law)


@every
def test_values_are_those_of_the_equations(name, x64):
    s, change, rest = EQUATIONS[name]
    V_j = np.linspace(-90, 90, 10)
    np.testing.assert_allclose(settled(EVERY[name], V_j), [s(rest(v), v) for v in V_j], rtol=1e-7)
    if name in STATEFUL:
        law, away = EVERY[name], V_j + 20
        state = law.initial(*held(V_j))
        _, moving = jax.jvp(
            lambda t: law.advance(state, *held(away), t * u.ms), (jnp.zeros(()),), (jnp.ones(()),)
        )
        want = [np.squeeze(change(rest(a), b)) for a, b in zip(V_j, away, strict=True)]
        np.testing.assert_allclose(moving, want, rtol=1e-7, atol=1e-10)
