"""Sums without a scatter, against sums that are written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.kernels._tree import SumTree


def hub(n):
    """Every other value belongs to target 3."""
    ids = np.arange(5 * n) % n
    ids[::2] = 3
    return ids


CASES = {
    "none": (np.zeros(0, int), 4),
    "one each": (np.arange(7)[::-1], 7),
    "with gaps": (np.array([5, 5, 1, 5, 9]), 12),
    "random": (np.random.default_rng(0).integers(0, 50, 700), 50),
    "one target": (np.zeros(5000, int), 1),
    "hub": (hub(900), 900),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_sums(case, batch, x64):
    ids, n = CASES[case]
    values = np.random.default_rng(1).normal(size=(*batch, len(ids)))
    wanted = np.zeros((*batch, n))
    for k, i in enumerate(ids):
        wanted[..., i] += values[..., k]
    np.testing.assert_allclose(SumTree(ids, n)(jnp.asarray(values)), wanted, atol=1e-11)


def test_memory_grows_with_the_number_of_values():
    ids, n = CASES["hub"]
    tree = SumTree(ids, n)
    assert len(tree.levels) > 1
    assert sum(level.size for level in tree.levels) < 8 * (len(ids) + n)


def test_only_its_own_target_gets_what_is_not_finite():
    found = SumTree(np.array([0, 0, 1]), 3)(jnp.array([1.0, jnp.nan, 2.0]))
    np.testing.assert_array_equal(found, [np.nan, 2, 0])


def test_there_is_no_scatter():
    ids, n = CASES["hub"]
    text = jax.jit(SumTree(ids, n)).lower(jnp.ones(len(ids))).as_text()
    assert "gather" in text
    assert "scatter" not in text
