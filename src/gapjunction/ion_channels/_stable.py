"""Functions of the rate equations whose textbook forms are 0/0 or overflow somewhere.

Values and derivatives are finite for every finite argument, in float32 and float64.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

# exp(80) is within float32; its square, which appears in derivatives, need only not be NaN.
_LIMIT = 80.0
# Below this, the series is exact to float64 and the closed form's derivative loses digits.
_SMALL = 1e-2


def exp(x: jax.Array) -> jax.Array:
    """Return the exponential, held at its value for 80 beyond that."""
    return jnp.exp(jnp.clip(x, -_LIMIT, _LIMIT))


def linoid(x: jax.Array) -> jax.Array:
    r"""Return :math:`x / (1 - e^{-x})`, which is 1 at 0 and 0/0 if computed as it is written.

    Below x = -80 it is held at its value there, 1e-33.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> linoid(jnp.array([0., 1000.])).tolist()
    [1.0, 1000.0]
    >>> float(jax.grad(linoid)(0.))
    0.5
    """
    # x / (1 - e^-x) = max(x, 0) + |x| / (e^|x| - 1): no branch overflows.
    small = jnp.abs(x) < _SMALL
    s = jnp.where(small, x, 0.0)
    series = 1 + s / 2 + s**2 / 12 - s**4 / 720
    a = jnp.clip(jnp.where(small, 1.0, jnp.abs(x)), None, _LIMIT)
    closed = jnp.where(x > 0, x, 0.0) + a / jnp.expm1(a)
    return jnp.where(small, series, closed)
