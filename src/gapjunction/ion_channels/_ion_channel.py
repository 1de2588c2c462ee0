"""The abstract base of all channels, which turns declared gates into states."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, NamedTuple

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_real, check_unit, describe, warn
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, Parameter, QuantityLike, Size
from gapjunction.ion_channels._declaration import check_declaration, check_known, collect_gates
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._kinetics import Kinetics, total
from gapjunction.ion_channels._parameter import as_parameter
from gapjunction.ion_channels._rate_functions import Readings
from gapjunction.ion_channels._source import Source


class Affine(NamedTuple):
    """A membrane current at constant gates, ``I = conductance * V - battery``.

    The battery is a current: of an ohmic channel, conductance times reversal potential.
    """

    conductance: u.Quantity
    battery: u.Quantity


class IonChannel(brainstate.nn.Module):
    """What all channels have: gates as states, a temperature, a source.

    Abstract: :class:`Channel` drives current by a conductance and a battery, :class:`GHKChannel` by
    a permeability. A subclass of these declares its gates as class attributes; a mistake in a
    declaration raises an error when the class is created.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, optional
        In degrees Celsius; by default that of the class, or else that of its source, at which
        ``q10`` has no effect.
    V_shift : Quantity, optional
        All gates are evaluated at ``V - V_shift``: a positive one moves their curves to the right.
    name : str, optional
        Name of this Module.

    Attributes
    ----------
    ion : str
        What it conducts: 'Na', 'K', 'Ca', 'Cl', or 'nonspecific'. Its current changes the
        concentration in the neuron's pool of that ion.
    gates : dict of str to Gate or Markov
        The declared gates.
    source : Source
        Where the numbers are from.
    reference_temperature : float, optional
        Temperature in degrees Celsius at which the declared rates hold; by default that of
        ``source``.
    q10_conductance : float
        Factor of the conductance per 10 K.
    terms : tuple of (float, tuple of str), optional
        For fractional gates: the open fraction is the sum of ``weight * product of the named
        gates``, instead of one product over all.
    """

    fields: ClassVar[tuple[str, ...]] = (
        "ion",
        "source",
        "reference_temperature",
        "temperature",
        "q10_conductance",
        "terms",
    )
    """What a declaration may set besides its gates."""

    ion: ClassVar[str] = "nonspecific"
    gates: ClassVar[dict[str, Kinetics]] = {}
    source: ClassVar[Source | None] = None
    q10_conductance: ClassVar[float] = 1.0
    terms: ClassVar[tuple[tuple[float, tuple[str, ...]], ...] | None] = None
    temperature: float | None = None
    # Whether a neuron has this channel already.
    taken: bool = False

    reference_temperature: ClassVar[float | None] = None

    # An int may be assigned; brainstate makes it a tuple.
    in_size: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        gates = collect_gates(cls)
        check_known(cls, gates)
        cls.gates = gates
        check_declaration(cls)
        if cls.temperature is not None:
            cls._check_reference()

    def __init__(
        self,
        in_size: Size,
        temperature: float | None = None,
        V_shift: Parameter | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.in_size = in_size
        self.out_size = self.in_size
        reference = self._reference()
        if temperature is None:
            temperature = reference if self.temperature is None else self.temperature
        else:
            self._check_reference()
            temperature = check_real("temperature", temperature, low=-273.15)
            idle = bool(self.gates) and not self.depends_on_temperature
            if idle and reference is not None and temperature != reference:
                warn(
                    f"temperature has no effect on {type(self).__name__}: its rates are those "
                    f"of {reference:g} degC, and it has no Q10."
                )
        self.temperature = temperature
        if V_shift is not None:
            check_unit("V_shift", value_of(V_shift), u.mV, "a voltage")
            V_shift = as_parameter("V_shift", V_shift, self.in_size)
        self.V_shift = V_shift

    @property
    @abc.abstractmethod
    def per_area(self) -> bool:
        """Whether its current is per area of membrane."""

    @property
    def is_affine(self) -> bool:
        """Whether its current is linear over V while the states of its gates are constant."""
        return not any(gate.instantaneous for gate in self.gates.values())

    @abc.abstractmethod
    def current(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the outward current with the gates as they are."""

    @abc.abstractmethod
    def conductance(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the slope of the current over V with the gates as they are."""

    def affine(self, V: QuantityLike, **concentrations: QuantityLike) -> Affine:
        """Return the current as ``conductance * V - battery``, with the gates as they are.

        Where the current is not linear in V, this is its tangent at ``V``.
        """
        g = self.conductance(V, **concentrations)
        return Affine(g, g * V - self.current(V, **concentrations))

    def reads(self) -> tuple[str, ...]:
        """Return the names of the concentrations and reversal potentials that pools must give."""
        names = dict.fromkeys(n for gate in self.gates.values() for n in gate.reads)
        return tuple(name for name in names if name not in self.gates)

    def init_state(
        self, V: QuantityLike | None = None, *args: Any, **concentrations: QuantityLike
    ) -> None:
        """Create the states of the gates, at their steady state for ``V``.

        Parameters
        ----------
        V : Quantity
            Voltage, shape ``(*batch, *in_size)``. Without it nothing is done, because
            ``brainstate.nn.init_all_states(model)`` calls this method twice: through the neuron
            that holds the channel, which passes its voltage, and directly, without one.
        **concentrations : Quantity
            Concentrations that the gates read, by name.
        """
        if not isinstance(V, u.Quantity):
            return
        for name, value in self.steady_state(V, **concentrations).items():
            if not self.gates[name].instantaneous:
                setattr(self, name, brainstate.HiddenState(value))

    def reset_state(
        self, V: QuantityLike | None = None, *args: Any, **concentrations: QuantityLike
    ) -> None:
        """Put the gates to their steady state for ``V``, as :meth:`init_state` made them."""
        if not isinstance(V, u.Quantity):
            return
        for name, value in self.steady_state(V, **concentrations).items():
            if not self.gates[name].instantaneous:
                getattr(self, name).value = value

    def update(
        self, V: QuantityLike, *, only: type = Kinetics, **concentrations: QuantityLike
    ) -> None:
        """Advance the gates by one step, exactly for a voltage that stays at ``V`` (Rush-Larsen).

        Parameters
        ----------
        V : Quantity
            Voltage, shape as at :meth:`init_state`.
        only : type
            The kind of gating mechanism to advance; by default all.
        **concentrations : Quantity
            Concentrations that the gates read, by name.
        """
        V = self._at_gates(V)
        readings = self._readings(V, concentrations)
        for name, state in self.gating_states().items():
            gate = self.gates[name]
            if not isinstance(gate, only):
                continue
            new = gate.advance(state.value, V, readings, self._factor(gate.q10))
            state.value = new.astype(state.value.dtype)

    def gating_states(self) -> dict[str, brainstate.State]:
        """Return the states of the gates that are not instantaneous, by name."""
        found = {
            name: getattr(self, name) for name, gate in self.gates.items() if not gate.instantaneous
        }
        for name, state in found.items():
            if not isinstance(state, brainstate.State):
                raise ValueError(
                    f"gate {name!r} of {type(self).__name__} has no state yet: call init_state(V), "
                    "or initialise the neuron that holds the channel, first."
                )
        return found

    def derivative(self, V: QuantityLike, **concentrations: QuantityLike) -> dict[str, u.Quantity]:
        """Return the time derivative of each gating state, by name."""
        V = self._at_gates(V)
        readings = self._readings(V, concentrations)
        return {
            name: self.gates[name].derivative(
                state.value, V, readings, self._factor(self.gates[name].q10)
            )
            for name, state in self.gating_states().items()
        }

    def steady_state(self, V: QuantityLike, **concentrations: QuantityLike) -> dict[str, jax.Array]:
        """Return the steady state of each gate at a constant voltage.

        Parameters
        ----------
        V : Quantity
            Voltage, of any shape.
        **concentrations : Quantity
            Concentrations that the gates read, by name.

        Returns
        -------
        dict of str to array
            For each gate its open fraction, shape of ``V``; for a Markov scheme the occupancies of
            its states, along one more axis at the end.
        """
        V = self._at_gates(V)
        found: dict[str, jax.Array] = {}
        readings: dict[str, ArrayLike] = dict(concentrations)
        for name, gate in self.gates.items():
            found[name] = gate.steady_state_at(V, readings)
            readings[name] = gate.open_fraction(found[name])
        return found

    def time_constant(
        self, V: QuantityLike, **concentrations: QuantityLike
    ) -> dict[str, u.Quantity]:
        """Return the time constant of each two-state gate that is not instantaneous.

        A Markov scheme has no single time constant and is left out.

        Parameters
        ----------
        V : Quantity
            Voltage, of any shape.
        **concentrations : Quantity
            Concentrations that the gates read, by name.

        Returns
        -------
        dict of str to Quantity
            For each gate its time constant, shape of ``V``.
        """
        steady = self.steady_state(V, **concentrations)
        readings = {k: self.gates[k].open_fraction(v) for k, v in steady.items()} | concentrations
        V = self._at_gates(V)
        return {
            name: gate.time_constant_at(V, readings, self._factor(gate.q10))
            for name, gate in self.gates.items()
            if isinstance(gate, Gate) and not gate.instantaneous
        }

    def open_fraction(self, V: QuantityLike, **concentrations: QuantityLike) -> jax.Array:
        """Return the open share of the maximal conductance, with the gates as they are."""
        values = self._readings(self._at_gates(V), concentrations)
        terms = ((1.0, tuple(self.gates)),) if self.terms is None else self.terms
        products = []
        for weight, names in terms:
            product = weight * jnp.ones_like(u.get_mantissa(V))
            for name in names:
                product = product * _power(values[name], self.gates[name].power)
            products.append(product)
        return total(products) * self._factor(self.q10_conductance)

    @classmethod
    def cite(cls) -> str:
        """Return the citation with its DOI."""
        if cls.source is None:
            raise ValueError(f"{cls.__name__} has no source.")
        return cls.source.cite()

    @property
    def depends_on_temperature(self) -> bool:
        """Whether the channel changes with temperature."""
        return any(q10 != 1 for q10 in self._q10s())

    def _readings(self, V: QuantityLike, concentrations: Readings) -> dict[str, Any]:
        """Return what rates can read: concentrations, and the open fractions of gates."""
        states = self.gating_states()
        found = dict(concentrations)
        for name, gate in self.gates.items():
            state = states[name].value if name in states else gate.steady_state_at(V, found)
            found[name] = gate.open_fraction(state)
        return found

    @classmethod
    def _reference(cls) -> float | None:
        if cls.reference_temperature is not None or cls.source is None:
            return cls.reference_temperature
        return cls.source.temperature

    @classmethod
    def _check_reference(cls) -> None:
        if cls._reference() is None and any(q10 != 1 for q10 in cls._q10s()):
            raise ValueError(
                f"temperature needs a reference: give {cls.__name__} a reference_temperature, or "
                "a source, which has one."
            )

    @classmethod
    def _q10s(cls) -> list[float]:
        return [cls.q10_conductance, *(gate.q10 for gate in cls.gates.values())]

    def _factor(self, q10: float) -> float:
        reference = self._reference()
        if reference is None or self.temperature is None or q10 == 1:
            return 1.0
        return q10 ** ((self.temperature - reference) / 10)

    def _at_gates(self, V: QuantityLike) -> QuantityLike:
        check_unit("V", V, u.mV, "a voltage")
        return V if self.V_shift is None else V - value_of(self.V_shift)


def _power(x: jax.Array, p: float) -> jax.Array:
    # With an integer power JAX multiplies; the gradient of x ** 3.0 would be NaN at 0.
    return x ** int(p) if float(p).is_integer() else x**p


def check_amount(name: str, value: object, absolute: u.Unit, what: str) -> bool:
    """Return whether ``value`` is per area; raise if it is neither that nor ``absolute``."""
    dim = u.get_unit(value).dim
    if dim == absolute.dim:
        return False
    if dim == (absolute / u.cm**2).dim:
        return True
    raise u.UnitMismatchError(
        f"{name} must be {what}; got {describe(value)}.", u.get_unit(value), absolute
    )
