"""The interface that every gating mechanism of a channel implements."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import Any, NoReturn

import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._parameter import Parameter, check_constant, no_attribute
from gapjunction.ion_channels._rate_functions import Declared, Readings, arguments, check_rate


class Kinetics(abc.ABC):
    """How the open fraction of a channel, or one factor of it, follows voltage and concentrations.

    A channel class declares its gating with instances of two subclasses: :class:`Gate` (two states)
    and :class:`Markov` (any number of states). In all methods ``phi`` is the temperature factor of
    the rates.
    """

    power: float
    q10: float

    def __getattr__(self, name: str) -> NoReturn:
        raise no_attribute(self, name)

    @property
    @abc.abstractmethod
    def instantaneous(self) -> bool:
        """Whether the mechanism follows the voltage without delay, so that it needs no state."""

    @abc.abstractmethod
    def declared(self) -> dict[str, tuple[Declared, u.Unit]]:
        """Return the declared rates and other values, each with the unit that it must have.

        The keys are the names by which error messages call them.
        """

    @abc.abstractmethod
    def check(self, name: str, known: Readings) -> None:
        """Raise an error for an incomplete or contradictory declaration, or wrong units.

        Parameters
        ----------
        name : str
            Name of the gate, for error messages.
        known : dict of str to number or Quantity
            Examples of what rates may read of the channel itself: its parameters, and the open
            fractions of gates that are declared before this one.
        """

    @abc.abstractmethod
    def steady_state_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the steady state at a constant voltage."""

    @abc.abstractmethod
    def start_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the state to start from: by default the steady state."""

    @abc.abstractmethod
    def open_fraction(self, state: jax.Array) -> jax.Array:
        """Return the open fraction for a value of the state, in the shape of V."""

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

    def check_common(self, name: str, known: Readings) -> None:
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
            what = f"{key} of gate {name}"
            check_rate(what, rate, unit, known)
            constant = rate.default if isinstance(rate, Parameter) else rate
            if not callable(constant):
                check_constant(what, constant, unit)


def total(items: Iterable[Any]) -> Any:
    """Return the sum of arrays or quantities; a plain 0 if there are none."""
    # A plain zero can be added to a quantity of any unit.
    return sum(items, 0)
