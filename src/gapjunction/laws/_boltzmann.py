"""Conductance that falls with the voltage difference of either sign, at once or in time."""

from __future__ import annotations

import dataclasses
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_real, check_unit, describe
from gapjunction.laws._law import Law

_PER_MS = u.get_unit(1 / u.ms)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Boltzmann(Law):
    r"""A channel that opens and closes with the transjunctional voltage, of either sign.

    .. math::
        s_\infty = s_{min} + (1 - s_{min})\,n_\infty, \qquad
        n_\infty = \frac{1}{1 + e^{(|V_j| - V_0)/k}}

    With a ``rate`` the open fraction ``n`` follows in time, with the rates of opening and closing

    .. math::
        \alpha = \lambda\, e^{-(1 - a)(|V_j| - V_0)/k}, \quad \beta = \lambda\, e^{a(|V_j| - V_0)/k}

    whose ratio is the steady state above. Each parameter is one value, or two: for
    :math:`V_j < 0` and for :math:`V_j > 0`, with :math:`V_j = V_{pre} - V_{post}`.

    Parameters
    ----------
    V0 : Quantity
        Voltage at which half of what closes is closed.
    slope : Quantity
        ``k``: the voltage over which it closes e-fold; ``kT / ze`` for a gating charge ``z``.
    s_min : float or pair of them
        What remains at large voltages.
    rate : Quantity, optional
        :math:`\lambda`, of opening and of closing at ``V0``; by default it follows at once.
    closing : float, default 0.5
        ``a``, the share of the voltage dependence that is in the closing.

    Raises
    ------
    saiunit.UnitMismatchError, ValueError
        If a parameter is not what it must be, or is not one or two values.

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

    V0: u.Quantity
    slope: u.Quantity
    s_min: Any = 0.0
    rate: u.Quantity | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        check_unit("V0", self.V0, u.mV, "a voltage")
        check_unit("slope", self.slope, u.mV, "a voltage")
        if self.rate is not None:
            check_unit("rate", self.rate, 1 / u.ms, "a rate")
            self._pair("rate", _PER_MS, 0.0)
        self._pair("V0", u.mV, -np.inf)
        self._pair("slope", u.mV, 0.0)
        check_unit("s_min", self.s_min, u.UNITLESS, "a plain number")
        if not all(0 <= s <= 1 for s in self._pair("s_min", u.UNITLESS, -np.inf)):
            raise ValueError(f"s_min must be in [0, 1], got {describe(self.s_min)}.")
        check_real("closing", self.closing, low=0.0, high=1.0)

    @property
    def instantaneous(self) -> bool:
        """Whether there is no ``rate``."""
        return self.rate is None

    def initial(self, V_pre: Any, V_post: Any) -> jax.Array | None:
        """Return the open fraction at voltages that are held; None without a ``rate``."""
        return None if self.rate is None else jax.nn.sigmoid(-self._x(V_pre, V_post))

    def advance(self, state: Any, V_pre: Any, V_post: Any, dt: Any) -> Any:
        """Return the open fraction one ``dt`` later, exactly, at voltages that are held."""
        if self.rate is None:
            return state
        x, toward = self._x(V_pre, V_post), _sign(V_pre, V_post)
        a = self.closing
        speed = _stable.exp((a - 1) * x) + _stable.exp(a * x)
        steps = self._choose("rate", _PER_MS, toward) * dt.to_decimal(u.ms)
        return state + (state - jax.nn.sigmoid(-x)) * _stable.fall(speed * steps)

    def conductance(self, state: Any, V_pre: Any, V_post: Any) -> jax.Array:
        """Return the conductance, shape of the voltages."""
        n = jax.nn.sigmoid(-self._x(V_pre, V_post)) if state is None else state
        low = self._choose("s_min", u.UNITLESS, _sign(V_pre, V_post))
        return low + (1 - low) * n

    def _x(self, V_pre: Any, V_post: Any) -> jax.Array:
        v, toward = (V_pre - V_post).to_decimal(u.mV), _sign(V_pre, V_post)
        return (jnp.abs(v) - self._choose("V0", u.mV, toward)) / self._choose("slope", u.mV, toward)

    def _choose(self, name: str, unit: u.Unit, positive: jax.Array) -> jax.Array | float:
        below, above = self._pair(name, unit, -np.inf)
        return below if below == above else jnp.where(positive, above, below)

    def _pair(self, name: str, unit: u.Unit, above: float) -> tuple[float, float]:
        """Return a parameter's values for negative and positive voltages, above a bound."""
        given = getattr(self, name)
        try:
            values = np.asarray(u.Quantity(given).to_decimal(unit), float)
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be one number, or two; got {describe(given)}.") from None
        if values.shape not in ((), (2,)) or not np.isfinite(values).all():
            raise ValueError(f"{name} must be one value, or two; got {describe(given)}.")
        if not (values > above).all():
            raise ValueError(f"{name} must be positive, got {describe(given)}.")
        first, second = np.broadcast_to(values, 2).tolist()
        return first, second


def _sign(V_pre: Any, V_post: Any) -> jax.Array:
    return u.get_mantissa(V_pre - V_post) > 0
