"""A conductance that is constant."""

from __future__ import annotations

import dataclasses
from typing import final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import ArrayLike
from gapjunction.laws._law import Law


@final
@dataclasses.dataclass(frozen=True)
class Ohmic(Law):
    """A constant conductance, ``s = 1``.

    It is the law of :class:`gapjunction.SymmetryGapJunction` and
    :class:`gapjunction.AsymmetryGapJunction`.

    Examples
    --------
    >>> import saiunit as u
    >>> print(Ohmic().steady_state([-50., 50.] * u.mV))
    [1. 1.]
    """

    __module__ = "gapjunction.laws"

    @property
    def instantaneous(self) -> bool:
        """Always False: the conductance does not depend on the voltages."""
        return False

    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return 1 for each edge."""
        return jnp.ones_like(u.get_mantissa(u.math.subtract(V_pre, V_post)))
