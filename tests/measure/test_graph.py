"""Effective conductances, and conductances from resistances, against closed forms."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.measure import (
    LinearNetwork,
    conductance_from_transfer,
    effective_conductance,
    transfer,
)


def net(edges, n, conductance=2.0, leak=1.0):
    return LinearNetwork(gj.connectivity.Edges(*edges, n), conductance * u.nS, leak * u.nS)


def ns(value):
    return float(value.to_decimal(u.nS))


@pytest.mark.parametrize("n", [2, 3, 10])
def test_complete_graph(n):
    found = effective_conductance(net(np.triu_indices(n, 1), n), 0, n - 1)
    assert ns(found) == pytest.approx(2.0 * n / 2, rel=1e-10)


@pytest.mark.parametrize("k", [1, 4, 6])
def test_ring_is_two_chains_in_parallel(k):
    n = 12
    found = effective_conductance(net((np.arange(n), (np.arange(n) + 1) % n), n), 0, k)
    assert ns(found) == pytest.approx(2.0 * n / (k * (n - k)), rel=1e-10)


def test_is_the_resistance_distance_of_the_pseudoinverse():
    rng = np.random.default_rng(0)
    i, j = np.triu_indices(9, 1)
    kept = rng.random(len(i)) < 0.5
    g = rng.uniform(0.5, 2, kept.sum())
    some = net((i[kept], j[kept]), 9, g)
    P = np.linalg.pinv(some.laplacian.toarray())
    for a, b in [(0, 1), (2, 8), (4, 5)]:
        expected = 1 / (P[a, a] + P[b, b] - 2 * P[a, b])
        assert ns(effective_conductance(some, a, b)) == pytest.approx(expected, rel=1e-9)


def test_no_path_is_no_conductance_but_for_the_leaks():
    apart = net(([0], [1]), 4, leak=1.0)
    assert ns(effective_conductance(apart, 0, 3)) == 0
    closed = net(([0, 1], [1, 2]), 3, np.array([1.0, 0.0]))
    assert ns(effective_conductance(closed, 0, 2)) == 0
    # Out of one membrane and into the other.
    assert ns(effective_conductance(apart, 2, 3, leak=True)) == pytest.approx(0.5)
    assert ns(effective_conductance(apart, 0, 1, leak=True)) == pytest.approx(2.5)


def test_refuses_one_cell_and_one_way_junctions():
    with pytest.raises(ValueError, match="i and j must be different cells"):
        effective_conductance(net(([0], [1]), 2), 1, 1)
    one_way = LinearNetwork(([0], [1]), [[2.0, 1.0]] * u.nS, [1.0, 1.0] * u.nS)
    with pytest.raises(ValueError, match="source must have junctions with the same"):
        effective_conductance(one_way, 0, 1)


def test_two_port_formula():
    r11, r12, r22 = 310.0, 70.0, 250.0
    junctions, leak = conductance_from_transfer(np.array([[r11, r12], [r12, r22]]) * u.Mohm)
    det = r11 * r22 - r12**2
    assert ns(junctions[0, 1]) == pytest.approx(1e3 * r12 / det, rel=1e-12)
    np.testing.assert_allclose(
        leak.to_decimal(u.nS), 1e3 * np.array([r22 - r12, r11 - r12]) / det, rtol=1e-12
    )


def test_inverts_transfer():
    some = net(([0, 1, 1], [1, 2, 3]), 4, np.array([1.0, 2.0, 3.0]), np.array([1.0, 2, 3, 4]))
    junctions, leak = conductance_from_transfer(transfer(some))
    L = some.laplacian.toarray()
    np.testing.assert_allclose(junctions.to_decimal(u.nS), np.diag(np.diag(L)) - L, atol=1e-12)
    np.testing.assert_allclose(leak.to_decimal(u.nS), [1, 2, 3, 4], rtol=1e-12)


@pytest.mark.parametrize(
    "bad",
    [
        np.ones((2, 2)),
        np.array([[0.1, 0.3], [0.3, 0.9]]),
        np.ones(3),
        np.full((2, 2), np.nan),
        np.eye(2) * 1j,
    ],
)
def test_resistances_are_checked(bad):
    with pytest.raises(ValueError, match="resistances must"):
        conductance_from_transfer(bad * u.Mohm)
