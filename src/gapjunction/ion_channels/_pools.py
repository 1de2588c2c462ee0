"""Ion pools: the concentrations that channels read and their currents change."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from typing import Any

import brainstate
import saiunit as u

from gapjunction._checks import check_real, check_unit
from gapjunction._params import value_of
from gapjunction._typing import Parameter, QuantityLike, Size
from gapjunction.ion_channels._ion import Ion, check_ion, valence_of
from gapjunction.ion_channels._nernst import nernst
from gapjunction.ion_channels._parameter import as_parameter, check_positive

# No pool falls below this, so that the logarithm in Nernst's equation stays finite.
LEAST = 1e-9 * u.mM


class IonPool(brainstate.nn.Module):
    """Concentrations of one ion on the two sides of the membrane, and its reversal potential.

    Abstract. The concentrations of a :class:`FixedPool` are constant. In a :class:`DecayPool` the
    currents of the ion change the concentration inside; a :class:`Pool` has any equations.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'} or Ion
        Which ion.
    outside : Quantity, optional
        Concentration outside.
    E : Quantity, optional
        Constant reversal potential; without it, the reversal potential is computed from the
        concentrations by Nernst's equation.
    temperature : float, optional
        In degrees Celsius, for Nernst's equation.
    name : str, optional
        Name of this Module.
    label : str, optional
        Name by which channels read it: a pool with the label ``Ca2`` offers ``Ca2``, ``Ca2_out``
        and ``E_Ca2``. By default it is the ion's name. If a neuron has several pools of one ion,
        each of them needs a label of its own.
    sources : iterable of str, optional
        Names of the channels in its neuron whose currents change it; by default all that carry its
        ion.
    """

    # Whether a neuron has this pool already.
    taken: bool = False
    # An int may be assigned; brainstate makes it a tuple.
    in_size: Any

    def __init__(
        self,
        in_size: Size,
        ion: str,
        outside: Parameter | None = None,
        E: Parameter | None = None,
        temperature: float | None = None,
        name: str | None = None,
        *,
        label: str | None = None,
        sources: Iterable[str] | None = None,
    ) -> None:
        super().__init__(name=name)
        self.in_size = in_size
        self.out_size = self.in_size
        self.ion = check_ion("ion", ion)
        # A label has to follow the rules for names of ions.
        self.label = str(self.ion) if label is None else str(Ion(label, valence_of(self.ion)))
        if isinstance(sources, str):
            raise TypeError(f"sources must be a list of names of channels, got {sources!r}.")
        self.sources = None if sources is None else tuple(sources)
        if E is not None:
            check_unit("E", value_of(E), u.mV, "a voltage")
            E = as_parameter("E", E, self.in_size)
        self.E = E
        self.outside = self._concentration("outside", outside)
        self.temperature = (
            None if temperature is None else check_real("temperature", temperature, low=-273.15)
        )
        if self.E is None and self.temperature is not None and self.outside is not None:
            check_positive("outside", self.outside)

    @property
    @abc.abstractmethod
    def concentration(self) -> u.Quantity | None:
        """The concentration inside, now; None if only ``E`` is known."""

    def offers(self) -> tuple[str, ...]:
        """Return the names that channels can read, such as ``Ca``, ``Ca_out`` and ``E_Ca``."""
        known = {
            self.label: self._has_inside,
            f"{self.label}_out": self._has_outside,
            f"E_{self.label}": self._has_reversal,
        }
        return tuple(name for name, has in known.items() if has)

    def read(self) -> dict[str, u.Quantity]:
        """Return the present values of all that the pool :meth:`offers`, by name."""
        return self.read_at(self.concentration)

    def read_at(self, inside: Any) -> dict[str, u.Quantity]:
        """Return what the pool would offer with the inner concentration ``inside``."""
        return self._offer(inside, value_of(self.outside))

    def read_with(self, states: Mapping[str, Any]) -> dict[str, u.Quantity]:
        """Return what the pool would offer with other values of its states."""
        return self.read_at(states.get("inside", self.concentration))

    def advanced(self, current: u.Quantity | None, duration: QuantityLike) -> dict[str, Any]:
        """Return the values of its states after ``duration`` at a constant current.

        The current is None if no channel conducts the ion.
        """
        return {}

    def _offer(self, inside: Any, outside: Any) -> dict[str, u.Quantity]:
        """Return what the pool would offer with these concentrations."""
        values: dict[str, u.Quantity] = {}
        if self._has_inside:
            values[self.label] = inside
        if self._has_outside:
            values[f"{self.label}_out"] = outside
        if self.E is not None:
            values[f"E_{self.label}"] = value_of(self.E)
        elif self.temperature is not None and self._has_reversal:
            values[f"E_{self.label}"] = nernst(self.ion, inside, outside, self.temperature)
        return values

    def init_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Create the states, if the pool has any, in the shape of ``V``."""

    def reset_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Put the states back to their initial values."""

    @property
    def per_area(self) -> bool | None:
        """Whether it takes current per area of membrane; None if it takes either."""
        return None

    @property
    def sized_by(self) -> str:
        """The part of the pool that decides whether currents are per area, for error messages."""
        return "equations of"

    def pool_states(self) -> dict[str, brainstate.State]:
        """Return the states that the currents change, by name."""
        return {}

    def keep_in_range(self) -> None:
        """Raise concentrations that a solver took below the lowest possible one to that value."""

    def derivative(self, current: u.Quantity | None) -> dict[str, u.Quantity]:
        """Return the time derivative of each state, by name."""
        return {}

    @property
    def _has_inside(self) -> bool:
        return True

    @property
    def _has_outside(self) -> bool:
        return self.outside is not None

    @property
    def _has_reversal(self) -> bool:
        if self.E is not None:
            return True
        charged = valence_of(self.ion) != 0
        return charged and self._has_inside and self._has_outside and self.temperature is not None

    def _concentration(self, name: str, value: Parameter | None) -> Any:
        if value is None:
            return None
        check_unit(name, value_of(value), u.mM, "a concentration")
        check_positive(name, value, zero=True)
        return as_parameter(name, value, self.in_size)


class FixedPool(IonPool):
    """An ion whose concentrations do not change.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'} or Ion
        Which ion.
    inside, outside : Quantity, optional
        Concentrations.
    E : Quantity, optional
        Reversal potential; without it, it is computed by Nernst's equation at ``temperature``.
    temperature : float, optional
        In degrees Celsius, for Nernst's equation.
    name : str, optional
        Name of this Module.
    label : str, optional
        Name by which channels read it; by default the ion's name.

    Raises
    ------
    ValueError
        If neither ``E`` nor both ``inside`` and ``outside`` are given.
    saiunit.UnitMismatchError
        If a concentration or ``E`` has the wrong unit.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import FixedPool
    >>> potassium = FixedPool(1, 'K', inside=140 * u.mM, outside=5 * u.mM, temperature=37.0)
    >>> round(float(potassium.read()['E_K'] / u.mV), 1)
    -89.1
    """

    __module__ = "gapjunction.ion_channels"

    def __init__(
        self,
        in_size: Size,
        ion: str,
        inside: Parameter | None = None,
        outside: Parameter | None = None,
        E: Parameter | None = None,
        temperature: float | None = None,
        name: str | None = None,
        *,
        label: str | None = None,
    ) -> None:
        super().__init__(in_size, ion, outside, E, temperature, name, label=label)
        self.inside = self._concentration("inside", inside)
        if E is None and (inside is None or outside is None):
            raise ValueError(
                "E must be given, or both inside and outside (concentrations); got "
                f"inside={inside}, outside={outside}."
            )
        if E is None and temperature is not None:
            check_positive("inside", inside)

    @property
    def concentration(self) -> u.Quantity | None:
        """The concentration inside; None if only ``E`` is known."""
        return value_of(self.inside)

    @property
    def _has_inside(self) -> bool:
        return self.inside is not None
