"""One factor for the rows of each population: when the matrix of a network stays symmetric."""

import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.coupling._shares import Link, over, shares_of, times

A, B = np.array([2.0, 3.0]), np.array([5.0, 7.0, 4.0])
ONE, EVEN = np.array(4.0), np.array([4.0, 4.0, 4.0])


@pytest.mark.parametrize(
    ("links", "symmetric"),
    [
        ([((0, 1), (None, None))], True),
        ([((0, 1), (None, B))], True),
        ([((0, 1), (A, B)), ((0, 1), (A, B.copy()))], True),
        # The junctions within post have one factor for all cells, and others one that differs.
        ([((0, 1), (None, EVEN)), ((1, 1), (None, None))], True),
        ([((0, 1), (None, ONE)), ((1, 1), (None, None))], True),
        ([((0, 1), (None, B)), ((1, 1), (None, None))], False),
        ([((0, 1), (None, EVEN)), ((1, 0), (None, None))], False),
        # Only the unit differs: both ends are multiplied by the same number.
        ([((0, 1), (A, B)), ((0, 1), (2 * A, 2 * B))], True),
        ([((0, 1), (A, B)), ((0, 1), (2 * A, 3 * B))], False),
    ],
)
def test_matrix_in_rows_of_one_kind(links, symmetric):
    """Against the matrix itself: each junction over its divisors, then times those of the rows."""
    found = shares_of(2, [Link(*link) for link in links])
    assert found.symmetric is symmetric
    sizes, rng = (2, 3), np.random.default_rng(0)
    first = (0, 2)

    def each(factor, n):
        return np.broadcast_to(1.0 if factor is None else factor, (n,))

    rows = np.concatenate([each(row, n) for row, n in zip(found.rows, sizes, strict=True)])
    for (ends, divisors), into in zip(links, found.into, strict=True):
        matrix = np.zeros((5, 5))
        i, j = (slice(first[e], first[e] + sizes[e]) for e in ends)
        g = rng.uniform(size=(sizes[ends[0]], sizes[ends[1]]))
        g = g + g.T if ends[0] == ends[1] else g
        matrix[i, j], matrix[j, i] = g, g.T
        want = np.zeros((5, 5))
        want[i, j] = g / each(divisors[0], len(g))[:, None]
        want[j, i] = g.T / each(divisors[1], len(g.T))[:, None]
        want *= rows[:, None]
        got = np.zeros((5, 5))
        got[i, j] = g * each(into[0], len(g))[:, None]
        got[j, i] = g.T * each(into[1], len(g.T))[:, None]
        np.testing.assert_allclose(got, want, rtol=1e-12)
        if symmetric:
            np.testing.assert_allclose(want, want.T, rtol=1e-12)


@pytest.mark.parametrize("factor", [None, 2.0, np.array([2.0, 4.0])])
def test_factors_keep_the_dtype(factor, x64):
    x = jnp.array([1.0, 3.0], jnp.float32)
    plain = 1.0 if factor is None else factor
    for found, want in ((times(x, factor), x * plain), (over(x, factor), x / plain)):
        assert found.dtype == jnp.float32
        np.testing.assert_allclose(found, want, rtol=1e-6)
