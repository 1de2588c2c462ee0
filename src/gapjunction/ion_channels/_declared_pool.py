"""Ion pools with any equations: pumps, buffers, accumulation outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import brainstate
import jax.numpy as jnp
import saiunit as u

from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, QuantityLike, Size
from gapjunction._typing import Parameter as ParameterLike
from gapjunction.ion_channels._declaration import (
    check_known,
    check_names,
    check_read,
    collect,
    collect_parameters,
    example,
)
from gapjunction.ion_channels._ion import check_ion
from gapjunction.ion_channels._parameter import Parameter, check_positive, take_parameters
from gapjunction.ion_channels._pools import LEAST, IonPool
from gapjunction.ion_channels._source import Source
from gapjunction.ion_channels._variable import Variable, advance, derivatives

_CURRENTS = {True: u.uA / u.cm**2, False: u.nA}
_SIDES = ("inside", "outside")


class Pool(IonPool):
    r"""An ion pool with any equations, declared by the attributes of a class.

    A :class:`Variable` called ``inside`` or ``outside`` is the concentration on that side of the
    membrane. Channels read other variables under the pool's label and the variable's name: a
    variable ``buffer`` of a calcium pool is ``Ca_buffer``. The first argument of functions is the
    total outward current of the ion. Further arguments are found by their names: variables,
    parameters, the constant concentration of a side that is not a variable, and the
    ``temperature``. In a step, variables advance together at a constant current; the step is exact
    where their equations are linear. Concentrations do not fall below 1e-9 mM.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    inside, outside : Quantity, optional
        Constant concentration of a side that is not a variable.
    E, temperature, name, label
        As for :class:`FixedPool`.
    sources : iterable of str, optional
        Names of the channels in its neuron whose currents change it; by default all that carry its
        ion.
    **parameters : Quantity, float, State or Param
        Values of declared parameters (:class:`Parameter`), by name.

    Attributes
    ----------
    ion : str
        Which ion.
    variables : dict of str to Variable
        The declared variables.
    parameters : dict of str to Parameter
        The declared parameters.
    source : Source, optional
        Where the numbers are from.

    Raises
    ------
    ValueError
        If there is no variable, or a function reads what the pool does not have.
    saiunit.UnitMismatchError
        If a derivative has the wrong unit.

    Examples
    --------
    Calcium that enters a shell and is pumped out with Michaelis-Menten kinetics:

    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Parameter, Pool, Variable
    >>> class Pumped(Pool):
    ...     ion = 'Ca'
    ...     depth = Parameter(0.1 * u.um)
    ...     fastest = Parameter(0.1 * u.uM / u.ms)
    ...     half = Parameter(0.5 * u.uM)
    ...     inside = Variable(
    ...         lambda current, inside, depth, fastest, half:
    ...             -current / (2 * u.faraday_constant * depth)
    ...             - fastest * inside / (inside + half),
    ...         start=0.1 * u.uM)
    >>> pool = Pumped(1, outside=2 * u.mM, temperature=36.0)
    >>> pool.offers()
    ('Ca', 'Ca_out', 'E_Ca')
    """

    __module__ = "gapjunction.ion_channels"

    fields: ClassVar[tuple[str, ...]] = ("ion", "source")
    ion: str = ""
    source: ClassVar[Source | None] = None
    variables: ClassVar[dict[str, Variable]] = {}
    parameters: ClassVar[dict[str, Parameter]] = {}
    rate_constants: ClassVar[dict[str, u.Unit]] = {}
    _per_area: ClassVar[bool | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        kind = cls.__name__
        variables, parameters = collect(cls, Variable, "variable"), collect_parameters(cls)
        check_names(cls, {**variables, **parameters}, ("E", "temperature", "label", "sources"))
        # Channels would read a variable called out as Ca_out, which is the concentration outside.
        check_names(cls, variables, ("out",))
        check_known(cls, [*variables, *parameters])
        check_read(cls, parameters, variables.values())
        cls.variables, cls.parameters = variables, parameters
        check_ion(f"ion of {kind}", cls.ion)
        if not cls.variables:
            raise ValueError(f"{kind} must declare at least one Variable; or use a FixedPool.")
        known: dict[str, ArrayLike] = {name: x.default for name, x in cls.parameters.items()}
        known |= {"temperature": 20.0, **dict.fromkeys(_SIDES, 0.0001 * u.mM)}
        cls._per_area = _per_area_of(cls, known)

    def __init__(
        self,
        in_size: Size,
        inside: ParameterLike | None = None,
        outside: ParameterLike | None = None,
        E: ParameterLike | None = None,
        temperature: float | None = None,
        name: str | None = None,
        *,
        label: str | None = None,
        sources: Iterable[str] | None = None,
        **parameters: ParameterLike,
    ) -> None:
        kind = type(self).__name__
        for side, value in zip(_SIDES, (inside, outside), strict=True):
            if value is not None and side in self.variables:
                raise ValueError(f"{side} must be left out: it is a variable of {kind}.")
        super().__init__(
            in_size, self.ion, outside, E, temperature, name, label=label, sources=sources
        )
        constant = self._concentration("inside", inside)
        # A side that is a variable becomes a state in init_state.
        self._constants = {"inside": constant, "outside": self.outside}
        if constant is not None and E is None and temperature is not None:
            check_positive("inside", constant)
        read = {name for variable in self.variables.values() for name in variable.reads}
        given = {"temperature": temperature, **self._constants}
        for key, value in given.items():
            if key in read and key not in self.variables and value is None:
                raise ValueError(f"{key} must be given: the equations of {kind} read it.")
        take_parameters(self, self.parameters, parameters)

    @property
    def per_area(self) -> bool | None:
        """Whether it takes current per area of membrane; None if it takes either."""
        return self._per_area

    @property
    def concentration(self) -> u.Quantity | None:
        """The concentration inside, now; None if it is not known."""
        return self._readings().get("inside")

    def offers(self) -> tuple[str, ...]:
        """Return the names that channels can read."""
        return (*super().offers(), *(self._called(name) for name in self._others()))

    def read(self) -> dict[str, u.Quantity]:
        """Return the present values of all that the pool :meth:`offers`, by name."""
        return self.read_with(self._now())

    def read_at(self, inside: Any) -> dict[str, u.Quantity]:
        """Return what the pool would offer with the inner concentration ``inside``."""
        return self.read_with({**self._now(), "inside": inside})

    def read_with(self, states: Mapping[str, Any]) -> dict[str, u.Quantity]:
        """Return what the pool would offer with other values of its states."""
        values = {**self._fixed(), **states}
        # An intermediate stage of an explicit method may pass below the lowest concentration.
        sides = [_above_least(values[side]) if side in values else None for side in _SIDES]
        offered = self._offer(*sides)
        return offered | {self._called(name): values[name] for name in self._others()}

    def init_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Create the states at their start, in the shape of ``V``; without ``V`` do nothing."""
        if isinstance(V, u.Quantity):
            for name, value in self._start(V).items():
                setattr(self, name, brainstate.HiddenState(value))

    def reset_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Put the states back to their initial values."""
        if isinstance(V, u.Quantity):
            for name, value in self._start(V).items():
                getattr(self, name).value = value

    def pool_states(self) -> dict[str, brainstate.State]:
        """Return the states of its variables, by name."""
        return {name: getattr(self, name) for name in self.variables}

    def keep_in_range(self) -> None:
        """Raise concentrations that a solver took below the lowest possible one to that value."""
        for side in _SIDES:
            if side in self.variables:
                state = getattr(self, side)
                state.value = _above_least(state.value)

    def advanced(self, current: u.Quantity | None, duration: QuantityLike) -> dict[str, Any]:
        """Return the values of its states after ``duration`` at a constant current."""
        new = advance(self.variables, self._argument(current), self._readings(), duration)
        return {name: _above_least(x) if name in _SIDES else x for name, x in new.items()}

    def derivative(self, current: u.Quantity | None) -> dict[str, u.Quantity]:
        """Return the time derivative of each state, by name."""
        return derivatives(self.variables, self._argument(current), self._readings())

    @property
    def _has_inside(self) -> bool:
        return "inside" in self.variables or self._constants["inside"] is not None

    @property
    def _has_outside(self) -> bool:
        return "outside" in self.variables or self._constants["outside"] is not None

    def _others(self) -> list[str]:
        return [name for name in self.variables if name not in _SIDES]

    def _called(self, name: str) -> str:
        return f"{self.label}_{name}"

    def _fixed(self) -> dict[str, Any]:
        """Return everything that its functions can read apart from states."""
        found: dict[str, Any] = {key: value_of(getattr(self, key)) for key in self.parameters}
        found |= {key: value_of(x) for key, x in self._constants.items() if x is not None}
        return found if self.temperature is None else {**found, "temperature": self.temperature}

    def _now(self) -> dict[str, Any]:
        return {name: state.value for name, state in self.pool_states().items()}

    def _readings(self) -> dict[str, Any]:
        return {**self._fixed(), **self._now()}

    def _argument(self, current: u.Quantity | None) -> u.Quantity:
        """Return the current in the shape of the states; 0 if there is none."""
        now = next(iter(self._now().values()))
        nothing = u.Quantity(jnp.zeros_like(u.get_mantissa(now)), unit=_CURRENTS[self._unit()])
        return nothing if current is None else nothing + current

    def _unit(self) -> bool:
        return self._per_area is not False

    def _start(self, V: u.Quantity) -> dict[str, Any]:
        nothing = u.Quantity(jnp.zeros_like(u.get_mantissa(V)), unit=_CURRENTS[self._unit()])
        readings = self._fixed()
        found: dict[str, Any] = {}
        for name, variable in self.variables.items():
            readings[name] = found[name] = variable.start_at(nothing, readings)
        return found


def _per_area_of(cls: type[Pool], known: dict[str, ArrayLike]) -> bool | None:
    """Return whether the equations take current per area; None if they take either."""
    fitting, errors = [], []
    for per_area, unit in _CURRENTS.items():
        readings = dict(known)
        try:
            for name, variable in cls.variables.items():
                _check_side(cls, name, variable)
                readings[name] = example(variable.unit(f"{name!r}", readings, unit))
            for name, variable in cls.variables.items():
                missing = [key for key in variable.reads if key not in readings]
                if missing:
                    raise ValueError(
                        f"variable {name!r} of {cls.__name__} must read what the pool has "
                        f"({', '.join(readings)}), got {missing[0]!r}."
                    )
                variable.check(f"{name!r} of {cls.__name__}", readings, unit)
            fitting.append(per_area)
        except u.UnitMismatchError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]
    return None if len(fitting) > 1 else fitting[0]


def _check_side(cls: type[Pool], name: str, variable: Variable) -> None:
    start = variable.start.default if isinstance(variable.start, Parameter) else variable.start
    if name in _SIDES and not callable(start) and u.get_unit(start).dim != u.mM.dim:
        raise ValueError(
            f"start of variable {name!r} of {cls.__name__} must be a concentration, got {start}."
        )


def _above_least(value: Any) -> Any:
    return u.math.maximum(value, LEAST)
