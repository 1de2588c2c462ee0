"""Dtypes and batches: what the built-in changes or cannot do."""

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, Passive, mv, pairs, random_pairs, simulate


def half_cells(dtype, n=3):
    cells = Passive(n)
    cells.init_state()
    cells.V.value = jnp.arange(n, dtype=dtype) * u.mV
    return cells


@pytest.mark.parametrize("coupling", ["step", "stage"])
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_half_precision_voltages_keep_their_dtype_in_a_loop(dtype, coupling):
    cells = half_cells(dtype)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0, 1], [1, 2]), 0.1 * u.uS, coupling=coupling)
    now = gap.currents()
    assert now.pre.dtype == now.post.dtype == dtype

    def step(i):
        gap()
        cells.V.value = (
            cells.V.value
            + cells.sum_current_inputs(jnp.zeros(3, dtype) * u.nA, cells.V.value)
            * u.math.asarray(0.1, dtype=dtype)
            * (1 * u.ms / u.nF)
        ).in_unit(u.mV)
        cells.sum_delta_inputs(cells.V.value)
        return cells.V.value

    out = brainstate.transform.for_loop(step, jnp.arange(4))
    assert out.dtype == dtype


def test_float32_voltages_stay_float32_under_x64(x64):
    cells = half_cells(jnp.float32)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0, 1], [1, 2]), np.array([0.1, 0.2]) * u.uS)
    assert gap.weight.value.dtype == jnp.float64
    assert gap().dtype == jnp.float32


def test_bfloat16_sums_are_accumulated_in_float32():
    # 1 + 256 * 2^-8: each further term vanishes in a bfloat16 sum.
    n = 257
    cells = Passive(n + 1)
    cells.init_state()
    v = np.full(n + 1, 2.0**-8)
    v[0], v[1] = 0.0, 1.0
    cells.V.value = jnp.asarray(v, jnp.bfloat16) * u.mV
    gap = gj.SymmetryGapJunction(
        cells, "V", pairs(np.arange(1, n + 1), np.zeros(n, int)), 1.0 * u.uS
    )
    assert float(gap.currents().post.to_decimal(u.nA)[0]) == pytest.approx(2.0, rel=0.01)


def test_float64_is_exact_to_float64(x64):
    cells = Passive(30)
    cells.init_state()
    v = np.random.default_rng(0).normal(size=30)
    cells.V.value = v * u.mV
    i, j = random_pairs(30, 60)
    gap = gj.SymmetryGapJunction(cells, "V", pairs(i, j), 0.3 * u.uS)
    want = np.zeros(30)
    np.add.at(want, j, 0.3 * (v[i] - v[j]))
    np.testing.assert_allclose(gap.currents().post.to_decimal(u.nA), want, rtol=0, atol=1e-14)


def test_batch_rows_are_independent_trials():
    ids = random_pairs(6, 8)
    v = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    batched = Passive(6)
    batched.init_state(4)
    batched.V.value = jnp.asarray(v) * u.mV
    gap = gj.SymmetryGapJunction(batched, "V", lambda a, b: ids, 0.1 * u.uS)
    out = mv(simulate(Network([batched], [gap]), [0 * u.nA], 20)[0])
    for row in range(4):
        single = Passive(6)
        single.init_state()
        single.V.value = jnp.asarray(v[row]) * u.mV
        alone = gj.SymmetryGapJunction(single, "V", lambda a, b: ids, 0.1 * u.uS)
        want = mv(simulate(Network([single], [alone]), [0 * u.nA], 20)[0])
        np.testing.assert_allclose(out[:, row], want, atol=1e-5)


def test_different_batches_are_refused_with_both_named():
    pre, post = Passive(3), Passive(3)
    pre.init_state(4)
    post.init_state()
    gap = gj.SymmetryGapJunction((pre, post), "V", pairs([0], [1]), 1 * u.uS)
    with pytest.raises(ValueError, match=r"\(4,\) and \(\)"):
        gap.update()


def test_state_of_another_shape_is_refused():
    cells = Passive(3)
    cells.init_state()
    cells.V.value = jnp.zeros(5) * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        gap.update()


def test_currents_are_deterministic_on_cpu():
    ids = random_pairs(100, 900)
    cells = Passive(100)
    cells.init_state()
    cells.V.value = jax.random.normal(jax.random.key(0), (100,)) * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", lambda a, b: ids, 0.1 * u.uS)
    run = brainstate.transform.jit(lambda: gap.currents().post.to_decimal(u.nA))
    np.testing.assert_array_equal(run(), run())
