"""A kinetic scheme that steps by Heun's method."""

from __future__ import annotations

import dataclasses

import brainstate
import jax

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._rate_functions import Readings


@dataclasses.dataclass(frozen=True)
class Heun(Markov):
    """A :class:`Markov` scheme whose step is Heun's, of second order.

    It costs less than the exponential of the rate matrix, and is stable only where ``dt`` is
    shorter than about the time constant of the fastest transition. It is therefore for neurons
    whose other gates need such steps anyway, and not for the catalogue, whose channels must work
    with any step.
    """

    @classmethod
    def of(cls, scheme: Markov) -> Heun:
        """Return a scheme with the declaration of another one, which steps by Heun's method."""
        return cls(**{x.name: getattr(scheme, x.name) for x in dataclasses.fields(scheme)})

    def advance(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> jax.Array:
        """Return the occupancies one ``dt`` later, from the mean of the slopes at both ends."""
        dt = brainstate.environ.get_dt()
        first = self.derivative(state, V, concentrations, phi) * dt
        return state + (first + self.derivative(state + first, V, concentrations, phi) * dt) / 2
