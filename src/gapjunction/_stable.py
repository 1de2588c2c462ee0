"""Functions of the rate equations whose textbook forms are 0/0 or overflow somewhere.

Values and derivatives are finite for every finite argument, in float32 and float64.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

# exp(80) is within float32; its square, which appears in derivatives, need only not be NaN.
_LIMIT = 80.0
# Below this, the series is exact to float64 and the closed form's derivative loses digits.
_SMALL = 1e-2
_TINY = 1e-20
# Rates up to 1e4 per step to rounding; beyond, still a probability matrix.
_SQUARINGS = 20
_ORDER = 4


def exp(x: jax.Array) -> jax.Array:
    """Return the exponential, held at its value for 80 beyond that."""
    return jnp.exp(jnp.clip(x, -_LIMIT, _LIMIT))


def fall(x: jax.Array) -> jax.Array:
    r"""Return :math:`e^{-x} - 1` for nonnegative x, to rounding.

    By the hyperbolic tangent, which XLA computes in less time than ``expm1``.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(fall(jnp.inf)), round(float(fall(0.5)), 4)
    (-1.0, -0.3935)
    """
    t = jnp.tanh(x / 2)
    return -2 * t / (1 + t)


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


@jax.jit
def stationary(rates: jax.Array) -> jax.Array:
    """Return the occupancies that a scheme of states settles at.

    Elimination after Grassmann, Taksar & Heyman (1985, Oper Res 33:1107): it has no subtraction,
    so that every occupancy has full relative precision, however different the rates.

    Parameters
    ----------
    rates : array
        Rate from state a to state b in entry (a, b), shape ``(..., n, n)``; the diagonal is 0.

    Returns
    -------
    array
        Occupancies, shape ``(..., n)``, of sum 1.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> stationary(jnp.array([[0., 3.], [1., 0.]])).tolist()
    [0.25, 0.75]
    """
    n = rates.shape[-1]
    shares = []
    for k in range(n - 1, 0, -1):
        # The scale cancels; without it products of large rates overflow.
        rates = rates / jax.lax.stop_gradient(rates.max((-2, -1), keepdims=True))
        leaving = rates[..., k, :k].sum(-1)
        share = rates[..., :k, k] / jnp.maximum(leaving, _TINY)[..., None]
        shares.append(share)
        rates = rates[..., :k, :k] + share[..., :, None] * rates[..., k, None, :k]
        rates = rates * (1 - jnp.eye(k, dtype=rates.dtype))
    weights = jnp.ones_like(rates[..., 0])
    for share in reversed(shares):
        last = (weights * share).sum(-1, keepdims=True)
        weights = jnp.concatenate([weights, last], -1)
        # Normalised as it grows, so that it does not overflow.
        weights = weights / weights.sum(-1, keepdims=True)
    return weights


@jax.jit
def transition_matrix(rates: jax.Array) -> jax.Array:
    """Return the probabilities of being in state b after unit time, from state a.

    The exponential of the rate matrix by scaling and squaring of nonnegative matrices, their rows
    normalised: precise for each entry, and a probability matrix at any rates, where
    ``jax.scipy.linalg.expm`` gives NaN once rates are large.

    Parameters
    ----------
    rates : array
        Rate from a to b in entry (a, b), shape ``(..., n, n)``; the diagonal is 0.

    Returns
    -------
    array
        Shape ``(..., n, n)``, with rows of sum 1.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> [round(p, 3) for p in transition_matrix(jnp.array([[0., 3.], [1., 0.]]))[0].tolist()]
    [0.264, 0.736]
    """
    eye = jnp.eye(rates.shape[-1], dtype=rates.dtype)
    small = rates * 2.0**-_SQUARINGS
    leaving = small.sum(-1, keepdims=True)
    top = leaving.max(-2, keepdims=True)
    # exp(Q) = exp(-top) exp(Q + top): all entries of the second are nonnegative.
    positive = small + eye * (top - leaving)
    power = term = eye + positive * 0
    for order in range(1, _ORDER + 1):
        term = term @ positive / order
        power = power + term

    def square(_: Any, matrix: jax.Array) -> jax.Array:
        matrix = matrix / matrix.sum(-1, keepdims=True)
        return matrix @ matrix

    power = jax.lax.fori_loop(0, _SQUARINGS, square, power)
    return power / power.sum(-1, keepdims=True)
