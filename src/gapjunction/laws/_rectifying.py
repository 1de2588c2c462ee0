"""Conductances that depend on the voltage difference without delay."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_real
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.laws._law import Law
from gapjunction.laws._numbers import check_number, number_in


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Rectifier(Law):
    r"""A conductance that passes current better from pre to post than back.

    It is a sigmoid of the transjunctional voltage :math:`V_j = V_{pre} - V_{post}`:

    .. math:: s = s_{min} + \frac{1 - s_{min}}{1 + e^{-(V_j - V_{half})/k}}

    Parameters
    ----------
    V_half : Quantity, default 0 mV
        Voltage difference at which the conductance is half way between its two limits.
    slope : Quantity, default 5 mV
        ``k``, which sets the range of voltages over which the conductance changes. If it is
        negative, current passes better from post to pre. If it is 0, the conductance jumps at
        ``V_half`` ("hard" rectification); the current is still continuous if ``V_half`` is 0.
    s_min : float, default 0
        Fraction of the conductance that remains in the other direction.

    Raises
    ------
    saiunit.UnitMismatchError
        If ``V_half`` or ``slope`` is not a voltage.
    ValueError
        If a voltage is not one finite value, or ``s_min`` is not in [0, 1].

    Examples
    --------
    >>> import saiunit as u
    >>> print(Rectifier(s_min=0.25).steady_state([-200., 0., 200.] * u.mV))
    [0.25  0.625 1.   ]
    >>> print(Rectifier(slope=0 * u.mV).steady_state([-1., 1.] * u.mV))
    [0. 1.]
    """

    __module__ = "gapjunction.laws"

    V_half: QuantityLike = field(default_factory=lambda: 0.0 * u.mV)
    slope: QuantityLike = field(default_factory=lambda: 5.0 * u.mV)
    s_min: float = 0.0

    def __post_init__(self) -> None:
        check_number("V_half", self.V_half, u.mV, "a voltage")
        check_number("slope", self.slope, u.mV, "a voltage")
        check_real("s_min", self.s_min, low=0.0, high=1.0)

    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return the sigmoid, in the shape of the voltages."""
        v = (u.Quantity(V_pre) - u.Quantity(V_post) - self.V_half).to_decimal(u.mV)
        k = number_in(self.slope, u.mV)
        share = jax.nn.sigmoid(v / k) if k else jnp.heaviside(v, 0.5)
        return self.s_min + (1 - self.s_min) * share

    def largest_slope(self) -> float:
        """Return the largest slope of ``s V_j`` for voltages ``V_j`` from -200 to 200 mV.

        The jump of a conductance whose ``slope`` is 0 is not counted.
        """
        found, k = super().largest_slope(), number_in(self.slope, u.mV)
        if not k:
            return found
        # A steep sigmoid lies between the voltages that the base class looks at.
        x = np.linspace(-20.0, 20.0, 2001)
        v = number_in(self.V_half, u.mV) + k * x
        share = 1 / (1 + np.exp(-x))
        slopes = self.s_min + (1 - self.s_min) * share * (1 + v / k * (1 - share))
        return max(found, float(slopes[abs(v) <= 200].max(initial=0.0)))


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Olive(Law):
    r"""A conductance that falls with the size of the voltage difference.

    It was used for models of the inferior olive, whose cells are coupled by gap junctions.

    .. math:: s = s_{min} + (1 - s_{min})\, e^{-V_j^2 / w^2}

    Parameters
    ----------
    width : Quantity, default 10 mV
        ``w``, the voltage difference at which the part that vanishes has fallen to ``1/e``.
    s_min : float, default 0.2
        Fraction of the conductance that remains at large voltage differences.

    Raises
    ------
    saiunit.UnitMismatchError, ValueError
        If ``width`` is not a positive voltage, or ``s_min`` is not in [0, 1].

    References
    ----------
    .. [1] De Gruijl, J. R., Bazzigaluppi, P., de Jeu, M. T. G., & De Zeeuw, C. I. (2012). Climbing
       fiber burst size and olivary sub-threshold oscillations in a network setting. PLoS Comput
       Biol, 8(12), e1002814. https://doi.org/10.1371/journal.pcbi.1002814. The model's code has
       this form, with the default numbers, and attributes it to Schweighofer et al. 2004.

    Examples
    --------
    >>> import saiunit as u
    >>> print(Olive(s_min=0.25).steady_state([0., 100.] * u.mV))
    [1.   0.25]
    """

    __module__ = "gapjunction.laws"

    width: QuantityLike = field(default_factory=lambda: 10.0 * u.mV)
    s_min: float = 0.2

    def __post_init__(self) -> None:
        check_number("width", self.width, u.mV, "a voltage", positive=True)
        check_real("s_min", self.s_min, low=0.0, high=1.0)

    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return the bell-shaped curve, in the shape of the voltages."""
        x = jnp.asarray((u.Quantity(V_pre) - u.Quantity(V_post)) / self.width)
        return self.s_min + (1 - self.s_min) * jnp.exp(-x * x)
