"""The demo's model written anew, with every matrix dense, for SciPy's stiff solver."""

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp

import gapjunction as gj

N = 279


class Reference:
    """C dV/dt and ds/dt in mV, s, pS, pF.

    Parameters
    ----------
    current : array of N
        Stimulus in pA.
    """

    def __init__(self, current):
        worm = gj.datasets.celegans()
        self.gap, self.synaptic = np.zeros((N, N)), np.zeros((N, N))
        for i, j, count in zip(*worm.electrical, worm.junctions, strict=True):
            self.gap[i, j] += 100.0 * count
            self.gap[j, i] += 100.0 * count
        for i, j, count in zip(*worm.chemical, worm.synapses, strict=True):
            self.synaptic[j, i] += 100.0 * count
        self.E = np.zeros(N)
        self.E[worm.inhibitory] = -48.0
        self.threshold = self.rest(current)
        self.current = 1e3 * current  # pA to pS mV
        self.start = np.concatenate([self.rest(np.zeros(N)), np.full(N, 1 / 11)])

    def rest(self, current):
        """Solve 0 = dV/dt with phi = 1/2, that is s = 1 / (1 + 2 * 5)."""
        s = np.full(N, 1 / 11)
        total = 10.0 + self.gap.sum(axis=1) + self.synaptic @ s
        inflow = 10.0 * -35.0 + self.synaptic @ (s * self.E) + 1e3 * current
        return np.linalg.solve(np.diag(total) - self.gap, inflow)

    def __call__(self, t, y):
        """Return the slopes at time t (s)."""
        V, s = y[:N], y[N:]
        leak = 10.0 * (-35.0 - V)
        gap = (self.gap * (V[None, :] - V[:, None])).sum(axis=1)
        chemical = (self.synaptic * s[None, :] * (self.E[None, :] - V[:, None])).sum(axis=1)
        phi = 0.5 * (1 + np.tanh(0.125 * (V - self.threshold) / 2))
        return np.concatenate([leak + gap + chemical + self.current, phi * (1 - s) - 5.0 * s])

    def jacobian(self, t, y):
        """Return the slopes' derivatives."""
        V, s = y[:N], y[N:]
        phi = 0.5 * (1 + np.tanh(0.125 * (V - self.threshold) / 2))
        own = -10.0 - self.gap.sum(axis=1) - self.synaptic @ s
        dense = np.block(
            [
                [self.gap + np.diag(own), self.synaptic * (self.E[None, :] - V[:, None])],
                [np.diag(0.125 * phi * (1 - phi) * (1 - s)), np.diag(-phi - 5.0)],
            ]
        )
        return sp.csc_matrix(dense)

    def solve(self, times, rtol=1e-8, atol=1e-6):
        """Return V in mV at times in ms, shape (n_times, N)."""
        found = solve_ivp(
            self,
            (0, times[-1] / 1e3),
            self.start,
            method="BDF",
            jac=self.jacobian,
            t_eval=np.asarray(times) / 1e3,
            rtol=rtol,
            atol=atol,
        )
        return found.y[:N].T
