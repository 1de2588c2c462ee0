"""The numbers of a channel or a pool: declared with a default, of the right size, and trainable."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Mapping
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import ArrayLike
from gapjunction._typing import Parameter as ParameterLike


@dataclasses.dataclass(frozen=True, eq=False)
class Parameter:
    """A number of a channel or a pool that rates and currents read by its name.

    It is an attribute of the class, and an argument when a channel is made: one value, one per
    cell, or a State or Param to be trained. It stands in place of a constant in gates and rate
    forms, and is read by functions that take its name.

    Parameters
    ----------
    default : Quantity or float
        Value of channels that are made without it. It also sets the unit.
    note : str
        What it means.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Channel, Gate, Parameter, sigmoid
    >>> class Slow(Channel):
    ...     ion = 'K'
    ...     g_max = 1 * u.mS / u.cm**2
    ...     E = -90 * u.mV
    ...     V_half = Parameter(-35 * u.mV)
    ...     tau = Parameter(100 * u.ms, 'time constant at any voltage')
    ...     n = Gate(1, steady_state=sigmoid(1.0, V_half, 10 * u.mV), time_constant=tau)
    >>> channel = Slow(2, V_half=[-35., -45.] * u.mV)
    >>> [round(x, 2) for x in channel.steady_state(-35.0 * u.mV)['n'].tolist()]
    [0.5, 0.73]
    """

    __module__ = "gapjunction.ion_channels"

    default: ArrayLike
    note: str = ""
    name: str = dataclasses.field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        # An object that has a name already keeps it, so that collect_parameters can tell that it
        # is used under two names, and raise an error.
        if not self.name:
            object.__setattr__(self, "name", name)

    def __getattr__(self, name: str) -> NoReturn:
        raise no_attribute(self, name)


def no_attribute(item: object, name: str) -> AttributeError:
    """Return the error for an attribute that a part of a declaration does not have.

    In the body of a class, a gate called ``u`` hides a module of the same name.
    """
    kind = type(item).__name__
    hint = ""
    if not name.startswith("_") and name in vars(u):
        hint = (
            f"; is saiunit's {name} meant? After a line such as 'u = {kind}(...)' the name u is "
            f"the {kind} in the rest of the class: put this line last, or import saiunit under "
            "another name"
        )
    return AttributeError(f"{kind!r} object has no attribute {name!r}{hint}")


def take_parameters(
    owner: Any, declared: Mapping[str, Parameter], given: Mapping[str, ParameterLike]
) -> None:
    """Store the parameters of a new channel or pool: those given, and the defaults of others.

    Raises
    ------
    TypeError
        If one is given that is not declared, or is not a number.
    ValueError
        If the size of one is not that of the population.
    saiunit.UnitMismatchError
        If one does not have the unit of its default.

    Nothing is stored unless all of them are right.
    """
    kind = type(owner).__name__
    for name in given:
        if name not in declared:
            # The last argument of ``__init__`` stands for the declared parameters.
            arguments = list(inspect.signature(owner.__init__).parameters)[:-1]
            near = difflib.get_close_matches(name, [*declared, *arguments], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            listed = ", ".join(declared) or "none"
            raise TypeError(
                f"{name} must be an argument of {kind}, whose declared parameters are: "
                f"{listed}.{hint}"
            )
    values = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.default)
        check_like(name, value_of(value), parameter.default)
        values[name] = as_parameter(name, value, owner.in_size)
        if name in owner.rate_constants:
            check_constant(name, value_of(value), owner.rate_constants[name])
    for name, value in values.items():
        setattr(owner, name, value)


def check_like(name: str, value: object, example: ArrayLike) -> None:
    """Raise an error for a value that is not a number in the unit of another."""
    unit = u.get_unit(example)
    what = "a number" if unit.is_unitless else f"in a unit such as {unit}"
    if u.get_unit(value).dim != unit.dim:
        raise u.UnitMismatchError(f"{name} must be {what}, got {describe(value)}.")
    mantissa = u.get_mantissa(value)
    is_traced = isinstance(mantissa, jax.core.Tracer)
    if not is_traced and not jnp.issubdtype(np.asarray(mantissa).dtype, np.number):
        raise TypeError(f"{name} must be {what}, got {describe(value)}.")


def check_constant(name: str, rate: ArrayLike, unit: u.Unit) -> None:
    """Raise an error for a constant outside the range that its unit implies.

    A time must be positive, a rate must not be negative, and a number without a unit, which is an
    open fraction, must be between 0 and 1.
    """
    mantissa = u.get_mantissa(rate)
    # The numbers of a value that JAX traces are not known yet.
    if isinstance(mantissa, jax.core.Tracer):
        return
    numbers = np.asarray(mantissa)
    is_time = unit.dim == u.ms.dim
    high = 1 if unit.is_unitless else np.inf
    if not ((numbers > 0 if is_time else numbers >= 0) & (numbers <= high)).all():
        must = "be positive" if is_time else "not be negative"
        must = "be between 0 and 1" if unit.is_unitless else must
        raise ValueError(f"{name} must {must}, got {describe(rate)}.")


def as_parameter(name: str, value: ParameterLike, size: tuple[int, ...]) -> Any:
    """Return an argument as it is stored: a State or Param as it is, others as floats."""
    plain = value_of(value)
    if isinstance(plain, (list, tuple)):
        plain = value = np.asarray(plain)
    check_size(name, plain, size)
    if not is_parameter(value):
        return as_floating(plain)
    if not jnp.issubdtype(jnp.result_type(u.get_mantissa(plain)), jnp.floating):
        raise TypeError(
            f"{name} must hold floating-point numbers to have gradients, got {describe(plain)}."
        )
    return value


def check_size(name: str, value: Any, size: tuple[int, ...]) -> None:
    """Raise an error for a value that is neither one for all cells nor one for each."""
    value = value_of(value)
    shape = tuple(u.math.shape(value))
    if len(shape) > len(size) or any(
        a not in (1, b) for a, b in zip(shape[::-1], size[::-1], strict=False)
    ):
        raise ValueError(f"{name} must be one value, or of the size {size}, got {describe(value)}.")


def check_positive(name: str, value: Any, *, zero: bool = False) -> None:
    """Raise an error for a value that is not above 0; with ``zero``, for one below 0.

    Values that JAX traces are accepted, because their numbers are not known yet.
    """
    mantissa = u.get_mantissa(value_of(value))
    if isinstance(mantissa, jax.core.Tracer):
        return
    numbers = np.asarray(mantissa)
    if not (numbers >= 0 if zero else numbers > 0).all():
        what = "not be negative" if zero else "be positive"
        raise ValueError(f"{name} must {what}, got {describe(value_of(value))}.")
