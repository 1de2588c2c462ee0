"""Conductance that falls with the voltage difference of either sign."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_real, check_unit, describe
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.laws._law import Law
from gapjunction.laws._numbers import PER_MS, difference


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Boltzmann(Law):
    r"""A channel that closes when the transjunctional voltage is large, in either direction.

    Its conductance follows a Boltzmann curve of :math:`|V_j|`, with
    :math:`V_j = V_{pre} - V_{post}`:

    .. math::
        s_\infty = s_{min} + (1 - s_{min})\,n_\infty, \qquad
        n_\infty = \frac{1}{1 + e^{(|V_j| - V_0)/k}}

    Without a ``rate``, the open fraction ``n`` is always at its steady state. With one, it relaxes
    with the rates of opening and closing

    .. math::
        \alpha = \lambda\, e^{-(1 - a)(|V_j| - V_0)/k}, \quad \beta = \lambda\, e^{a(|V_j| - V_0)/k}

    so that :math:`n_\infty = \alpha / (\alpha + \beta)`. Each parameter but ``closing`` is one
    value, or a pair of values: the first for :math:`V_j < 0` and the second for :math:`V_j > 0`.

    Parameters
    ----------
    V0 : Quantity
        :math:`V_0`, the value of :math:`|V_j|` at which the conductance is half way between 1 and
        ``s_min``.
    slope : Quantity
        ``k``, the change of voltage that changes the ratio of closed to open channels e-fold. For a
        gating charge ``z`` it is ``kT / ze``.
    s_min : float or pair of floats
        :math:`s_{min}`, the fraction of the conductance that remains at large voltages.
    rate : Quantity, optional
        :math:`\lambda`, the rate of opening and of closing at ``V0``. By default the conductance
        follows the voltage without delay.
    closing : float, default 0.5
        ``a``, the share of the voltage dependence that is in the rate of closing; the rest is in
        the rate of opening.

    Raises
    ------
    saiunit.UnitMismatchError, ValueError
        If a parameter has the wrong unit or a value out of range, or is not one or two values.

    References
    ----------
    .. [1] Spray, D. C., Harris, A. L., & Bennett, M. V. L. (1981). Equilibrium properties of a
       voltage-dependent junctional conductance. J Gen Physiol, 77(1), 77-93.
       https://doi.org/10.1085/jgp.77.1.77
    .. [2] Harris, A. L., Spray, D. C., & Bennett, M. V. L. (1981). Kinetic properties of a
       voltage-dependent junctional conductance. J Gen Physiol, 77(1), 95-117.
       https://doi.org/10.1085/jgp.77.1.95

    Examples
    --------
    >>> import saiunit as u
    >>> law = Boltzmann(V0=60 * u.mV, slope=8 * u.mV, s_min=0.25)
    >>> print(law.steady_state([-150., -60., 0., 60.] * u.mV).round(3))
    [0.25  0.625 1.    0.625]
    >>> print(Boltzmann([15, 60] * u.mV, 8 * u.mV, 0.1).steady_state([-60., 60.] * u.mV).round(3))
    [0.10300001 0.55      ]
    """

    __module__ = "gapjunction.laws"

    V0: QuantityLike
    slope: QuantityLike
    s_min: ArrayLike | Sequence[float] = 0.0
    rate: QuantityLike | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        check_unit("V0", self.V0, u.mV, "a voltage")
        check_unit("slope", self.slope, u.mV, "a voltage")
        if self.rate is not None:
            check_unit("rate", self.rate, 1 / u.ms, "a rate")
            self._pair("rate", PER_MS, 0.0)
        self._pair("V0", u.mV)
        self._pair("slope", u.mV, 0.0)
        check_unit("s_min", self.s_min, u.UNITLESS, "a plain number")
        if not all(0 <= s <= 1 for s in self._pair("s_min", u.UNITLESS)):
            raise ValueError(f"s_min must be in [0, 1], got {describe(self.s_min)}.")
        check_real("closing", self.closing, low=0.0, high=1.0)

    @property
    def instantaneous(self) -> bool:
        """Whether the conductance follows the voltage without delay: there is no ``rate``."""
        return self.rate is None

    def initial(self, V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array | None:
        """Return the steady open fraction at constant voltages, or None without a ``rate``."""
        return None if self.rate is None else jax.nn.sigmoid(-self._x(V_pre, V_post))

    def advance(
        self, state: jax.Array, V_pre: ArrayLike, V_post: ArrayLike, dt: QuantityLike
    ) -> jax.Array:
        """Return the open fraction after ``dt`` at constant voltages; the solution is exact."""
        if self.rate is None:
            return state
        x, toward = self._x(V_pre, V_post), _is_positive(V_pre, V_post)
        a = self.closing
        speed = _stable.exp((a - 1) * x) + _stable.exp(a * x)
        steps = self._choose("rate", PER_MS, toward) * u.Quantity(dt).to_decimal(u.ms)
        return state + (state - jax.nn.sigmoid(-x)) * _stable.fall(speed * steps)

    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return the relative conductance, in the shape of the voltages."""
        n = jax.nn.sigmoid(-self._x(V_pre, V_post)) if state is None else state
        low = self._choose("s_min", u.UNITLESS, _is_positive(V_pre, V_post))
        return low + (1 - low) * n

    def _x(self, V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array:
        """Return the logarithm of the ratio of closed to open in the steady state."""
        v, toward = difference(V_pre, V_post), _is_positive(V_pre, V_post)
        return (jnp.abs(v) - self._choose("V0", u.mV, toward)) / self._choose("slope", u.mV, toward)

    def _choose(self, name: str, unit: u.Unit, positive: jax.Array) -> jax.Array | float:
        """Return a parameter in ``unit``; one value per edge if it depends on the sign of V_j."""
        below, above = self._pair(name, unit)
        return below if below == above else jnp.where(positive, above, below)

    def _pair(self, name: str, unit: u.Unit, above: float = -math.inf) -> tuple[float, float]:
        """Return a parameter's values for negative and for positive V_j, in ``unit``.

        An error is raised unless they are finite and exceed ``above``.
        """
        given = getattr(self, name)
        try:
            values = np.asarray(u.Quantity(given).to_decimal(unit), float)
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be one number, or two; got {describe(given)}.") from None
        if values.shape not in ((), (2,)) or not np.isfinite(values).all():
            raise ValueError(f"{name} must be one finite value, or two; got {describe(given)}.")
        if not (values > above).all():
            raise ValueError(f"{name} must be positive, got {describe(given)}.")
        first, second = np.broadcast_to(values, 2).tolist()
        return first, second


def _is_positive(V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array:
    return u.get_mantissa(u.math.subtract(V_pre, V_post)) > 0
