"""Gradients through brainstate's checkpointed loops are those of its plain loop."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import each_once
from every_junction import CASES, JUNCTIONS, built

# The conductance of slow gates and of plastic strengths is another at each step.
QUICK = [("gated", "semi_implicit")]
# Each class and each mode; compiling takes most of the time.
ONCE = each_once(CASES)


def marks_of(case):
    return [pytest.mark.slow, *([] if case in ONCE else [pytest.mark.exhaustive])]


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("kind", "mode"),
    [*QUICK, *(pytest.param(*case, marks=marks_of(case)) for case in CASES if case not in QUICK)],
)
def test_the_gradient_of_a_checkpointed_loop_is_that_of_the_plain_one(kind, mode):
    net = built(JUNCTIONS[kind], coupling=mode)
    weight = net.gap.weight
    start = {s: s.value for s in net.states().values() if s is not weight}

    def loss(loop, **more):
        for state, value in start.items():
            state.value = value
        brainstate.random.seed(5)
        # In fours: three full ones, and one that is not.
        V = loop(lambda i: net.update(), jnp.arange(14), **more)
        return 1e-3 * jnp.sum(V.mantissa**2)

    def both():
        plain = brainstate.transform.for_loop
        lean = brainstate.transform.checkpointed_for_loop
        return (
            brainstate.transform.grad(lambda: loss(plain), weight, return_value=True)(),
            brainstate.transform.grad(lambda: loss(lean, base=4), weight, return_value=True)(),
        )

    (grad, value), (found, lean) = brainstate.transform.jit(both)()
    np.testing.assert_allclose(lean, value, rtol=1e-5)
    expected = np.asarray(u.get_mantissa(grad))
    assert np.abs(expected).max() > 1e-5
    scale = np.abs(expected).max()
    np.testing.assert_allclose(u.get_mantissa(found), expected, rtol=1e-3, atol=1e-4 * scale)


def test_a_run_within_grad_says_what_to_take():
    net = built(JUNCTIONS["symmetry"])
    weight = net.gap.weight

    def loss():
        gj.run(net, 1 * u.ms, progress=False)
        return jnp.sum(net.cells.V.value.mantissa)

    with pytest.raises(RuntimeError, match=r"use brainstate\.transform\.for_loop"):
        brainstate.transform.grad(loss, weight)()
