"""The laws of junctions, as equations in NumPy, edge by edge.

The number s of an edge and the rates of its state are those of ``law_equations``. What is added
here is one time step of a state, and the tangent of a current.
"""

import numpy as np
from scipy.linalg import expm

from every_law import STATEFUL
from law_equations import EQUATIONS

RECTIFYING = ("rectifier", "reversed", "hard", "olive")
GATED = ("fast", "one-sided", "slow", "slow, one-sided", "homotypic", "heterotypic")
GATED += ("slow halves", "opposite", "own")
# Laws of which it matters which cell of an edge is pre.
ONE_WAY = ("rectifier", "reversed", "hard", "one-sided", "slow, one-sided", "heterotypic")
ONE_WAY += ("slow halves", "opposite")


def is_slow(law):
    return law in STATEFUL


def is_instantaneous(law):
    return law != "ohmic" and not is_slow(law)


def factor(law, state, v):
    """Return s of each edge; v are the voltage differences, of any shape."""
    s = EQUATIONS[law][0]
    if v.size == 0:
        return np.ones_like(v)
    if not is_slow(law):
        return np.vectorize(lambda v: s(None, v), otypes=[float])(v)
    each = [s(y, x) for y, x in zip(state.reshape(v.size, -1), v.ravel(), strict=True)]
    return np.reshape(each, v.shape)


def rest(law, v):
    """Return the state in which each edge settles; None for a law without one."""
    if not is_slow(law):
        return None
    if v.size == 0:
        return np.zeros((*v.shape, 1))
    return np.reshape([EQUATIONS[law][2](x) for x in v.ravel()], (*v.shape, -1))


def advance(law, state, v, dt):
    """Return the states one time step later, at voltages that are held."""
    if not is_slow(law):
        return None
    if v.size == 0:
        return state
    found = [_one(law, y, x, dt) for y, x in zip(state.reshape(v.size, -1), v.ravel(), strict=True)]
    return np.reshape(found, state.shape)


def _one(law, y, v, dt):
    rate = EQUATIONS[law][1]
    if len(y) == 1:
        # The rate is a - b y, of which the solution is known.
        a = rate(np.zeros(1), v)
        b = a - rate(np.ones(1), v)
        return a / b + (y - a / b) * np.exp(-b * dt)
    # Two gates, of which each moves while the other is held: the first for half of the step, the
    # second for the whole of it, and the first again.
    Q = np.stack([rate(row, v) for row in np.eye(4)])
    first, second = (_of_one_gate(Q, pairs) for pairs in ([(0, 1), (2, 3)], [(0, 2), (1, 3)]))
    half = expm(first * dt / 2)
    return y @ half @ expm(second * dt) @ half


def _of_one_gate(Q, pairs):
    part = np.zeros((4, 4))
    for a, b in pairs:
        part[a, b], part[b, a] = Q[a, b], Q[b, a]
    return part - np.diag(part.sum(axis=1))


def tangent(law, v):
    """Return s V_j and its slope along V_j, which is 0 where the current falls with V_j."""
    by = 1e-2
    far, near = (
        [factor(law, None, v + k * h) * (v + k * h) for k in (1, -1)] for h in (2 * by, by)
    )
    slope = (8 * (near[0] - near[1]) - (far[0] - far[1])) / (12 * by)
    return factor(law, None, v) * v, np.maximum(slope, 0.0)
