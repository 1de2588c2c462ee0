"""The abstract base of all channels, which turns declarations into states."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar

import brainstate
import jax
import saiunit as u

from gapjunction._checks import check_unit
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, QuantityLike, Size
from gapjunction._typing import Parameter as ParameterLike
from gapjunction.ion_channels import _noise, _temperature, _variable
from gapjunction.ion_channels._affine import Affine
from gapjunction.ion_channels._current import Current
from gapjunction.ion_channels._declaration import declare
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._ion import NONSPECIFIC
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels._noise import COUNTS, ChannelNoise
from gapjunction.ion_channels._open_share import Terms, open_share
from gapjunction.ion_channels._parameter import Parameter, as_parameter, take_parameters
from gapjunction.ion_channels._rate_functions import Readings
from gapjunction.ion_channels._source import Source
from gapjunction.ion_channels._temperature import factor, has_q10
from gapjunction.ion_channels._variable import Variable


class IonChannel(brainstate.nn.Module):
    """What all channels have: gates and variables as states, parameters, a temperature, a source.

    Abstract: :class:`Channel` drives current by a conductance and a battery, :class:`GHKChannel` by
    a permeability, :class:`Mechanism` by any functions. A subclass of these declares its gates as
    class attributes; a mistake in a declaration raises an error when the class is created.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    temperature : float, optional
        In degrees Celsius; by default that of the class, or else that of its source, at which the
        rates are those declared.
    V_shift : Quantity, optional
        Shift of the curves of all gates and variables towards positive voltages.
    name : str, optional
        Name of this Module.
    noise : ChannelNoise, optional
        How many channels there are, if they are to open and close at random.
    **parameters : Quantity, float, State or Param
        Values of declared parameters, by name.

    Attributes
    ----------
    ion : str
        What it conducts: 'Na', 'K', 'Ca', 'Cl', an :class:`Ion`, or 'nonspecific'. Its current
        changes the concentration in the neuron's pool of that ion.
    gates : dict of str to Gate or Markov
        The declared gates.
    variables : dict of str to Variable
        The declared states that are not gates.
    parameters : dict of str to Parameter
        The declared parameters.
    source : Source
        Where the numbers are from.
    reference_temperature : float, optional
        Temperature in degrees Celsius at which the rates hold; by default that of ``source``.
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
        "noise",
    )
    """What a declaration may set besides gates, variables and parameters."""

    ion: ClassVar[str] = NONSPECIFIC
    gates: ClassVar[dict[str, Kinetics]] = {}
    variables: ClassVar[dict[str, Variable]] = {}
    parameters: ClassVar[dict[str, Parameter]] = {}
    # The units of parameters that are used as a rate, a time constant or a steady state.
    rate_constants: ClassVar[dict[str, u.Unit]] = {}
    source: ClassVar[Source | None] = None
    reference_temperature: ClassVar[float | None] = None
    q10_conductance: ClassVar[float] = 1.0
    terms: ClassVar[Terms | None] = None
    noise: ChannelNoise | None = None
    random: brainstate.random.RandomState | None = None
    temperature: float | None = None
    taken: bool = False  # whether a neuron has this channel already
    # What rates can read of every channel of this form, with an example.
    _offers: ClassVar[Mapping[str, ArrayLike]] = {"temperature": 20.0}
    # An int may be assigned; brainstate makes it a tuple.
    in_size: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declare(cls, cls._offers, cls._further_parts())
        if cls.temperature is not None:
            _temperature.check_reference(cls)

    def __init__(
        self,
        in_size: Size,
        temperature: float | None = None,
        V_shift: ParameterLike | None = None,
        name: str | None = None,
        *,
        noise: ChannelNoise | None = None,
        **parameters: ParameterLike,
    ) -> None:
        super().__init__(name=name)
        self.in_size = in_size
        self.out_size = self.in_size
        take_parameters(self, self.parameters, parameters)
        self.temperature = _temperature.temperature_of(self, temperature)
        if V_shift is not None:
            check_unit("V_shift", value_of(V_shift), u.mV, "a voltage")
            V_shift = as_parameter("V_shift", V_shift, self.in_size)
        self.V_shift = V_shift
        self.noise = self.noise if noise is None else noise
        if self.noise is not None:
            self.noise.check(type(self), self.in_size)

    @property
    @abc.abstractmethod
    def per_area(self) -> bool:
        """Whether its current is per area of membrane."""

    @property
    def is_affine(self) -> bool:
        """Whether its current is a linear function of V while the states of gates are constant."""
        return not any(gate.instantaneous for gate in self.gates.values())

    @property
    def carries(self) -> tuple[str, ...]:
        """The ions whose pools its current changes."""
        return () if self.ion == NONSPECIFIC else (self.ion,)

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

    def flows(self, V: QuantityLike, **concentrations: QuantityLike) -> dict[str, u.Quantity]:
        """Return the outward current of each ion that it carries, by the ion's name."""
        return dict.fromkeys(self.carries, self.current(V, **concentrations))

    def reads(self) -> tuple[str, ...]:
        """Return the names of the concentrations and reversal potentials that pools must give."""
        own = {*self.gates, *self.variables, *self.parameters, *self._offers}
        return tuple(name for name in self._read_by_parts() if name not in own)

    def init_state(
        self, V: QuantityLike | None = None, *args: Any, **concentrations: QuantityLike
    ) -> None:
        """Create the states: gates at their steady state for ``V``, or where they start.

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
        for name, value in self._start(V, concentrations).items():
            setattr(self, name, brainstate.HiddenState(value))

    def reset_state(
        self, V: QuantityLike | None = None, *args: Any, **concentrations: QuantityLike
    ) -> None:
        """Put the states back to the values that :meth:`init_state` gives them for ``V``."""
        if not isinstance(V, u.Quantity):
            return
        for name, value in self._start(V, concentrations).items():
            getattr(self, name).value = value

    def update(
        self,
        V: QuantityLike,
        *,
        only: type | tuple[type, ...] = Kinetics,
        **concentrations: QuantityLike,
    ) -> None:
        """Advance the states by one step, gates exactly for a voltage that stays at ``V``.

        Parameters
        ----------
        V : Quantity
            Voltage, shape as for :meth:`init_state`.
        only : type or tuple of type
            The kinds of gating mechanism to advance; by default all, and variables with them.
        **concentrations : Quantity
            Concentrations that the gates read, by name.
        """
        V = self._at_gates(V)
        readings = self._readings(V, concentrations)
        gates = _noise.kinetics_of(self)
        new: dict[str, Any] = {
            name: _noise.advance(self, gates[name], state.value, V, readings)
            for name, state in self.gating_states().items()
            if isinstance(gates[name], only)
        }
        if self.variables and only is Kinetics:
            dt = brainstate.environ.get_dt()
            new |= _variable.advance(self.variables, V, readings, dt)
        for name, value in new.items():
            state = getattr(self, name)
            state.value = value.astype(state.value.dtype)

    def gating_states(self) -> dict[str, brainstate.State]:
        """Return the states of the gates that are not instantaneous, by name."""
        gates = _noise.kinetics_of(self)
        return self._states_of([name for name, gate in gates.items() if not gate.instantaneous])

    def integrated_states(self) -> dict[str, brainstate.State]:
        """Return the states that have a derivative: of gates and variables, by name."""
        # Numbers of channels change in jumps, and have no derivative.
        found = self.gating_states() | self._states_of(list(self.variables))
        return {name: state for name, state in found.items() if name != COUNTS}

    def derivative(self, V: QuantityLike, **concentrations: QuantityLike) -> dict[str, u.Quantity]:
        """Return the time derivative of each of :meth:`integrated_states`, by name."""
        V = self._at_gates(V)
        readings = self._readings(V, concentrations)
        slopes = {}
        for name, state in self.gating_states().items():
            if name != COUNTS:
                phi = factor(self, self.gates[name].q10)
                slopes[name] = self.gates[name].derivative(state.value, V, readings, phi)
        return slopes | _variable.derivatives(self.variables, V, readings)

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
            its states, along one more axis at the end. Gates that read a variable find it at its
            steady state, or at its start if it declares none.
        """
        return self._settled(V, concentrations)[0]

    def time_constant(
        self, V: QuantityLike, **concentrations: QuantityLike
    ) -> dict[str, u.Quantity]:
        """Return the time constant of each two-state gate that is not instantaneous.

        A Markov scheme has no single time constant and is left out.

        Parameters
        ----------
        V, **concentrations
            As for :meth:`steady_state`.

        Returns
        -------
        dict of str to Quantity
            For each gate its time constant, shape of ``V``.
        """
        _, readings = self._settled(V, concentrations)
        V = self._at_gates(V)
        return {
            name: gate.time_constant_at(V, readings, factor(self, gate.q10))
            for name, gate in self.gates.items()
            if isinstance(gate, Gate) and not gate.instantaneous
        }

    def open_fraction(self, V: QuantityLike, **concentrations: QuantityLike) -> jax.Array:
        """Return the open share of the maximal conductance, with the gates as they are."""
        return self._open(self._readings(self._at_gates(V), concentrations), V)

    @classmethod
    def cite(cls) -> str:
        """Return the citation with its DOI."""
        if cls.source is None:
            raise ValueError(f"{cls.__name__} has no source.")
        return cls.source.cite()

    @property
    def depends_on_temperature(self) -> bool:
        """Whether the channel changes with temperature."""
        return has_q10(type(self)) or self.reads_temperature

    @property
    def reads_temperature(self) -> bool:
        """Whether one of its functions takes the temperature."""
        return "temperature" in self._read_by_parts()

    @classmethod
    def _further_parts(cls) -> dict[str, Current]:
        """Return the currents that a class declares, if its form has them."""
        return {}

    @classmethod
    def _read_by_parts(cls) -> tuple[str, ...]:
        """Return all names that rates read, including those of the channel's own parts."""
        parts: list[Kinetics | Variable] = [*cls.gates.values(), *cls.variables.values()]
        return tuple(dict.fromkeys(name for part in parts for name in part.reads))

    def _surroundings(self, concentrations: Readings) -> dict[str, Any]:
        """Return everything that rates can read apart from states of the channel."""
        found = dict(concentrations)
        if self.temperature is not None:
            found["temperature"] = self.temperature
        for name in self.parameters:
            found[name] = value_of(getattr(self, name))
        return found

    def _readings(self, V: QuantityLike, concentrations: Readings) -> dict[str, Any]:
        """Return all that rates can read now."""
        states = self.gating_states()
        found = self._surroundings(concentrations)
        found |= {name: x.value for name, x in self._states_of(list(self.variables)).items()}
        for name, gate in _noise.kinetics_of(self).items():
            state = states[name].value if name in states else gate.steady_state_at(V, found)
            found[name] = gate.open_fraction(state)
        return found

    def _settled(
        self, V: QuantityLike, concentrations: Readings
    ) -> tuple[dict[str, jax.Array], dict[str, Any]]:
        """Return the steady state of each gate, and what rates read there."""
        V = self._at_gates(V)
        readings = self._surroundings(concentrations)
        for name, variable in self.variables.items():
            readings[name] = variable.steady_state_at(V, readings)
        found: dict[str, jax.Array] = {}
        for name, gate in self.gates.items():
            found[name] = gate.steady_state_at(V, readings)
            readings[name] = gate.open_fraction(found[name])
        return found, readings

    def _start(self, V: u.Quantity, concentrations: Readings) -> dict[str, Any]:
        """Return the values that states start from."""
        _noise.sow(self)
        at = self._at_gates(V)
        readings = self._surroundings(concentrations)
        found: dict[str, Any] = {}
        for name, variable in self.variables.items():
            readings[name] = found[name] = variable.start_at(at, readings)
        for name, gate in _noise.kinetics_of(self).items():
            state = _noise.start(self, gate, at, readings)
            readings[name] = gate.open_fraction(state)
            if not gate.instantaneous:
                found[name] = state
        return found

    def _states_of(self, names: list[str]) -> dict[str, brainstate.State]:
        found = {name: getattr(self, name) for name in names}
        for name, state in found.items():
            if not isinstance(state, brainstate.State):
                raise ValueError(
                    f"gate {name!r} of {type(self).__name__} has no state yet: first call "
                    "init_state(V), or initialise the neuron that holds the channel."
                )
        return found

    def _open(self, readings: Readings, V: QuantityLike) -> jax.Array:
        share = open_share(_noise.kinetics_of(self), self.terms, readings, V)
        return share * factor(self, self.q10_conductance)

    def _at_gates(self, V: QuantityLike) -> QuantityLike:
        check_unit("V", V, u.mV, "a voltage")
        return V if self.V_shift is None else V - value_of(self.V_shift)
