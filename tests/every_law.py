"""A junction law of every kind, for tests of what all have in common."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.laws import Boltzmann, Contingent, Hemichannel, Law, Ohmic, Olive, Rectifier

RATE = 0.2 / u.ms


@dataclasses.dataclass(frozen=True, eq=False)
class Creep(Law):
    """A law that is none of the package's: s follows 1 / (1 + (V_j / V)^2) in ``tau``."""

    V: u.Quantity
    tau: u.Quantity

    instantaneous = False

    def initial(self, V_pre, V_post):
        return 1 / (1 + jnp.square((V_pre - V_post) / self.V))

    def advance(self, state, V_pre, V_post, dt):
        to = self.initial(V_pre, V_post)
        return to + (state - to) * jnp.exp(-dt / self.tau)

    def conductance(self, state, V_pre, V_post):
        return state


def half(V0=60.0, slope=8.0, residual=0.25, open=60.0, polarity=-1, **kwargs):
    """Return a hemichannel, from mV and pS."""
    return Hemichannel(V0 * u.mV, slope * u.mV, residual, open * u.psiemens, polarity, **kwargs)


EVERY = {
    "ohmic": Ohmic(),
    "rectifier": Rectifier(s_min=0.1),
    "reversed": Rectifier(V_half=10 * u.mV, slope=-3 * u.mV),
    "hard": Rectifier(slope=0 * u.mV),
    "olive": Olive(),
    "fast": Boltzmann(40 * u.mV, 8 * u.mV, 0.2),
    "one-sided": Boltzmann([15, 60] * u.mV, [5, 9] * u.mV, [0.1, 0.3]),
    "slow": Boltzmann(40 * u.mV, 8 * u.mV, 0.2, RATE, closing=0.3),
    "slow, one-sided": Boltzmann([15, 60] * u.mV, [5, 9] * u.mV, [0.1, 0.3], [0.1, 0.3] / u.ms),
    "homotypic": Contingent(half(), half()),
    "heterotypic": Contingent(half(), half(40, 10, 0.1, 30), both=0.3),
    "slow halves": Contingent(half(rate=RATE), half(40, 10, 0.1, 30, rate=RATE / 4, closing=0.8)),
    "opposite": Contingent(half(rate=RATE), half(polarity=1, rate=RATE), both=1.0),
    "own": Creep(30 * u.mV, 3 * u.ms),
}
SYMMETRIC = ("ohmic", "olive", "fast", "slow", "homotypic", "own")
STATEFUL = tuple(name for name, law in EVERY.items() if law.initial(0 * u.mV, 0 * u.mV) is not None)


def held(V_j):
    """Return V_pre and V_post, in mV, a difference of ``V_j`` apart."""
    V_j = jnp.asarray(V_j)
    return (V_j / 2 - 30) * u.mV, (-V_j / 2 - 30) * u.mV


def settled(law, V_j):
    """Return s at voltage differences in mV that are held."""
    return np.asarray(law.conductance(law.initial(*held(V_j)), *held(V_j)))
