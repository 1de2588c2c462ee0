"""Values with units as plain arrays, and back."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import ArrayLike, Value


def as_plain(value: ArrayLike, unit: u.Unit) -> jax.Array:
    """Return a value as a plain array in ``unit``; half precision becomes float32."""
    plain = value.to_decimal(unit) if isinstance(value, u.Quantity) else value
    plain = jnp.asarray(plain)
    return plain.astype(jnp.promote_types(plain.dtype, jnp.float32))


def with_unit(value: jax.Array, unit: u.Unit) -> Value:
    """Return a plain array as a quantity; unchanged if ``unit`` is unitless."""
    return value if unit.is_unitless else u.Quantity(value, unit=unit)
