"""A channel driven by the constant-field equation of Goldman, Hodgkin and Katz."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import saiunit as u

from gapjunction._checks import check_unit
from gapjunction._params import value_of
from gapjunction._typing import Parameter as ParameterLike
from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels._affine import check_amount
from gapjunction.ion_channels._ion import check_ion, valence_of
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._nernst import constant_field, thermal_voltage
from gapjunction.ion_channels._noise import ChannelNoise
from gapjunction.ion_channels._parameter import as_parameter

_RATE = u.cm**3 / u.second


class GHKChannel(IonChannel):
    r"""A channel given by its permeability, for ions far from equilibrium such as calcium.

    .. math::

        I = P_{max} \prod_x x^{p_x} \; z F \xi \,
            \frac{c_{in} - c_{out} e^{-\xi}}{1 - e^{-\xi}}, \qquad \xi = \frac{z F V}{R T}

    (Hille 2001, Ion channels of excitable membranes, eq. 14.5.) It reads both concentrations of
    its ion from the neuron's pool. Value and slope are finite at 0 mV too.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    P_max : Quantity, State or Param, optional
        Maximal permeability, per area (cm/s) or of the cell (cm\ :sup:`3`/s); by default that of
        the class.
    temperature : float, optional
        In degrees Celsius, for the rates and for :math:`RT/F`; by default that of the class, or
        else that of its source.
    V_shift : Quantity, optional
        Shift of the curves of all gates towards positive voltages.
    name : str, optional
        Name of this Module.
    noise : ChannelNoise, optional
        How many channels there are, if they are to open and close at random.
    **parameters : Quantity, float, State or Param
        Values of declared parameters (:class:`Parameter`), by name.

    Attributes
    ----------
    RT_F : Quantity or callable, optional
        The voltage :math:`RT/F`, or a function of the temperature in degrees Celsius that returns
        it. A declaration sets it to reproduce a model that rounds it; by default it follows from
        ``temperature``.

    Raises
    ------
    ValueError
        If the permeability is neither given nor declared, if there is no temperature, or if the
        class declares no ``ion`` with a charge.
    saiunit.UnitMismatchError
        If the permeability has the wrong unit.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import GHKChannel, Gate, sigmoid
    >>> class CaL(GHKChannel):
    ...     ion = 'Ca'
    ...     P_max = 1e-4 * u.cm / u.second
    ...     m = Gate(2, steady_state=sigmoid(1.0, -10 * u.mV, 6 * u.mV), time_constant=2 * u.ms)
    >>> channel = CaL(1, temperature=24.0)
    >>> V = [0.] * u.mV
    >>> channel.init_state(V)
    >>> I = channel.current(V, Ca=1e-4 * u.mM, Ca_out=2 * u.mM)
    >>> round(float((I / (u.uA / u.cm**2))[0]), 1)
    -27.3
    """

    __module__ = "gapjunction.ion_channels"

    fields = (*IonChannel.fields, "P_max", "RT_F")
    P_max: ParameterLike | None = None
    RT_F: ClassVar[QuantityLike | Callable[[float], QuantityLike] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if valence_of(check_ion(f"ion of {cls.__name__}", cls.ion)) == 0:
            raise ValueError(f"ion of {cls.__name__} must have a charge, got {cls.ion!r}.")
        if cls.P_max is not None:
            _check_P(f"P_max of {cls.__name__}", cls.P_max)
        if cls.RT_F is not None:
            _thermal(f"RT_F of {cls.__name__}", cls, 20.0)

    def __init__(
        self,
        in_size: Size,
        P_max: ParameterLike | None = None,
        temperature: float | None = None,
        V_shift: ParameterLike | None = None,
        name: str | None = None,
        *,
        noise: ChannelNoise | None = None,
        **parameters: ParameterLike,
    ) -> None:
        super().__init__(in_size, temperature, V_shift, name, noise=noise, **parameters)
        P_max = self.P_max if P_max is None else P_max
        kind = type(self).__name__
        if P_max is None:
            raise ValueError(f"P_max must be given: {kind} has no default.")
        if self.temperature is None:
            raise ValueError(f"temperature must be given: {kind} has no source to take it from.")
        _check_P("P_max", P_max)
        self.P_max = as_parameter("P_max", P_max, self.in_size)
        self._thermal_voltage = _thermal("RT_F", type(self), self.temperature)

    @property
    def per_area(self) -> bool:
        """Whether its permeability is per area of membrane."""
        return _check_P("P_max", self.P_max)

    @property
    def depends_on_temperature(self) -> bool:
        """Always true, because the current depends on RT/F."""
        return True

    @property
    def is_affine(self) -> bool:
        """Always false, because the constant-field current is not linear in V."""
        return False

    def reads(self) -> tuple[str, ...]:
        """Return the names of the concentrations that pools must give."""
        return tuple(dict.fromkeys((*super().reads(), self.ion, f"{self.ion}_out")))

    def current(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the outward current with the gates as they are."""
        return self._value_and_slope(V, concentrations)[0]

    def conductance(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the slope of the current over V with the gates as they are; it is positive."""
        return self._value_and_slope(V, concentrations)[1]

    def _value_and_slope(
        self, V: QuantityLike, concentrations: Mapping[str, QuantityLike]
    ) -> tuple[u.Quantity, u.Quantity]:
        for key in (self.ion, f"{self.ion}_out"):
            if key not in concentrations:
                raise ValueError(
                    f"{key} is needed by {type(self).__name__}; given are {sorted(concentrations)}."
                )
            check_unit(key, concentrations[key], u.mM, "a concentration")
        inside, outside = concentrations[self.ion], concentrations[f"{self.ion}_out"]
        open_P = value_of(self.P_max) * self.open_fraction(V, **concentrations)
        z = valence_of(self.ion)
        value, slope = constant_field(z, V, inside, outside, self._thermal_voltage)
        return open_P * value, open_P * slope


def _thermal(name: str, cls: type[GHKChannel], temperature: float) -> u.Quantity:
    """Return RT/F as the class declares it, or else computed from the temperature."""
    if cls.RT_F is None:
        return thermal_voltage(temperature)
    declared = vars(_owner(cls))["RT_F"]
    is_function = callable(declared) and not isinstance(declared, (u.Quantity, u.Unit))
    value = declared(temperature) if is_function else declared
    return check_unit(name, value, u.mV, "a voltage")


def _owner(cls: type) -> type:
    # It is read from the namespace of the class, because attribute access would bind a function as
    # a method.
    return next(base for base in cls.__mro__ if "RT_F" in vars(base))


def _check_P(name: str, value: object) -> bool:  # noqa: N802
    what = "a permeability, per area (such as cm/s) or of the cell (such as cm3/s)"
    return check_amount(name, value_of(value), _RATE, what)
