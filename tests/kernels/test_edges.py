"""Gather and sum over edges."""

import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.kernels import CellSums, _device, flatten_cells, working_dtype


@pytest.mark.parametrize("cpu", [True, False])
def test_sums_equal_those_of_numpy(cpu, monkeypatch):
    monkeypatch.setattr(_device, "is_cpu", lambda: cpu)
    rng = np.random.default_rng(0)
    ids, values = rng.integers(0, 12, 40), rng.normal(size=(3, 40)).astype(np.float32)
    want = np.zeros((3, 12), np.float32)
    for row in range(3):
        np.add.at(want[row], ids, values[row])
    got = CellSums(ids, (3, 4))(jnp.asarray(values), jnp.float32)
    assert got.shape == (3, 3, 4)
    np.testing.assert_allclose(np.asarray(got).reshape(3, 12), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cpu", [True, False])
def test_sums_without_edges(cpu, monkeypatch):
    monkeypatch.setattr(_device, "is_cpu", lambda: cpu)
    got = CellSums(np.zeros(0, np.int32), (4,))(jnp.zeros((2, 0)), jnp.float32)
    np.testing.assert_array_equal(got, np.zeros((2, 4)))


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_flatten_cells_keeps_the_batch(batch):
    assert flatten_cells(jnp.zeros((*batch, 2, 5)), (2, 5)).shape == (*batch, 10)
    assert flatten_cells(jnp.zeros((*batch, 5)), (5,)).shape == (*batch, 5)


def test_working_dtype(x64):
    assert working_dtype(jnp.dtype("bfloat16")) == jnp.float32
    assert working_dtype(jnp.dtype("float16"), jnp.dtype("float32")) == jnp.float32
    assert working_dtype(jnp.dtype("float32"), jnp.dtype("float64")) == jnp.float64
