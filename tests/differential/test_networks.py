"""Networks that are drawn at random, each compared with dense equations in NumPy.

A failure prints the network. ``pytest tests/differential -k seed0042`` runs one of them alone.
"""

import collections
import dataclasses

import jax
import numpy as np
import pytest

from . import twin
from .check import compare, member, relabelled, same_voltages, voltages
from .choose import few, is_sampled, meetings
from .draw import COMBINATIONS, MODES, ROUNDS, SEEDS, draw, first_of, precision_of
from .hosts import KINDS

pytestmark = pytest.mark.every_host

SLOW, EXHAUSTIVE = [pytest.mark.slow], [pytest.mark.slow, pytest.mark.exhaustive]


def has_second_run(seed):
    """Return whether a network is run once more, in another order or as a member of its batch.

    Each combination has one such network, which comes in either precision.
    """
    place = seed % len(COMBINATIONS)
    return seed // len(COMBINATIONS) == place // 2 % ROUNDS


CASES = [
    pytest.param(
        precision_of(seed),
        seed,
        id=f"seed{seed:04d}",
        marks=() if is_sampled(seed) else SLOW if seed in few() else EXHAUSTIVE,
    )
    for seed in SEEDS
]


@pytest.fixture(autouse=True)
def _bounded_memory():
    """Let go of compiled code now and then: each operation is kept for each shape."""
    yield
    STEPPED.append(1)
    if len(STEPPED) % 600 == 0:
        twin.program.cache_clear()
        jax.clear_caches()


STEPPED = []


@pytest.mark.parametrize(("precision", "seed"), CASES)
def test_a_network_steps_as_its_equations_say(precision, seed):
    net = draw(seed)
    print(net)
    found = compare(net)
    if not has_second_run(seed):
        return
    # Two properties that need no equations, at the first step.
    first = dataclasses.replace(net, steps=1)
    if net.batch is None:
        other, orders = relabelled(first, np.random.default_rng(seed))
        wanted = [V[:1, :, order] for V, order in zip(found, orders, strict=True)]
    else:
        other, wanted = member(first, 1), [V[:1, 1:] for V in found]
    same_voltages(net, voltages(other), wanted)


def test_all_settings_meet_in_few_networks():
    some = [draw(seed) for seed in few()]
    assert set().union(*map(meetings, some)) == set().union(*(meetings(draw(s)) for s in SEEDS))
    met = [
        (net.populations[k].kind, j.cls, j.mode)
        for net in some
        for j in net.junctions
        for k in j.ends
    ]
    for pair in ((0, 1), (0, 2), (1, 2)):
        assert {tuple(m[k] for k in pair) for m in met} == {
            tuple(c[k] for k in pair) for c in COMBINATIONS
        }
    assert len(some) < len(SEEDS) / 10


def test_what_is_drawn_covers_all_that_can_be_combined():
    """Each combination of population, class and mode comes in both precisions."""
    nets = [draw(seed) for seed in SEEDS]
    assert len(nets) >= 2000
    every = collections.Counter()
    for net in nets:
        for j in net.junctions:
            every.update((net.populations[k].kind, j.cls, j.mode) for k in set(j.ends))
    rarest = min(every[combination] for combination in COMBINATIONS)
    print(f"{len(nets)} networks, {len(COMBINATIONS)} combinations, each {rarest} times or more")
    assert rarest >= 2
    assert len({kind for kind, _, _ in every}) == len(KINDS) >= 36
    counts = {
        "two populations": sum(len(net.populations) == 2 for net in nets),
        "two junctions": sum(len(net.junctions) == 2 for net in nets),
        "a batch": sum(net.batch is not None for net in nets),
        "no edges": sum(not all(len(j.pre) for j in net.junctions) for net in nets),
        "shapes": sum(len(net.populations[0].size) > 1 for net in nets),
        "repeated edges": sum(
            any(len(set(zip(j.pre, j.post, strict=True))) < len(j.pre) for j in net.junctions)
            for net in nets
        ),
        "self-junctions": sum(
            any(j.ends[0] == j.ends[1] and (j.pre == j.post).any() for j in net.junctions)
            for net in nets
        ),
        "kappa above 100": sum(net.is_solved and net.kappa > 100 for net in nets),
        "kappa below 0.01": sum(net.kappa < 0.01 for net in nets),
    }
    print(counts)
    assert min(counts.values()) >= 100
    pairs = collections.Counter(
        tuple(sorted({j.mode for j in net.junctions})) for net in nets if len(net.junctions) == 2
    )
    # Each two of the modes meet at one population.
    assert all(pairs[a, b] >= 40 for a in MODES for b in MODES if a < b)
    assert {precision_of(seed) for seed in SEEDS} == {32, 64}
    again = [seed for seed in SEEDS if has_second_run(seed)]
    assert collections.Counter(map(first_of, again)) == dict.fromkeys(COMBINATIONS, 1)
    assert min(collections.Counter(map(precision_of, again)).values()) >= 300
    assert ROUNDS >= 2
