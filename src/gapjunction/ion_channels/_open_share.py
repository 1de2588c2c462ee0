"""The open fraction of a channel, from the open fractions of its gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._kinetics import Kinetics, total

if TYPE_CHECKING:
    from gapjunction.ion_channels._rate_functions import Readings

Terms = tuple[tuple[float, tuple[str, ...]], ...]


def open_share(
    gates: Mapping[str, Kinetics], terms: Terms | None, readings: Readings, V: QuantityLike
) -> jax.Array:
    """Return the open share of the maximal conductance, from the open fraction of each gate."""
    products = []
    for weight, names in ((1.0, tuple(gates)),) if terms is None else terms:
        product = weight * jnp.ones_like(u.get_mantissa(V))
        for name in names:
            product = product * _power(readings[name], gates[name].power)
        products.append(product)
    return total(products)


def _power(x: jax.Array, p: float) -> jax.Array:
    # For an integer power JAX uses multiplications; the gradient of x ** 3.0 would be NaN at 0.
    return x ** int(p) if float(p).is_integer() else x**p
