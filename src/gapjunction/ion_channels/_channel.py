"""An ohmic channel: gates, a maximal conductance and a reversal potential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import saiunit as u

from gapjunction._checks import check_unit
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, QuantityLike, Size
from gapjunction._typing import Parameter as ParameterLike
from gapjunction.ion_channels._affine import Affine, check_amount
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._noise import ChannelNoise
from gapjunction.ion_channels._parameter import as_parameter
from gapjunction.ion_channels._rate_functions import Readings


class Channel(IonChannel):
    r"""An ohmic channel: :math:`I = g_{max} \prod_x x^{p_x} (V - E)`, positive outward.

    A channel is declared by the attributes of a class::

        class Kd(Channel):
            ion = 'K'
            g_max = 36 * u.mS / u.cm**2
            E = -77 * u.mV
            n = Gate(4, alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
                     beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV), q10=3)
            source = Source(..., temperature=6.3, ...)

    Its gates become states of the same names. A mistake in a declaration raises an error when the
    class is created. Without gates, a channel is a leak: ``Channel(n, g_max=0.1 * u.mS / u.cm**2,
    E=-65 * u.mV)``.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    g_max : Quantity, State or Param, optional
        Maximal conductance, per area or absolute; by default that of the class. A State or Param is
        kept as it is, so that it can be trained.
    E : Quantity, State, Param or 'Nernst', optional
        Reversal potential; by default that of the class. With ``'Nernst'`` it is the reversal
        potential of the neuron's pool of ``ion``.
    temperature : float, optional
        In degrees Celsius; by default that of the class, or else that of its source, at which the
        rates are those declared.
    V_shift : Quantity, optional
        Shift of the curves of all gates towards positive voltages.
    name : str, optional
        Name of this Module.
    noise : ChannelNoise, optional
        How many channels there are, if they are to open and close at random.
    **parameters : Quantity, float, State or Param
        Values of declared parameters (:class:`Parameter`), by name.

    Raises
    ------
    ValueError
        If the conductance or the reversal potential is neither given nor declared, or if a
        ``temperature`` is given but the temperature at which the declared rates hold is not known.
    saiunit.UnitMismatchError
        If ``g_max``, ``E`` or ``V_shift`` has the wrong unit.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Channel, Gate, sigmoid
    >>> class Persistent(Channel):
    ...     ion = 'Na'
    ...     g_max = 0.2 * u.mS / u.cm**2
    ...     E = 50 * u.mV
    ...     m = Gate(1, steady_state=sigmoid(1.0, -50 * u.mV, 5 * u.mV), time_constant=1 * u.ms)
    >>> channel = Persistent(2)
    >>> V = [-60., -40.] * u.mV
    >>> channel.init_state(V)
    >>> [round(i, 2) for i in (channel.current(V) / (u.uA / u.cm**2)).tolist()]
    [-2.62, -15.85]
    """

    __module__ = "gapjunction.ion_channels"

    fields = (*IonChannel.fields, "g_max", "E")
    g_max: ParameterLike | None = None
    E: ParameterLike | str | None = None
    # Rates can read the channel's own reversal potential.
    _offers: ClassVar[Mapping[str, ArrayLike]] = {**IonChannel._offers, "E": -50 * u.mV}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.g_max is not None:
            _check_g(f"g_max of {cls.__name__}", cls.g_max)
        if cls.E is not None:
            _check_E(f"E of {cls.__name__}", cls.E)

    def __init__(
        self,
        in_size: Size,
        g_max: ParameterLike | None = None,
        E: ParameterLike | str | None = None,
        temperature: float | None = None,
        V_shift: ParameterLike | None = None,
        name: str | None = None,
        *,
        noise: ChannelNoise | None = None,
        **parameters: ParameterLike,
    ) -> None:
        super().__init__(in_size, temperature, V_shift, name, noise=noise, **parameters)
        g_max = self.g_max if g_max is None else g_max
        E = self.E if E is None else E
        kind = type(self).__name__
        if g_max is None:
            raise ValueError(f"g_max must be given: {kind} has no default.")
        if E is None:
            raise ValueError(f"E must be given: {kind} has no default.")
        _check_g("g_max", g_max)
        _check_E("E", E)
        if isinstance(E, str) and self.ion == "nonspecific":
            raise ValueError(f"E must be a voltage: {kind} conducts no single ion.")
        self.g_max = as_parameter("g_max", g_max, self.in_size)
        self.E = E if isinstance(E, str) else as_parameter("E", E, self.in_size)

    @property
    def per_area(self) -> bool:
        """Whether its conductance is per area of membrane."""
        return _check_g("g_max", self.g_max)

    def reads(self) -> tuple[str, ...]:
        """Return the names of the concentrations and reversal potentials that pools must give."""
        nernst = (f"E_{self.ion}",) if isinstance(self.E, str) else ()
        return tuple(dict.fromkeys((*super().reads(), *nernst)))

    def reversal(self, **concentrations: QuantityLike) -> QuantityLike:
        """Return the reversal potential: its own, or with ``'Nernst'`` that of its ion's pool."""
        if not isinstance(self.E, str):
            return value_of(self.E)
        key = f"E_{self.ion}"
        if key not in concentrations:
            raise ValueError(
                f"{key} is needed by {type(self).__name__}, whose E is 'Nernst'; given are "
                f"{sorted(concentrations)}."
            )
        return concentrations[key]

    def conductance(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the conductance with the gates as they are, in the unit of ``g_max``."""
        return value_of(self.g_max) * self.open_fraction(V, **concentrations)

    def current(self, V: QuantityLike, **concentrations: QuantityLike) -> u.Quantity:
        """Return the outward current with the gates as they are."""
        g = self.conductance(V, **concentrations)
        return g * (V - self.reversal(**concentrations))

    def affine(self, V: QuantityLike, **concentrations: QuantityLike) -> Affine:
        """Return the current as ``conductance * V - battery``, with the gates as they are."""
        g = self.conductance(V, **concentrations)
        return Affine(g, g * self.reversal(**concentrations))

    def _surroundings(self, concentrations: Readings) -> dict[str, Any]:
        found = super()._surroundings(concentrations)
        if "E" in self._read_by_parts():
            found["E"] = self.reversal(**concentrations)
        return found


def _check_g(name: str, value: object) -> bool:
    what = "a conductance, per area (such as mS/cm2) or absolute (such as nS)"
    return check_amount(name, value_of(value), u.siemens, what)


def _check_E(name: str, value: object) -> None:  # noqa: N802
    if isinstance(value, str):
        if value != "Nernst":
            raise ValueError(f"{name} must be a voltage or 'Nernst', got {value!r}.")
        return
    check_unit(name, value_of(value), u.mV, "a voltage")
