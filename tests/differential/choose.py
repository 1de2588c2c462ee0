"""Which of the networks are run by which part of the suite."""

import functools
import heapq

from .draw import SEEDS, draw, first_of, precision_of

# The quick part of the suite: one population of one kind each, in one precision.
SAMPLED = ("LIF", "FitzHughNagumo", "point staggered")


def is_sampled(seed):
    """Return whether the quick part of the suite has this network."""
    if precision_of(seed) == 32 or first_of(seed)[0] not in SAMPLED:
        return False
    net = draw(seed)
    return len(net.populations) == 1 and net.batch is None and net.populations[0].size == (4,)


def meetings(net):
    """Return which settings meet in a network, as tuples."""
    two, batch = len(net.populations) == 2, net.batch is not None
    found = set()
    for j in net.junctions:
        for kind in {net.populations[k].kind for k in j.ends}:
            found |= {(kind, j.cls), (kind, j.mode), (kind, net.precision), (kind, "batch", batch)}
        how = (j.cls, j.mode)
        found |= {
            (*how, net.precision),
            (*how, "batch", batch),
            (*how, "ends", j.ends, two),
            (*how, "law", j.law, j.form),
            (*how, "layout", j.layout and str(j.layout)),
            (*how, "scale", None if j.scale is None else j.scale.ndim),
            (*how, "edges", len(j.pre) > 0, j.weight.ndim),
            (j.law, net.precision, batch),
        }
    if len(net.junctions) == 2:
        for of in ("cls", "mode"):
            found.add((*sorted(getattr(j, of) for j in net.junctions), two))
    return found


@functools.cache
def few():
    """Return seeds of few networks in which all settings meet that meet in any network.

    The first one of those that add most is taken, again and again, so that they are the same in
    every run.
    """
    adds = {seed: meetings(draw(seed)) for seed in SEEDS}
    left = set().union(*adds.values())
    queue = [(-len(found), seed) for seed, found in adds.items()]
    heapq.heapify(queue)
    chosen = []
    while left:
        _, seed = heapq.heappop(queue)
        # What it adds may have become less, and never more.
        adds[seed] &= left
        if queue and (-len(adds[seed]), seed) > queue[0]:
            heapq.heappush(queue, (-len(adds[seed]), seed))
            continue
        chosen.append(seed)
        left -= adds[seed]
    return frozenset(chosen)
