"""The closed form of cells with a dendrite, beside many compartments of equal length."""

import numpy as np
from scipy.linalg import expm

from comparisons import ball_and_stick as cells


def compartments(n, g):
    """Capacitances in nF and conductances in uS of a pair, with n compartments in each branch."""
    C, half = [], []
    for length, radius in ((cells.SOMA, cells.RADIUS), (cells.DENDRITE, cells.THIN)):
        long, r = 1e-4 * length / n, 1e-4 * radius
        C += [2 * np.pi * r * long * cells.CM * 1e3] * n
        half += [1e-6 * cells.RA * long / 2 / (np.pi * r**2)] * n
    C = np.array(C)
    G = np.diag(C / (cells.CM * 1e3) * cells.LEAK * 1e6)
    for k in range(2 * n - 1):
        between = 1 / (half[k] + half[k + 1])
        G[[k, k + 1], [k, k + 1]] += between
        G[[k, k + 1], [k + 1, k]] -= between
    both = np.kron(np.eye(2), G)
    i, j = n + n // 2, 3 * n + n // 2
    both[[i, j], [i, j]] += g
    both[[i, j], [j, i]] -= g
    return np.tile(C, 2), both, (n // 2, 2 * n + n // 2)


def test_transients_and_steady_states_are_those_of_ever_shorter_compartments():
    for g in (1e-4, 1e-1, 1e2):
        times, errors = np.array([0.05, 1.0, 20.0, 3000.0]), []
        want = cells.step_response(g, 0.05, times)
        np.testing.assert_allclose(want[-1], np.array(cells.responses(g)) * 0.05, rtol=1e-7)
        for n in (5, 15, 45):
            C, G, somata = compartments(n, g)
            into = np.zeros(len(C))
            into[somata[0]] = 0.05
            end = np.linalg.solve(G, into)
            rates = G / C[:, None]
            V = np.array([(end - expm(-rates * t) @ end)[list(somata)] for t in times])
            errors.append(np.abs(V - want).max(axis=1) / np.abs(want[:, 0]))
        # A third of the length, a ninth of the error.
        np.testing.assert_allclose(errors[0] / errors[1], 9, rtol=0.25)
        np.testing.assert_allclose(errors[1] / errors[2], 9, rtol=0.25)
