"""A mechanism: any currents of any ions, with gates and other states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import with_own_init
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._affine import Affine
from gapjunction.ion_channels._current import Current
from gapjunction.ion_channels._declaration import check_names, collect, example
from gapjunction.ion_channels._ion import NONSPECIFIC
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._kinetics import total
from gapjunction.ion_channels._rate_functions import Readings, evaluate, trial_unit

_UNITS = {False: u.nA, True: u.uA / u.cm**2}


@with_own_init
class Mechanism(IonChannel):
    r"""Currents that are any functions of the voltage and of states, of one ion or several.

    It is for whatever is neither ohmic nor a constant-field current of one ion: pumps and
    exchangers, channels with several currents, with currents that are not linear in V, or with a
    block that depends on V. It is declared by the attributes of a class, as a :class:`Channel` is,
    with a :class:`Current` for each current in place of ``g_max`` and ``E``. Solvers that take
    currents as linear in V use the tangent of the current at the present voltage.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, optional
        In degrees Celsius; by default that of the class, or else that of its source.
    V_shift : Quantity, optional
        Shift of the curves of gates and variables towards positive voltages; currents are functions
        of the voltage itself.
    name : str, optional
        Name of this Module.
    noise : ChannelNoise, optional
        How many channels there are, if they are to open and close at random.
    **parameters : Quantity, float, State or Param
        Values of declared parameters (:class:`Parameter`), by name.

    Attributes
    ----------
    currents : dict of str to Current
        The declared currents.

    Raises
    ------
    ValueError
        When a class is made: if it declares no current, or a gate or parameter that nothing reads.
    saiunit.UnitMismatchError
        When a class is made: if a current's function does not return a current, or if one current
        is per area and another absolute.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Current, Gate, Mechanism, Parameter, sigmoid
    >>> class Mixed(Mechanism):
    ...     '''Opens for sodium and, less, for potassium.'''
    ...     g = Parameter(2 * u.mS / u.cm**2)
    ...     m = Gate(2, steady_state=sigmoid(1.0, -40 * u.mV, 8 * u.mV), time_constant=1 * u.ms)
    ...     na = Current('Na', lambda V, open_fraction, g: g * open_fraction * (V - 50 * u.mV))
    ...     k = Current('K', lambda V, open_fraction, g: g / 4 * open_fraction * (V + 90 * u.mV))
    >>> channel = Mixed(1, g=4 * u.mS / u.cm**2)
    >>> V = [-40.0] * u.mV
    >>> channel.init_state(V)
    >>> {ion: round(float((I / (u.uA / u.cm**2))[0]), 1) for ion, I in channel.flows(V).items()}
    {'Na': -90.0, 'K': 12.5}
    """

    __module__ = "gapjunction.ion_channels"

    fields = tuple(name for name in IonChannel.fields if name != "ion")
    currents: ClassVar[dict[str, Current]] = {}
    _per_area: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        kind = cls.__name__
        cls.currents = cls._further_parts()
        check_names(cls, cls.currents)
        _check_read(cls)
        known = {**cls._offers, "open_fraction": 0.5, **dict.fromkeys(cls.gates, 0.5)}
        known |= {name: item.default for name, item in cls.parameters.items()}
        for name, variable in cls.variables.items():
            known[name] = example(variable.unit(name, known))
        kinds = {}
        for name, current in cls.currents.items():
            current.check(f"{name!r} of {kind}")
            kinds[name] = _is_per_area(f"current {name!r} of {kind}", current.function, known)
        if len(set(kinds.values())) > 1:
            raise u.UnitMismatchError(
                f"currents of {kind} must be all per area or all absolute; per area are "
                f"{[name for name, per_area in kinds.items() if per_area]}."
            )
        cls._per_area = next(iter(kinds.values()))
        ions = {name for current in cls.currents.values() for name in current.shares}
        cls.ion = ions.pop() if len(ions) == 1 else NONSPECIFIC

    @property
    def per_area(self) -> bool:
        """Whether its currents are per area of membrane."""
        return self._per_area

    @property
    def is_affine(self) -> bool:
        """Always false, because its currents need not be linear in V."""
        return False

    @property
    def carries(self) -> tuple[str, ...]:
        """The ions whose pools its currents change."""
        return tuple(dict.fromkeys(ion for x in self.currents.values() for ion in x.shares))

    def reads(self) -> tuple[str, ...]:
        """Return the names of the concentrations and reversal potentials that pools must give."""
        return tuple(name for name in super().reads() if name != "open_fraction")

    def each_current(
        self, V: QuantityLike, **concentrations: QuantityLike
    ) -> dict[str, u.Quantity]:
        """Return each of its outward currents with the states as they are, by name."""
        readings = self._all_readings(V, concentrations)
        return {
            name: evaluate(current.function, V, readings) for name, current in self.currents.items()
        }

    def current(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the sum of its outward currents with the states as they are."""
        return total(self.each_current(V, **concentrations).values())

    def flows(self, V: QuantityLike, **concentrations: QuantityLike) -> dict[str, u.Quantity]:
        """Return the outward current of each ion that it carries, by the ion's name."""
        each = self.each_current(V, **concentrations)
        return {
            ion: total(
                current.shares[ion] * each[name]
                for name, current in self.currents.items()
                if ion in current.shares
            )
            for ion in self.carries
        }

    def conductance(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the slope of the current over V with the states as they are."""
        return self._value_and_slope(V, concentrations)[1]

    def affine(self, V: QuantityLike, **concentrations: QuantityLike) -> Affine:
        """Return the tangent of the current at ``V``, as ``conductance * V - battery``."""
        value, slope = self._value_and_slope(V, concentrations)
        return Affine(slope, slope * V - value)

    @classmethod
    def _further_parts(cls) -> dict[str, Current]:
        return collect(cls, Current, "current")

    @classmethod
    def _read_by_parts(cls) -> tuple[str, ...]:
        names = [name for current in cls.currents.values() for name in current.reads]
        return tuple(dict.fromkeys((*super()._read_by_parts(), *names)))

    def _all_readings(self, V: QuantityLike, concentrations: Readings) -> dict[str, Any]:
        readings = self._readings(self._at_gates(V), concentrations)
        return {**readings, "open_fraction": self._open(readings, V)}

    def _value_and_slope(
        self, V: QuantityLike, concentrations: Readings
    ) -> tuple[u.Quantity, u.Quantity]:
        readings = self._all_readings(V, concentrations)
        unit = _UNITS[self._per_area]

        def outward(v: jax.Array) -> jax.Array:
            at = u.Quantity(v, unit=u.mV)
            parts = [evaluate(x.function, at, readings) for x in self.currents.values()]
            return jnp.asarray(total(parts).to_decimal(unit))

        v = jnp.asarray(u.Quantity(V).to_decimal(u.mV))
        value, slope = jax.jvp(outward, (v,), (jnp.ones_like(v),))
        return u.Quantity(value, unit=unit), u.Quantity(slope, unit=unit) / u.mV


def _is_per_area(name: str, function: Callable[..., Any], known: Readings) -> bool:
    unit = trial_unit(name, function, known)
    for per_area, expected in _UNITS.items():
        if unit.dim == expected.dim:
            return per_area
    raise u.UnitMismatchError(
        f"{name} must be a current, absolute (such as nA) or per area (such as uA/cm2); its unit "
        f"is {unit}."
    )


def _check_read(cls: type[Mechanism]) -> None:
    """Raise an error for a mechanism without currents, and for parts that change none."""
    kind = cls.__name__
    if not cls.currents:
        raise ValueError(f"{kind} must declare at least one Current.")
    read = set(cls._read_by_parts())
    if "open_fraction" in read:
        return
    for name, gate in cls.gates.items():
        if name not in read:
            raise ValueError(f"gate {name!r} of {kind} must be read by a current, or by a rate.")
        if gate.power != 1:
            raise ValueError(
                f"power of gate {name!r} of {kind} must be 1 where no current reads "
                f"open_fraction, which contains it; got {gate.power}."
            )
    if cls.terms is not None:
        raise ValueError(f"terms of {kind} must be left out where no current reads open_fraction.")
