"""A conductance that is constant."""

from __future__ import annotations

import dataclasses
from typing import Any, final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction.laws._law import Law


@final
@dataclasses.dataclass(frozen=True)
class Ohmic(Law):
    """A conductance that is constant, ``s = 1``: that of the drop-ins.

    Examples
    --------
    >>> import saiunit as u
    >>> print(Ohmic().steady_state([-50., 50.] * u.mV))
    [1. 1.]
    """

    __module__ = "gapjunction.laws"

    @property
    def instantaneous(self) -> bool:
        """It follows nothing."""
        return False

    def conductance(self, state: Any, V_pre: Any, V_post: Any) -> jax.Array:
        """Return 1 for each edge."""
        return jnp.ones_like(u.get_mantissa(V_pre - V_post))
