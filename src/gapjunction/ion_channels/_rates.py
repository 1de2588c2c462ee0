r"""Rate forms, under the names that the field uses.

A rate form is created with its parameters and called with a voltage. A rate that combines several
forms is written as a function that calls them::

    slow = exponential(1, -35 * u.mV, 10 * u.mV)
    tau = lambda V: 1.5 * u.ms + 3.0 * u.ms / (1 + slow(V))

Throughout, :math:`x = (V - V_{half}) / k`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_unit, describe, with_own_init
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels._parameter import Parameter


@dataclasses.dataclass(frozen=True)
class RateForm:
    """A function of voltage with a scale, a voltage and a slope.

    Parameters
    ----------
    scale : Quantity, float or Parameter
        What the form is multiplied by: a rate (1/ms), a time (ms), or a number.
    V_half : Quantity or Parameter
        Voltage at which x is 0.
    slope : Quantity or Parameter
        Change of voltage over which x changes by 1; its sign gives the direction of the curve.

    Raises
    ------
    saiunit.UnitMismatchError
        If ``V_half`` or ``slope`` is not a voltage.
    ValueError
        If ``slope`` is 0.
    """

    # A quantity of any dimension, a number or a Parameter.
    scale: Any
    V_half: QuantityLike | Parameter
    slope: QuantityLike | Parameter

    def __post_init__(self) -> None:
        for name in ("V_half", "slope"):
            check_unit(name, _default(getattr(self, name)), u.mV, "a voltage")
        slope = u.get_mantissa(_default(self.slope))
        # A value that JAX traces is not known yet.
        if not isinstance(slope, jax.core.Tracer) and (np.asarray(slope) == 0).any():
            raise ValueError(f"slope must not be zero, got {describe(_default(self.slope))}.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the parameters among its numbers."""
        fields = (self.scale, self.V_half, self.slope)
        return tuple(dict.fromkeys(x.name for x in fields if isinstance(x, Parameter)))

    def _scale(self, values: Mapping[str, Any]) -> Any:
        return _read(self.scale, values)

    def _x(self, V: QuantityLike, values: Mapping[str, Any]) -> jax.Array:
        return jnp.asarray((V - _read(self.V_half, values)) / _read(self.slope, values))


def _default(field: Any) -> Any:
    return field.default if isinstance(field, Parameter) else field


def _read(field: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(field, Parameter):
        return field
    if field.name not in values:
        raise ValueError(
            f"{field.name or 'the Parameter'} of a rate form must be given where a function calls "
            f"it: form(V, {field.name or 'name'}=...)."
        )
    return values[field.name]


@with_own_init
class exponential(RateForm):  # noqa: N801
    r"""scale :math:`e^x`, with x limited to [-80, 80] so that the value does not overflow.

    Examples
    --------
    >>> import saiunit as u
    >>> beta_m = exponential(4.0 / u.ms, -65 * u.mV, -18 * u.mV)
    >>> print(beta_m(-65.0 * u.mV))
    4. kHz
    """

    def __call__(self, V: QuantityLike, **parameters: ArrayLike) -> Any:
        return self._scale(parameters) * _stable.exp(self._x(V, parameters))


@with_own_init
class linoid(RateForm):  # noqa: N801
    r"""scale :math:`x / (1 - e^{-x})`: exponential far below ``V_half``, linear far above.

    Its value at ``V_half`` is ``scale``. Papers write :math:`A (V - V_{half}) / (1 - e^{-x})`;
    ``scale`` is then :math:`A k`.

    Examples
    --------
    >>> import saiunit as u
    >>> alpha_m = linoid(1.0 / u.ms, -40 * u.mV, 10 * u.mV)  # 0.1 (V + 40) / (1 - exp(...))
    >>> print(alpha_m(-40.0 * u.mV))
    1. kHz
    """

    def __call__(self, V: QuantityLike, **parameters: ArrayLike) -> Any:
        return self._scale(parameters) * _stable.linoid(self._x(V, parameters))


@with_own_init
class sigmoid(RateForm):  # noqa: N801
    r"""scale :math:`/ (1 + e^{-x})`: a Boltzmann function, rising where ``slope`` is positive.

    Examples
    --------
    >>> import saiunit as u
    >>> m_inf = sigmoid(1.0, -35 * u.mV, 7 * u.mV)
    >>> print(m_inf(-35.0 * u.mV))
    0.5
    """

    def __call__(self, V: QuantityLike, **parameters: ArrayLike) -> Any:
        return self._scale(parameters) * jax.nn.sigmoid(self._x(V, parameters))
