"""The interface that every gating mechanism of a channel implements."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, QuantityLike

RateLike: TypeAlias = Callable[..., Any] | ArrayLike
"""A function of V, and of concentrations and other gates by name; or a constant."""

Readings: TypeAlias = Mapping[str, ArrayLike]
"""What rates can read besides V: concentrations, and open fractions of other gates, by name."""


class Kinetics(abc.ABC):
    """How the open fraction of a channel, or one factor of it, follows voltage and concentrations.

    A channel class declares its gating with instances of two subclasses: :class:`Gate` (two states)
    and :class:`Markov` (any number of states). In all methods ``phi`` is the temperature factor of
    the rates.
    """

    power: float
    q10: float

    @property
    @abc.abstractmethod
    def instantaneous(self) -> bool:
        """Whether the mechanism follows the voltage at once, so that it needs no state."""

    @abc.abstractmethod
    def declared(self) -> dict[str, tuple[RateLike, u.Unit]]:
        """Return what is declared, by its name in error messages: value and unit it must have."""

    @abc.abstractmethod
    def check(self, name: str, siblings: Collection[str] = ()) -> None:
        """Raise an error for an incomplete or contradictory declaration, or wrong units.

        Parameters
        ----------
        name : str
            Name of the gate, for error messages.
        siblings : collection of str
            Gates that are declared before this one; rates may read their open fractions.
        """

    @abc.abstractmethod
    def steady_state_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the steady state at a constant voltage."""

    @abc.abstractmethod
    def open_fraction(self, state: jax.Array) -> jax.Array:
        """Return the open fraction that belongs to a state, shape of V."""

    @abc.abstractmethod
    def advance(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> jax.Array:
        """Return the state one ``dt`` later, exact for a constant voltage."""

    @abc.abstractmethod
    def derivative(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> u.Quantity:
        """Return the time derivative of the state."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the concentrations and other gates that its functions take."""
        names: list[str] = []
        for rate, _ in self.declared().values():
            names += arguments(rate)
        return tuple(dict.fromkeys(names))

    def check_common(self, name: str, siblings: Collection[str]) -> None:
        """Raise an error for an invalid power, temperature factor or rate."""
        for key, value in (("power", self.power), ("q10", self.q10)):
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float, np.number))
                or value <= 0
            ):
                raise ValueError(
                    f"{key} of gate {name} must be a positive number, got {describe(value)}."
                )
        for key, (rate, unit) in self.declared().items():
            _check_rate(f"{key} of gate {name}", rate, unit, siblings)


def arguments(rate: RateLike) -> list[str]:
    """Return the names of the concentrations and gates that a rate takes after V."""
    return list(inspect.signature(rate).parameters)[1:] if callable(rate) else []


def evaluate(rate: RateLike | None, V: QuantityLike, concentrations: Readings) -> Any:
    """Return a rate at a voltage, with the concentrations and gates that it names."""
    if rate is None:
        raise ValueError("rate must be a function of V or a constant, got None.")
    if not callable(rate):
        return rate * jnp.ones_like(u.get_mantissa(V))
    names = arguments(rate)
    missing = [name for name in names if name not in concentrations]
    if missing:
        raise ValueError(
            f"concentration {missing[0]} is needed by {rate!r}; given are {sorted(concentrations)}."
        )
    value = rate(V, **{name: concentrations[name] for name in names})
    if u.math.shape(value) != u.math.shape(V):
        value = value * jnp.ones_like(u.get_mantissa(V))
    return value


def total(items: Iterable[Any]) -> Any:
    """Return the sum of arrays or quantities; a plain 0 if there are none."""
    # A plain zero can be added to a quantity of any unit.
    return sum(items, 0)


def _check_rate(name: str, rate: RateLike, unit: u.Unit, siblings: Collection[str]) -> None:
    concentrations = {key: 0.5 if key in siblings else 1e-4 * u.mM for key in arguments(rate)}
    try:
        # The rate is traced, not computed: declaring a class should not start JAX's devices.
        value = jax.eval_shape(
            lambda v: evaluate(rate, v * u.mV, concentrations),
            jax.ShapeDtypeStruct((), jnp.float32),
        )
    except u.UnitMismatchError as error:
        raise u.UnitMismatchError(f"{name} must take V in a voltage unit: {error}") from error
    except Exception as error:
        # A user's function may raise anything, and JAX's own messages do not name the function.
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"{name} must be a function of V (a Quantity) that JAX can trace, without branches on "
            f"its value: {type(error).__name__}: {reason}"
        ) from error
    if u.get_unit(value).dim != unit.dim:
        what = "a number" if unit.is_unitless else f"in a unit such as {unit}"
        raise u.UnitMismatchError(f"{name} must be {what}; its unit is {u.get_unit(value)}.")
    if not callable(rate):
        number = float(u.get_mantissa(rate))
        if not (0 <= number <= 1 if unit.is_unitless else number >= 0):
            raise ValueError(
                f"{name} must be {'between 0 and 1' if unit.is_unitless else 'positive'}, got "
                f"{describe(rate)}."
            )
