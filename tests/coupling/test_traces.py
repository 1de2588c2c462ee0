"""Which transformations are open."""

import jax
import pytest

from gapjunction.coupling._traces import open_traces


def test_plain_python_is_inside_of_nothing():
    assert open_traces() == ()


@pytest.mark.parametrize(
    "transform",
    [
        jax.jit,
        jax.vmap,
        jax.grad,
        lambda f: lambda x: jax.lax.map(f, x),
        lambda f: lambda x: jax.make_jaxpr(f)(x),
        lambda f: jax.checkpoint(f),
    ],
    ids=["jit", "vmap", "grad", "scan", "make_jaxpr", "checkpoint"],
)
def test_each_transformation_opens_a_trace(transform):
    # If JAX no longer tells what a trace is inside of, misplaced junctions would pass unseen.
    seen = []

    def f(x):
        seen.append(open_traces())
        return x.sum()

    x = jax.numpy.ones((3, 2)) if transform is not jax.grad else 1.0
    transform(lambda y: f(jax.numpy.asarray(y)))(x)
    assert all(traces for traces in seen)
    assert open_traces() == ()


def test_nested_traces_are_listed_innermost_first():
    seen = []

    def inner(x):
        seen.append(open_traces())
        return x

    def outer(x):
        seen.append(open_traces())
        return jax.jit(inner)(x)

    jax.jit(outer)(1.0)
    assert len(seen[1]) == len(seen[0]) + 1
    assert seen[1][1:] == seen[0]
