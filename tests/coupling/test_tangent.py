"""The derivative of a step with functions that state their own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.coupling._tangent import linearise

GAIN, START = jnp.array([2.0, 3.0, 4.0]), jnp.array([0.5, -1.0, 0.25])
DIRECTION = jnp.array([1.0, -2.0, 0.5])


@jax.custom_jvp
def weighted(gain, x):
    """Affine in x, and not in the gain; like a pass over a tree, it reads and writes places."""
    shifted = x.at[jnp.array([1, 2])].add(x[jnp.array([0, 1])] * gain[1:] ** 2)
    return jnp.concatenate([shifted[:1] / gain[:1], shifted[1:]]) - gain


@weighted.defjvp
def _(primals, tangents):
    (gain, x), (dgain, dx) = primals, tangents
    own = lambda gain, x: weighted.fun(gain, x)  # noqa: E731
    return own(gain, x), jax.jvp(own, (gain, x), (dgain, dx))[1]


@jax.custom_jvp
def spike(x):
    """A step with a surrogate derivative."""
    return (x > 0).astype(x.dtype)


@spike.defjvp
def _(primals, tangents):
    return spike(primals[0]), 7.0 * tangents[0]


def in_loop(x):
    return jax.lax.fori_loop(0, 3, lambda _, y: weighted(GAIN, y) * 0.1, x)


CASES = {
    "plain": lambda x: 3 * x + jnp.sin(GAIN),
    "affine": lambda x: weighted(GAIN, x),
    "in a function of its own": jax.jit(lambda x: weighted(GAIN, 2 * x) + weighted(GAIN, GAIN)),
    "chosen": lambda x: jnp.where(GAIN > 2.5, weighted(GAIN, x), x),
    "with the other argument varying": lambda x: weighted(1 + x**2, x),
    "surrogate": lambda x: spike(x) * x + weighted(GAIN, spike(x)),
    "after a product": lambda x: weighted(GAIN, x * x),
    "in a loop": in_loop,
}


@pytest.mark.parametrize("case", CASES)
def test_derivative_is_that_of_jax(case):
    function = CASES[case]
    value, tangent = linearise(function, START)
    want, other = jax.linearize(function, START)
    np.testing.assert_allclose(value, want, rtol=1e-6)
    np.testing.assert_allclose(tangent(DIRECTION), other(DIRECTION), rtol=1e-6)
    (back,) = jax.linear_transpose(tangent, START)(DIRECTION)
    np.testing.assert_allclose(back, jax.linear_transpose(other, START)(DIRECTION)[0], rtol=1e-6)


def test_derivatives_of_the_derivative_are_those_of_jax():
    def twice(method, gain):
        value, tangent = method(lambda x: weighted(gain, x), START)
        return (value * tangent(DIRECTION)).sum()

    found = jax.grad(lambda gain: twice(linearise, gain))(GAIN)
    want = jax.grad(lambda gain: twice(jax.linearize, gain))(GAIN)
    np.testing.assert_allclose(found, want, rtol=1e-6)


def test_nothing_is_computed_with_what_does_not_vary():
    def products(method):
        _, tangent = method(CASES["affine"], START)
        program = str(jax.make_jaxpr(tangent)(DIRECTION))
        return program.count(" mul ") + program.count(" div ") + program.count("scatter-add")

    assert products(linearise) == 3
    assert products(jax.linearize) >= products(linearise)
