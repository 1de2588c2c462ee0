"""Values at some units of a population, and back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.hosts import Picks

UNITS, N = (3, 4), 12
CHOICES = {
    "all": None,
    "all in order": np.arange(N).reshape(3, 4),
    "some": np.array([7, 0, 11]),
    "none": np.zeros(0, int),
    "rows that are filled up": np.array([[1, 5], [9, 12], [13, 2]]),
    "twice": np.array([4, 4, 2]),
    "very often": np.array([6] * 20 + [1]),
    "no unit at all": np.array([12, 13]),
}


def matrix(ids):
    """The same as a matrix of zeros and ones, a row for each value."""
    ids = np.arange(N) if ids is None else ids.reshape(-1)
    return (ids[:, None] == np.arange(N)).astype(np.float32)


@pytest.mark.parametrize("choice", CHOICES)
def test_picks_are_a_matrix_of_zeros_and_ones(choice):
    ids = CHOICES[choice]
    picks, want = Picks(ids, UNITS), matrix(ids)
    rng = np.random.default_rng(0)
    for batch in ((), (2,)):
        x = jnp.asarray(rng.integers(1, 9, (*batch, *UNITS)), jnp.float32)
        y = jnp.asarray(rng.integers(1, 9, (*batch, *picks.shape)), jnp.float32)
        taken = picks.take(x)
        assert taken.shape == y.shape
        flat = x.reshape(*batch, N)
        np.testing.assert_array_equal(taken.reshape(*batch, -1), flat @ want.T)
        put = picks.put(y)
        assert put.shape == x.shape
        values = y.reshape(*batch, len(want))
        np.testing.assert_array_equal(put.reshape(*batch, N), values @ want)
        # What reverse differentiation computes is the same matrix, transposed.
        (back,) = jax.linear_transpose(picks.take, x)(y)
        np.testing.assert_array_equal(back, put)
        (back,) = jax.linear_transpose(picks.put, y)(x)
        np.testing.assert_array_equal(back, taken)
    assert picks.distinct == bool((want.sum(axis=0) <= 1).all())


def test_what_there_is_no_unit_for_has_the_value_that_is_asked_for():
    picks = Picks(CHOICES["rows that are filled up"], UNITS)
    x = np.arange(N, dtype=np.float32).reshape(UNITS)
    found = picks.take(jnp.asarray(x), fill=-1)
    np.testing.assert_array_equal(found, [[1, 5], [9, -1], [-1, 2]])
    known = np.asarray(picks.at(x))
    np.testing.assert_array_equal(known[[0, 0, 1, 2], [0, 1, 0, 1]], [1, 5, 9, 2])
    assert set(known.ravel()) <= {1, 2, 5, 9}
    np.testing.assert_array_equal(Picks(CHOICES["no unit at all"], UNITS).at(x), [1, 1])
    assert picks.at(np.array(3.0)) == 3.0


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("among", ["all", "some", "rows that are filled up"])
def test_picks_among_those_of_another_choice(choice, among):
    ids, other = CHOICES[choice], Picks(CHOICES[among], UNITS)
    found = Picks(ids, UNITS).within(other)
    assert found.units == other.shape
    x = jnp.arange(1.0, 1 + np.prod(other.shape), dtype=jnp.float32).reshape(other.shape)
    want = np.asarray(Picks(ids, UNITS).take(other.put(x)))
    np.testing.assert_array_equal(found.take(x), want)
