"""An ion channel: gates, a maximal conductance and a battery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import brainstate
import braintools
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_real, check_unit, describe
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._source import Source


class Affine(NamedTuple):
    """A membrane current at frozen gates, ``I = conductance * V - battery``."""

    conductance: Any
    battery: Any


class Channel(brainstate.nn.Module):
    r"""Base of the ion channels: :math:`I = g_{max} \prod_x x^{p_x} (V - E)`, outward-positive.

    A channel is a class whose attributes declare it::

        class Kd(Channel):
            ion = 'K'
            g_max = 36 * u.mS / u.cm**2
            E = -77 * u.mV
            n = Gate(4, alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
                     beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV), q10=3)
            source = Source(..., temperature=6.3, ...)

    Its gates become states of the same names. A mistake in a declaration is an error when the
    class is made.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    g_max : Quantity, optional
        Maximal conductance, per area or absolute; by default the class's.
    E : Quantity, optional
        Reversal potential; by default the class's.
    temperature : float, optional
        In degrees Celsius; by default that of the class's source, at which ``q10`` has no effect.
    name : str, optional
        Name of this Module.

    Attributes
    ----------
    ion : str
        What it conducts: 'Na', 'K', 'Ca', 'Cl', or 'nonspecific'.
    gates : dict of str to Gate
        The declared gates.
    source : Source
        Where the numbers are from.
    q10_conductance : float
        Factor of the conductance per 10 K.
    terms : tuple of (float, tuple of str), optional
        For fractional gates: the open fraction is the sum of ``weight * product of the named
        gates``, instead of one product over all.
    """

    __module__ = "gapjunction.ion_channels"

    ion: ClassVar[str] = "nonspecific"
    gates: ClassVar[dict[str, Gate]] = {}
    source: ClassVar[Source | None] = None
    q10_conductance: ClassVar[float] = 1.0
    terms: ClassVar[tuple[tuple[float, tuple[str, ...]], ...] | None] = None
    g_max: Any = None
    E: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: item for name, item in vars(cls).items() if isinstance(item, Gate)}
        cls.gates = {**cls.gates, **own}
        for name, gate in own.items():
            if hasattr(Channel, name) or name in ("V", "name"):
                raise ValueError(f"gate {name} of {cls.__name__} must not be called {name!r}.")
            gate.check(f"{name!r} of {cls.__name__}")
        for _, names in cls.terms or ():
            for name in names:
                if name not in cls.gates:
                    raise ValueError(
                        f"terms of {cls.__name__} must name its gates {sorted(cls.gates)}, "
                        f"got {name!r}."
                    )
        if cls.g_max is not None:
            _check_conductance(f"g_max of {cls.__name__}", cls.g_max)
        if cls.E is not None:
            check_unit(f"E of {cls.__name__}", cls.E, u.mV, "a voltage")

    def __init__(
        self,
        in_size: Any,
        g_max: Any = None,
        E: Any = None,
        temperature: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.in_size = in_size
        self.out_size = self.in_size
        g_max = self.g_max if g_max is None else g_max
        E = self.E if E is None else E
        kind = type(self).__name__
        if g_max is None:
            raise ValueError(f"g_max must be given: {kind} has no default.")
        if E is None:
            raise ValueError(f"E must be given: {kind} has no default.")
        _check_conductance("g_max", g_max)
        check_unit("E", E, u.mV, "a voltage")
        reference = self.source.temperature if self.source else None
        if temperature is None:
            temperature = reference
        elif reference is None and any(q10 != 1 for q10 in self._q10s()):
            raise ValueError(f"temperature needs a reference: {kind} has no source.")
        self.temperature = None if temperature is None else check_real("temperature", temperature)
        self.g_max = braintools.init.param(g_max, self.in_size)
        self.E = braintools.init.param(E, self.in_size)

    def init_state(self, V: Any = None, *args: Any, **concentrations: Any) -> None:
        """Make the gates, at their steady state for ``V``.

        Parameters
        ----------
        V : Quantity
            Voltage, shape ``(*batch, *in_size)``. Without one nothing is done:
            ``brainstate.nn.init_all_states(model)`` reaches a channel both through the neuron
            that holds it, with its voltage, and by itself, without.
        **concentrations : Quantity
            Those that the gates read, by name.
        """
        if not isinstance(V, u.Quantity):
            return
        for name, value in self.steady_state(V, **concentrations).items():
            if not self.gates[name].instantaneous:
                setattr(self, name, brainstate.HiddenState(value))

    def reset_state(self, V: Any = None, *args: Any, **concentrations: Any) -> None:
        """Put the gates to their steady state for ``V``, as :meth:`init_state` made them."""
        if not isinstance(V, u.Quantity):
            return
        for name, value in self.steady_state(V, **concentrations).items():
            if not self.gates[name].instantaneous:
                getattr(self, name).value = value

    def update(self, V: Any, **concentrations: Any) -> None:
        """Advance the gates by one step at a voltage held at ``V``, exactly (Rush-Larsen)."""
        dt = brainstate.environ.get_dt()
        target = self.steady_state(V, **concentrations)
        tau = self.time_constant(V, **concentrations)
        for name in tau:
            state = getattr(self, name)
            decay = jnp.expm1(-(dt / tau[name]))
            new = state.value + (state.value - target[name]) * decay
            state.value = new.astype(state.value.dtype)

    def steady_state(self, V: Any, **concentrations: Any) -> dict[str, Any]:
        """Return each gate's open fraction at a voltage that is held.

        Parameters
        ----------
        V : Quantity
            Voltage, of any shape.
        **concentrations : Quantity
            Those that the gates read, by name.

        Returns
        -------
        dict of str to array
            By gate, shape of ``V``.
        """
        return {name: gate.steady_state_at(V, concentrations) for name, gate in self.gates.items()}

    def time_constant(self, V: Any, **concentrations: Any) -> dict[str, u.Quantity]:
        """Return the time constant of each gate that is not instantaneous.

        Parameters
        ----------
        V : Quantity
            Voltage, of any shape.
        **concentrations : Quantity
            Those that the gates read, by name.

        Returns
        -------
        dict of str to Quantity
            By gate, shape of ``V``.
        """
        return {
            name: gate.time_constant_at(V, concentrations, self._factor(gate.q10))
            for name, gate in self.gates.items()
            if not gate.instantaneous
        }

    def conductance(self, V: Any, **concentrations: Any) -> Any:
        """Return the conductance with the gates as they are, in the unit of ``g_max``."""
        return self.g_max * (self._factor(self.q10_conductance) * self._open(V, concentrations))

    def current(self, V: Any, **concentrations: Any) -> Any:
        """Return the outward current with the gates as they are."""
        return self.conductance(V, **concentrations) * (V - self.E)

    def affine(self, V: Any, **concentrations: Any) -> Affine:
        """Return the current as ``conductance * V - battery``, with the gates frozen."""
        g = self.conductance(V, **concentrations)
        return Affine(g, g * self.E)

    @classmethod
    def reads(cls) -> tuple[str, ...]:
        """Return the names of the concentrations that the gates read."""
        return tuple(dict.fromkeys(n for gate in cls.gates.values() for n in gate.reads))

    @classmethod
    def cite(cls) -> str:
        """Return the citation with its DOI."""
        if cls.source is None:
            raise ValueError(f"{cls.__name__} has no source.")
        return f"{cls.source.citation} https://doi.org/{cls.source.doi}"

    @classmethod
    def _q10s(cls) -> list[float]:
        return [cls.q10_conductance, *(gate.q10 for gate in cls.gates.values())]

    def _factor(self, q10: float) -> float:
        if self.source is None or self.temperature is None or q10 == 1:
            return 1.0
        return q10 ** ((self.temperature - self.source.temperature) / 10)

    def _open(self, V: Any, concentrations: Mapping[str, Any]) -> Any:
        values = {
            name: gate.steady_state_at(V, concentrations)
            if gate.instantaneous
            else getattr(self, name).value
            for name, gate in self.gates.items()
        }
        terms = ((1.0, tuple(values)),) if self.terms is None else self.terms
        total = 0.0
        for weight, names in terms:
            product = weight * jnp.ones_like(u.get_mantissa(V))
            for name in names:
                product = product * _power(values[name], self.gates[name].power)
            total = total + product
        return total


def _power(x: Any, p: float) -> Any:
    # Integer powers stay products: x ** 3.0 has a NaN gradient at 0.
    return x ** int(p) if float(p).is_integer() else x**p


def _check_conductance(name: str, value: Any) -> None:
    dim = u.get_unit(value).dim
    if dim not in (u.siemens.dim, (u.siemens / u.cm**2).dim):
        raise u.UnitMismatchError(
            f"{name} must be a conductance, per area (such as mS/cm2) or absolute (such as nS); "
            f"got {describe(value)}.",
            u.get_unit(value),
        )
