"""A gate with two states, open and closed, as channel classes declare it."""

from __future__ import annotations

import dataclasses

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._stable import fall
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels._rate_functions import Declared, Readings, evaluate


@dataclasses.dataclass(frozen=True)
class Gate(Kinetics):
    r"""A gating variable between 0 (closed) and 1 (open).

    Give one of: the rates ``alpha`` and ``beta``, for :math:`dx/dt = \phi\,(\alpha (1 - x) - \beta
    x)`; the steady state and the time constant, for :math:`dx/dt = \phi\,(x_\infty - x) / \tau`; or
    the steady state alone, for a gate that follows the voltage without delay. :math:`\phi` is the
    temperature factor, ``q10 ** ((T - T_reference) / 10 K)``.

    Parameters
    ----------
    power : float
        The exponent with which the gate enters the conductance.
    alpha, beta : callable, Parameter or Quantity
        Opening and closing rate: constants, or functions of V. A function can also take, by name,
        concentrations, reversal potentials (``E_K``), the ``temperature`` in degrees Celsius,
        parameters and variables of the channel, and gates that are declared before this one
        (``lambda V, Ca: ...``).
    steady_state : callable, Parameter or float
        Open fraction in the steady state, at a constant voltage.
    time_constant : callable, Parameter or Quantity
        Time constant of the approach to the steady state.
    q10 : float
        Factor by which the rates rise per 10 K.
    start : callable or float, optional
        Open fraction to start from, in place of the steady state.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Gate, exponential, linoid
    >>> n = Gate(4, alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
    ...          beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV), q10=3)
    """

    power: float = 1
    alpha: Declared | None = None
    beta: Declared | None = None
    steady_state: Declared | None = None
    time_constant: Declared | None = None
    q10: float = 1.0
    start: Declared | None = None

    @property
    def instantaneous(self) -> bool:
        """Whether the gate follows the voltage without delay."""
        return self.alpha is None and self.time_constant is None

    def declared(self) -> dict[str, tuple[Declared, u.Unit]]:
        """Return the arguments that were given, by name, each with the unit it must have."""
        per_ms = u.get_unit(1 / u.ms)
        every = {
            "alpha": (self.alpha, per_ms),
            "beta": (self.beta, per_ms),
            "steady_state": (self.steady_state, u.UNITLESS),
            "time_constant": (self.time_constant, u.ms),
            "start": (self.start, u.UNITLESS),
        }
        return {key: (rate, unit) for key, (rate, unit) in every.items() if rate is not None}

    def check(self, name: str, known: Readings) -> None:
        """Raise an error for an incomplete or contradictory declaration, or wrong units."""
        given = set(self.declared()) - {"start"}
        if given not in (
            {"alpha", "beta"},
            {"steady_state", "time_constant"},
            {"steady_state"},
        ):
            raise ValueError(
                f"gate {name} must be given by alpha and beta, by steady_state and "
                f"time_constant, or by steady_state alone; got {sorted(given) or 'nothing'}."
            )
        if self.instantaneous and self.start is not None:
            raise ValueError(
                f"start of gate {name} must be left out: the gate follows V without delay."
            )
        self.check_common(name, known)

    def steady_state_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the open fraction in the steady state at a constant voltage."""
        if self.alpha is None:
            return evaluate(self.steady_state, V, concentrations)
        alpha = evaluate(self.alpha, V, concentrations)
        return alpha / (alpha + evaluate(self.beta, V, concentrations))

    def start_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the open fraction to start from: by default the steady state."""
        if self.start is None:
            return self.steady_state_at(V, concentrations)
        return evaluate(self.start, V, concentrations)

    def time_constant_at(self, V: QuantityLike, concentrations: Readings, phi: float) -> u.Quantity:
        """Return the time constant at a voltage."""
        if self.alpha is None:
            return evaluate(self.time_constant, V, concentrations) / phi
        alpha = evaluate(self.alpha, V, concentrations)
        return 1 / ((alpha + evaluate(self.beta, V, concentrations)) * phi)

    def open_fraction(self, state: jax.Array) -> jax.Array:
        """Return the gating variable itself."""
        return state

    def advance(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> jax.Array:
        """Return the gating variable one ``dt`` later: exponential approach (Rush & Larsen)."""
        dt = brainstate.environ.get_dt()
        target = self.steady_state_at(V, concentrations)
        elapsed = jnp.asarray(dt / self.time_constant_at(V, concentrations, phi))
        return state + (state - target) * fall(elapsed)

    def derivative(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> u.Quantity:
        """Return the time derivative of the gating variable."""
        target = self.steady_state_at(V, concentrations)
        return (target - state) / self.time_constant_at(V, concentrations, phi)
