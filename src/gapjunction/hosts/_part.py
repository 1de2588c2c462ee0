"""Units of a population that junctions see as a population of their own."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NoReturn

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike, Value
from gapjunction.hosts._picks import Picks


class Part(brainstate.nn.Dynamics):
    """Units of a population, its *owner*, that junctions couple as a population.

    It has no state of its own, and does not step: it shows the voltages of some units of its owner,
    and hands current to them. Several parts may share units.

    Parameters
    ----------
    owner : Dynamics
        The population.
    size : int
        Number of units of the part.
    """

    def __init__(self, owner: brainstate.nn.Dynamics, size: int) -> None:
        super().__init__(size)
        self.owner: Any = owner

    @property
    @abc.abstractmethod
    def index(self) -> np.ndarray:
        """Flat id in the owner of each unit of the part, shape ``(n,)``; ids may be repeated.

        It is read again at each step, because an owner may not have its units before its
        ``init_state()``.
        """

    # These are computed once, and again if the ids or the shape of the owner change.
    graph_invisible_attrs: tuple[str, ...] = ("_kept",)
    _kept: Picks | None = None

    @property
    def picks(self) -> Picks:
        """The units of the part among those of the owner."""
        index, units = self.index, tuple(self.owner.out_size)
        if self._kept is None or self._kept.ids is not index or self._kept.units != units:
            self._kept = Picks(index, units)
        return self._kept

    def gather(self, x: Value) -> Any:
        """Return the part's values, from those of all units, ``(*batch, *owner.out_size)``."""
        return _like(self.picks.take(jnp.asarray(u.get_mantissa(x))), x)

    def scatter(self, x: Value) -> Any:
        """Return values for all units of the owner: sums of the part's values, and 0 elsewhere."""
        return _like(self.picks.put(jnp.asarray(u.get_mantissa(x))), x)

    def check_state(self, state: str) -> None:
        """Raise an error if a state is not the voltage."""
        if state != "V":
            raise ValueError(f"states must be 'V' for {type(self).__name__}, got {state!r}.")

    def read(self, state: str) -> Any:
        """Return the values of a state of the owner at the units of the part.

        Raises
        ------
        ValueError
            If the state is not the voltage, or the owner is not initialised.
        TypeError
            If voltages are whole numbers, to which a current would be rounded.
        """
        self.check_state(state)
        found = getattr(self.owner, state, None)
        if not isinstance(found, brainstate.State):
            raise ValueError(
                f"{type(self.owner).__name__} has no state {state!r} yet: call its init_state(), "
                "or brainstate.nn.init_all_states(model), before the junction's update()."
            )
        dtype = jnp.asarray(u.get_mantissa(found.value)).dtype
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(
                f"{type(self.owner).__name__} must have voltages in floating point, got {dtype}: "
                "give it a V_init such as -65.0 * u.mV, not -65 * u.mV."
            )
        return self.gather(found.value)

    def update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise an error, because only the owner steps."""
        raise TypeError(
            f"{type(self).__name__} does not step by itself: call the population that it is a part "
            f"of, {type(self.owner).__name__}."
        )

    def add_current_input(
        self, key: str, inp: Callable[..., Any] | ArrayLike, label: str | None = None
    ) -> NoReturn:
        """Raise an error, because inputs belong to the owner."""
        raise TypeError(
            f"{type(self).__name__} takes currents of junctions alone; add other inputs to "
            f"{type(self.owner).__name__}."
        )

    def add_delta_input(
        self, key: str, inp: Callable[..., Any] | ArrayLike, label: str | None = None
    ) -> NoReturn:
        """Raise an error, because inputs belong to the owner."""
        self.add_current_input(key, inp, label)


def _like(plain: Any, x: Value) -> Any:
    """Return plain numbers in the unit of ``x``, if it has one."""
    unit = u.get_unit(x)
    return plain if unit.is_unitless else u.Quantity(plain, unit=unit)
