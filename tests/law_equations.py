"""The laws of ``every_law`` as equations in NumPy, for SciPy to integrate.

Each is a pair of functions of (state, V_j): the number s, and the rate of change of the state; and
the state at rest as a function of V_j.
"""

import numpy as np
from scipy.linalg import null_space
from scipy.special import expit


def at_once(s):
    return (lambda _, v: s(v)), (lambda _, v: np.zeros(0)), (lambda v: np.zeros(0))


def boltzmann(V0, k, low, rate=None, closing=0.5):
    """Parameters are pairs, for negative and for positive voltages."""

    def pick(v):
        return [p[int(v > 0)] for p in (V0, k, low)]

    def rest(v):
        V0, k, _ = pick(v)
        return expit(-(abs(v) - V0) / k)

    def conductance(n, v):
        low = pick(v)[2]
        return low + (1 - low) * n

    if rate is None:
        return at_once(lambda v: conductance(rest(v), v))

    def change(n, v):
        V0, k, _ = pick(v)
        x, lam = (abs(v) - V0) / k, rate[int(v > 0)]
        return lam * (np.exp((closing - 1) * x) * (1 - n) - np.exp(closing * x) * n)

    return (lambda y, v: conductance(y[0], v)), change, (lambda v: np.array([rest(v)]))


def contingent(one, other, both, fast=False):
    """Halves are (V0, slope, residual, open, polarity, rate, closing)."""
    resistances = []
    for _, _, residual, open_, *_ in (one, other):
        resistances.append((0.5 / open_, 1 / (residual * open_) - 0.5 / open_))
    total = np.add.outer(*resistances)
    # Open-open, pre closed, post closed, both.
    levels = total[0, 0] / np.array([total[0, 0], total[1, 0], total[0, 1], total[1, 1]])

    def matrix(v):
        Q = np.zeros((4, 4))
        for open_, closed, half, sign in (
            (0, 1, one, 1),
            (2, 3, one, 1),
            (0, 2, other, -1),
            (1, 3, other, -1),
        ):
            V0, k, _, _, polarity, rate, a = half
            x = (polarity * sign * v - V0) / k
            Q[open_, closed] = rate * np.exp(a * x) * (both if closed == 3 else 1)
            Q[closed, open_] = rate * np.exp((a - 1) * x)
        return Q - np.diag(Q.sum(1))

    def rest(v):
        (p,) = null_space(matrix(v).T, rcond=1e-13).T
        return p / p.sum()

    if fast:
        return at_once(lambda v: rest(v) @ levels)
    return (lambda p, v: p @ levels), (lambda p, v: p @ matrix(v)), rest


def rectifier(V_half, k, low):
    return at_once(lambda v: low + (1 - low) * expit((v - V_half) / k))


def creep(v):
    return 1 / (1 + (v / 30) ** 2)


ONE, OTHER = (60, 8, 0.25, 60), (40, 10, 0.1, 30)
EQUATIONS = {
    "ohmic": at_once(lambda v: 1.0),
    "rectifier": rectifier(0, 5, 0.1),
    "reversed": rectifier(10, -3, 0),
    "hard": at_once(lambda v: np.heaviside(v, 0.5)),
    "olive": at_once(lambda v: 0.2 + 0.8 * np.exp(-((v / 10) ** 2))),
    "fast": boltzmann((40, 40), (8, 8), (0.2, 0.2)),
    "one-sided": boltzmann((15, 60), (5, 9), (0.1, 0.3)),
    "slow": boltzmann((40, 40), (8, 8), (0.2, 0.2), (0.2, 0.2), 0.3),
    "slow, one-sided": boltzmann((15, 60), (5, 9), (0.1, 0.3), (0.1, 0.3)),
    "homotypic": contingent((*ONE, -1, 1, 0.5), (*ONE, -1, 1, 0.5), 0, fast=True),
    "heterotypic": contingent((*ONE, -1, 1, 0.5), (*OTHER, -1, 1, 0.5), 0.3, fast=True),
    "slow halves": contingent((*ONE, -1, 0.2, 0.5), (*OTHER, -1, 0.05, 0.8), 0),
    "opposite": contingent((*ONE, -1, 0.2, 0.5), (*ONE, 1, 0.2, 0.5), 1),
    "own": (
        lambda y, v: y[0],
        lambda y, v: (creep(v) - y) / 3,
        lambda v: np.array([creep(v)]),
    ),
}
