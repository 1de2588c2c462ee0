"""The exchange that is planned brings each device what it needs."""

import numpy as np
import pytest

from gapjunction.kernels.partition._halo import places, plan


def simulate(halo, send, n, size):
    """Return the cells that each device has after the exchange, sending them by hand."""
    own = [np.arange(d * size, (d + 1) * size) for d in range(n)]
    known = [[cells] for cells in own]
    for (pairs, width), table in zip(halo.rounds, send, strict=True):
        messages = {}
        for source, to in pairs:
            ids = table[source]
            messages[to] = np.where(ids < size, own[source][np.minimum(ids, size - 1)], -1)
        for d in range(n):
            known[d].append(messages.get(d, np.full(width, -1)))
    return [np.concatenate(parts) for parts in known]


@pytest.mark.parametrize("seed", range(5))
def test_each_device_gets_what_it_needs(seed):
    rng = np.random.default_rng(seed)
    n, size = int(rng.integers(2, 9)), 20
    needs = []
    for d in range(n):
        others = np.setdiff1d(np.arange(n * size), np.arange(d * size, (d + 1) * size))
        needs.append(np.sort(rng.choice(others, rng.integers(0, size // 4), replace=False)))
    halo, send = plan(needs, size)
    if halo.rounds is None:
        assert sum(map(len, needs)) > 0
        return
    found = simulate(halo, send, n, size)
    for d in range(n):
        np.testing.assert_array_equal(found[d], places(halo, send, d))
        assert set(needs[d]) <= set(found[d])
        assert len(found[d]) == halo.length
    for pairs, _ in halo.rounds:
        for side in zip(*pairs, strict=True):
            assert len(set(side)) == len(side), "a device sends and receives one message a round"


def test_each_device_sends_each_other_a_little():
    n, size = 40, 10
    needs = [np.delete(np.arange(n) * size + d % size, d) for d in range(n)]
    halo, send = plan(needs, size)
    assert (halo.method, halo.width, halo.received) == ("all_to_all", 1, n - 1)
    assert halo.length == size + n
    # What JAX's all_to_all does with the messages side by side.
    own = np.arange(n * size).reshape(n, size)
    sent = np.stack([np.append(own[d], -1)[send[0][d]] for d in range(n)])
    for d in range(n):
        known = np.concatenate([own[d], sent.reshape(n, n)[:, d]])
        np.testing.assert_array_equal(known, places(halo, send, d))
        assert set(needs[d]) <= set(known)
    # Sums cannot be given back along these ways.
    assert plan(needs, size, both_ways=True)[0].method == "all_gather"


def test_most_voltages_are_gathered():
    needs = [np.arange(10, 20), np.arange(10)]
    halo, send = plan(needs, 10)
    assert halo.rounds is None
    assert send == []
    assert halo.received == 10
    assert halo.length == 20
