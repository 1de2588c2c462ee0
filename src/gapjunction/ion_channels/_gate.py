"""One gate of a channel, as a declaration."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import describe

RateLike: TypeAlias = Any
"""A function of V and of concentrations by name, or a constant."""


@dataclasses.dataclass(frozen=True)
class Gate:
    r"""A gating variable between 0 (closed) and 1 (open).

    Give one of: the rates ``alpha`` and ``beta``, for
    :math:`dx/dt = \phi\,(\alpha (1 - x) - \beta x)`; the steady state and the time constant, for
    :math:`dx/dt = \phi\,(x_\infty - x) / \tau`; or the steady state alone, for a gate that follows
    the voltage at once. :math:`\phi` is the temperature factor,
    ``q10 ** ((T - T_reference) / 10 K)``.

    Parameters
    ----------
    power : float
        The exponent with which the gate enters the conductance.
    alpha, beta : callable or Quantity
        Opening and closing rate: functions of V, and of concentrations by name
        (``lambda V, Ca: ...``).
    steady_state : callable or float
        Open fraction at a voltage that is held.
    time_constant : callable or Quantity
        Time constant of the approach to it.
    q10 : float
        Factor of speed per 10 K.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Gate, exponential, linoid
    >>> n = Gate(4, alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
    ...          beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV), q10=3)
    """

    power: float = 1
    alpha: RateLike | None = None
    beta: RateLike | None = None
    steady_state: RateLike | None = None
    time_constant: RateLike | None = None
    q10: float = 1.0

    @property
    def instantaneous(self) -> bool:
        """Whether the gate follows the voltage at once."""
        return self.alpha is None and self.time_constant is None

    @property
    def reads(self) -> tuple[str, ...]:
        """The concentrations its functions take, by name."""
        names: list[str] = []
        for rate in self._functions().values():
            if callable(rate):
                names += list(inspect.signature(rate).parameters)[1:]
        return tuple(dict.fromkeys(names))

    def steady_state_at(self, V: Any, concentrations: Mapping[str, Any]) -> Any:
        """Return the open fraction at a voltage that is held."""
        if self.alpha is None:
            return evaluate(self.steady_state, V, concentrations)
        alpha = evaluate(self.alpha, V, concentrations)
        return alpha / (alpha + evaluate(self.beta, V, concentrations))

    def time_constant_at(self, V: Any, concentrations: Mapping[str, Any], phi: float) -> Any:
        """Return the time constant at a voltage, for a temperature factor ``phi``."""
        if self.alpha is None:
            return evaluate(self.time_constant, V, concentrations) / phi
        alpha = evaluate(self.alpha, V, concentrations)
        return 1 / ((alpha + evaluate(self.beta, V, concentrations)) * phi)

    def check(self, name: str) -> None:
        """Refuse a declaration that does not say one thing, or not in the right units."""
        given = {key for key, rate in self._functions().items() if rate is not None}
        allowed = ({"alpha", "beta"}, {"steady_state", "time_constant"}, {"steady_state"})
        if given not in allowed:
            raise ValueError(
                f"gate {name} must be given by alpha and beta, by steady_state and "
                f"time_constant, or by steady_state alone; got {sorted(given) or 'nothing'}."
            )
        for key, value in (("power", self.power), ("q10", self.q10)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise ValueError(
                    f"{key} of gate {name} must be a positive number, got {describe(value)}."
                )
        rate_unit = u.get_unit(1 / u.ms)
        wanted = {"alpha": rate_unit, "beta": rate_unit, "time_constant": u.ms}
        for key in sorted(given):
            self._check_unit(name, key, wanted.get(key, u.UNITLESS))

    def _check_unit(self, name: str, key: str, unit: u.Unit) -> None:
        rate = self._functions()[key]
        concentrations = dict.fromkeys(self.reads, 1e-4 * u.mM)
        try:
            # Traced, not computed: a declaration should not start JAX's devices.
            value = jax.eval_shape(
                lambda v: evaluate(rate, v * u.mV, concentrations),
                jax.ShapeDtypeStruct((), jnp.float32),
            )
        except u.UnitMismatchError as error:
            raise u.UnitMismatchError(
                f"{key} of gate {name} must take V in a voltage unit: {error}"
            ) from error
        if u.get_unit(value).dim != unit.dim:
            what = "a number" if unit.is_unitless else f"in a unit such as {unit}"
            raise u.UnitMismatchError(
                f"{key} of gate {name} must be {what}; its unit is {u.get_unit(value)}."
            )

    def _functions(self) -> dict[str, RateLike | None]:
        return {
            "alpha": self.alpha,
            "beta": self.beta,
            "steady_state": self.steady_state,
            "time_constant": self.time_constant,
        }


def evaluate(rate: Any, V: Any, concentrations: Mapping[str, Any]) -> Any:
    """Return a rate at a voltage, with the concentrations that it names."""
    if not callable(rate):
        return rate * jnp.ones_like(u.get_mantissa(V))
    names = list(inspect.signature(rate).parameters)[1:]
    missing = [name for name in names if name not in concentrations]
    if missing:
        raise ValueError(
            f"concentration {missing[0]} is needed by {rate!r}; given are {sorted(concentrations)}."
        )
    value = rate(V, **{name: concentrations[name] for name in names})
    if u.math.shape(value) != u.math.shape(V):
        value = value * jnp.ones_like(u.get_mantissa(V))
    return value
