"""Functions in rate equations whose textbook forms give 0/0 or overflow for some arguments.

Their values and derivatives are finite for every finite argument, in float32 and float64.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

# exp(80) fits into float32. Its square, which appears in derivatives, may be infinite there, but
# nothing may become NaN.
_LIMIT = 80.0
# For arguments closer to 0 than this, the series is exact in float64, and the derivative of the
# closed form loses digits.
_SMALL = 1e-2
# Avoids a division by 0 for a state that is never left.
_TINY = 1e-20
# With these, transition matrices are exact to rounding for rates up to 1e4 per time step. For
# larger rates they are less precise, but each row still holds probabilities.
_SQUARINGS = 20
_ORDER = 4


def exp(x: jax.Array) -> jax.Array:
    """Return the exponential; arguments below -80 count as -80, those above 80 as 80."""
    return jnp.exp(jnp.clip(x, -_LIMIT, _LIMIT))


def fall(x: jax.Array) -> jax.Array:
    r"""Return :math:`e^{-x} - 1` for nonnegative x, exact to rounding.

    It is computed from the hyperbolic tangent, which takes XLA less time than ``expm1``.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(fall(jnp.inf)), round(float(fall(0.5)), 4)
    (-1.0, -0.3935)
    """
    t = jnp.tanh(x / 2)
    return -2 * t / (1 + t)


def linoid(x: jax.Array) -> jax.Array:
    r"""Return :math:`x / (1 - e^{-x})`, and its limit 1 at 0, where this formula would give 0/0.

    Below x = -80 the result stays at its value there, 1e-33.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> linoid(jnp.array([0., 1000.])).tolist()
    [1.0, 1000.0]
    >>> float(jax.grad(linoid)(0.))
    0.5
    """
    # The closed form is written as max(x, 0) + |x| / (e^|x| - 1), which does not overflow.
    small = jnp.abs(x) < _SMALL
    s = jnp.where(small, x, 0.0)
    series = 1 + s / 2 + s**2 / 12 - s**4 / 720
    a = jnp.clip(jnp.where(small, 1.0, jnp.abs(x)), None, _LIMIT)
    closed = jnp.where(x > 0, x, 0.0) + a / jnp.expm1(a)
    return jnp.where(small, series, closed)


@jax.jit
def stationary(rates: jax.Array) -> jax.Array:
    """Return the occupancies at which a scheme of states settles.

    The method is the elimination of Grassmann, Taksar & Heyman (1985, Oper Res 33:1107). It has no
    subtraction, so that every occupancy has full relative precision, however different the rates.

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
        # A common factor of all rates does not change the result; without this division the
        # products of large rates would overflow.
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
        # Normalised after each state, so that the weights do not overflow.
        weights = weights / weights.sum(-1, keepdims=True)
    return weights


@jax.jit
def transition_matrix(rates: jax.Array) -> jax.Array:
    """Return the probability of being in state b one unit of time after being in state a.

    This is the exponential of the rate matrix, by scaling and squaring. All matrices on the way are
    nonnegative and their rows are normalised. So each entry is precise, and the rows hold
    probabilities for all rates, while ``jax.scipy.linalg.expm`` gives NaN for large ones.

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
    # exp(Q) = exp(-top) exp(Q + top), and all entries of Q + top are nonnegative. The factor
    # exp(-top) drops out when the rows are normalised.
    positive = small + eye * (top - leaving)
    # The product with 0 gives the identity matrix the leading axes of the rates.
    power = term = eye + positive * 0
    for order in range(1, _ORDER + 1):
        term = term @ positive / order
        power = power + term

    def square(_: jax.Array, matrix: jax.Array) -> jax.Array:
        matrix = matrix / matrix.sum(-1, keepdims=True)
        return matrix @ matrix

    power = jax.lax.fori_loop(0, _SQUARINGS, square, power)
    return power / power.sum(-1, keepdims=True)
