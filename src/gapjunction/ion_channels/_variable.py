"""States that are not gates, as channel and pool classes declare them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._parameter import no_attribute
from gapjunction.ion_channels._rate_functions import (
    Declared,
    Readings,
    arguments,
    check_rate,
    evaluate,
    trial_unit,
)


@dataclasses.dataclass(frozen=True)
class Variable:
    r"""A state with any differential equation, such as the occupied share of a binding site.

    A step at a constant voltage advances it by the exponential Rosenbrock method,
    :math:`x + \varphi_1(J\,dt)\,f\,dt` with the slope :math:`J` of :math:`f`. This is exact where
    the equation is linear, and of second order where it is not. Variables of one channel that read
    each other advance together, with the matrix of their slopes.

    Parameters
    ----------
    derivative : callable
        The time derivative: a function of V that takes by name the variable itself, other
        variables, gates, and whatever else rates of a :class:`Gate` can take. In a :class:`Pool`
        its first argument is not V, but the total outward current of the pool's ion.
    start : callable, Parameter, Quantity or float
        Value to start from. It also sets the unit.
    steady_state : callable, Parameter, Quantity or float, optional
        Its steady state at a constant voltage, which ``steady_state()`` of the channel returns; by
        default the start.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Variable
    >>> bound = Variable(
    ...     lambda V, bound, Ca: 100 / u.mM / u.ms * Ca * (1 - bound) - bound / (20 * u.ms),
    ...     start=0.0)
    """

    __module__ = "gapjunction.ion_channels"

    derivative: Callable[..., Any]
    start: Declared
    steady_state: Declared | None = None

    def __getattr__(self, name: str) -> NoReturn:
        raise no_attribute(self, name)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of all that its functions take."""
        given = (self.derivative, self.start, self.steady_state)
        names = [key for rate in given if rate is not None for key in arguments(rate)]
        return tuple(dict.fromkeys(names))

    def unit(self, name: str, known: Readings, argument: u.Unit = u.mV) -> u.Unit:
        """Return the unit of its start."""
        return trial_unit(f"start of variable {name}", self.start, known, argument)

    def check(self, name: str, known: Readings, argument: u.Unit = u.mV) -> None:
        """Raise an error for functions that cannot be traced, or give another unit.

        ``known`` holds an example of this variable, too.
        """
        unit = self.unit(name, known, argument)
        if not callable(self.derivative):
            raise TypeError(
                f"derivative of variable {name} must be a function, got "
                f"{describe(self.derivative)}."
            )
        what = f"derivative of variable {name}"
        check_rate(what, self.derivative, u.get_unit(_one(unit) / u.ms), known, argument)
        if self.steady_state is not None:
            what = f"steady_state of variable {name}"
            check_rate(what, self.steady_state, unit, known, argument)

    def start_at(self, V: QuantityLike, readings: Readings) -> Any:
        """Return the value to start from."""
        return evaluate(self.start, V, readings)

    def steady_state_at(self, V: QuantityLike, readings: Readings) -> Any:
        """Return the declared steady state, or else the start."""
        return evaluate(self.start if self.steady_state is None else self.steady_state, V, readings)


def derivatives(
    variables: Mapping[str, Variable], argument: QuantityLike, readings: Readings
) -> dict[str, u.Quantity]:
    """Return the time derivative of each variable; ``readings`` hold their values."""
    return {key: evaluate(x.derivative, argument, readings) for key, x in variables.items()}


def advance(
    variables: Mapping[str, Variable],
    argument: QuantityLike,
    readings: Readings,
    duration: QuantityLike,
) -> dict[str, Any]:
    """Return each variable after ``duration``, with everything else in ``readings`` constant.

    ``argument`` is the first argument of the functions: the voltage in a channel, the current in a
    pool.
    """
    found: dict[str, Any] = {}
    for names in _groups(variables):
        group = {name: variables[name] for name in names}
        found |= _advance_together(group, argument, readings, duration)
    return {name: found[name] for name in variables}


def _groups(variables: Mapping[str, Variable]) -> list[list[str]]:
    """Return the names of variables that read each other, directly or through others."""
    groups: list[list[str]] = []
    for name, variable in variables.items():
        linked = {name, *arguments(variable.derivative)} & set(variables)
        touching = [g for g in groups if linked & set(g) or _is_read_by(name, g, variables)]
        groups = [g for g in groups if g not in touching]
        groups.append([*(key for g in touching for key in g), name])
    return groups


def _is_read_by(name: str, group: Sequence[str], variables: Mapping[str, Variable]) -> bool:
    return any(name in arguments(variables[key].derivative) for key in group)


def _advance_together(
    group: Mapping[str, Variable],
    argument: QuantityLike,
    readings: Readings,
    duration: QuantityLike,
) -> dict[str, Any]:
    units = {name: u.get_unit(readings[name]) for name in group}
    dt = u.Quantity(duration).to_decimal(u.ms)

    def slopes(values: jax.Array) -> jax.Array:
        parts = {
            name: _with_unit(values[..., k], unit) for k, (name, unit) in enumerate(units.items())
        }
        found = derivatives(group, argument, {**readings, **parts})
        per_ms = [u.Quantity(found[name]) * u.ms / _one(unit) for name, unit in units.items()]
        return jnp.stack([jnp.asarray(u.Quantity(x).to_decimal(u.UNITLESS)) for x in per_ms], -1)

    now = jnp.stack([jnp.asarray(u.get_mantissa(readings[name])) for name in group], -1)
    columns = []
    for k in range(len(units)):
        # Each cell depends on its own values alone, so that one tangent direction gives the slopes
        # of all cells.
        direction = jnp.zeros_like(now).at[..., k].set(1.0)
        slope, column = jax.jvp(slopes, (now,), (direction,))
        columns.append(column)
    new = now + _rise(jnp.stack(columns, -1) * dt, slope * dt)
    return {name: _with_unit(new[..., k], unit) for k, (name, unit) in enumerate(units.items())}


def _rise(matrix: jax.Array, rise: jax.Array) -> jax.Array:
    r"""Return :math:`\varphi_1(A) b`, shape ``(..., n)``, for the linear equation x' = A x + b."""
    if rise.shape[-1] == 1:
        return rise * u.math.exprel(matrix[..., 0])
    # The result is the last column of the exponential of [[A, b], [0, 0]]. Entries of very
    # different size would lose digits there, so b is divided by its largest entry, and the result
    # is multiplied by it.
    size = jax.lax.stop_gradient(jnp.abs(rise).max(-1, keepdims=True))
    size = jnp.where(size == 0, 1.0, size)
    top = jnp.concatenate([matrix, (rise / size)[..., None]], -1)
    whole = jnp.concatenate([top, jnp.zeros_like(top[..., :1, :])], -2)
    exponential = jax.scipy.linalg.expm(whole, max_squarings=24)
    return exponential[..., :-1, -1] * size


def _with_unit(value: jax.Array, unit: u.Unit) -> Any:
    return value if unit.is_unitless else u.Quantity(value, unit=unit)


def _one(unit: u.Unit) -> u.Quantity:
    return u.Quantity(1.0, unit=unit)
