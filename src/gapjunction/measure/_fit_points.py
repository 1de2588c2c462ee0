"""Curves over voltage, fitted to points: activation, inactivation, rates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_choice, check_real, check_unit, describe
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels import Parameter, RateForm
from gapjunction.measure._estimate import Estimate
from gapjunction.measure._solve import free, solve, with_unit


@dataclasses.dataclass(frozen=True, eq=False)
class CurveFit:
    """Numbers of a rate form, fitted to points.

    Attributes
    ----------
    form : RateForm
        The form with the fitted numbers.
    parameters : dict of str to Estimate
        The fitted numbers with their intervals, by name.
    residuals : Quantity or array
        Points minus fit.
    level : float
        Level of the intervals.
    """

    __module__ = "gapjunction.measure"

    form: RateForm
    parameters: dict[str, Estimate]
    residuals: ArrayLike
    level: float

    def __str__(self) -> str:
        lines = [f"{type(self.form).__name__}, {100 * self.level:g} % confidence"]
        lines += [f"  {name:<6}  {one}" for name, one in self.parameters.items()]
        return "\n".join(lines)


def fit_points(
    form: RateForm,
    V: QuantityLike,
    points: ArrayLike,
    names: Iterable[str] = ("scale", "V_half", "slope"),
    *,
    power: float = 1,
    starts: int = 1,
    seed: int = 0,
    level: float = 0.95,
) -> CurveFit:
    """Fit a rate form to points over voltage, by least squares.

    For activation and inactivation curves (a :class:`~gapjunction.ion_channels.sigmoid`) and for
    rates that were measured at each voltage.

    Parameters
    ----------
    form : RateForm
        The form, with the numbers to start from.
    V : Quantity, shape (n,)
        Voltages.
    points : Quantity or array, shape (n,)
        What was measured, in the unit of the form's scale to this ``power``.
    names : iterable of {'scale', 'V_half', 'slope'}
        The numbers to fit; the others keep their values.
    power : float, default 1
        The points are this power of the form: 4 for the activation of a channel with four gates.
    starts, seed, level
        As in :func:`fit_channel`.

    Returns
    -------
    CurveFit

    Raises
    ------
    TypeError
        If ``form`` is not a rate form, or one of its numbers is a ``Parameter``.
    ValueError
        If a name is not known, a voltage or point is not finite, or there are not more points than
        numbers.
    saiunit.UnitMismatchError
        If voltages or points have the wrong unit.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> from gapjunction.ion_channels import sigmoid
    >>> V = np.arange(-80.0, 1, 10) * u.mV
    >>> points = sigmoid(1.0, -42 * u.mV, 6 * u.mV)(V)
    >>> start = sigmoid(1.0, -30 * u.mV, 10 * u.mV)
    >>> fit = gj.measure.fit_points(start, V, points, ["V_half", "slope"])
    >>> round(float(fit.form.V_half / u.mV), 1), round(float(fit.form.slope / u.mV), 1)
    (-42.0, 6.0)
    """
    if not isinstance(form, RateForm):
        raise TypeError(f"form must be a rate form, such as a sigmoid; got {describe(form)}.")
    fields = {field.name: getattr(form, field.name) for field in dataclasses.fields(form)}
    for name, value in fields.items():
        if isinstance(value, Parameter):
            raise TypeError(f"{name} of the form must be a number, got a Parameter.")
    if isinstance(names, str):
        raise TypeError(f"names must be a list of names, got {names!r}.")
    every = [check_choice("names", name, fields) for name in dict.fromkeys(names)]
    if not every:
        raise ValueError("names must hold a number to fit, got none.")
    power = check_real("power", power)
    unit = u.get_unit(points)
    volts = np.asarray(check_unit("V", V, u.mV, "a voltage").to_decimal(u.mV), float)
    expected = u.get_unit(fields["scale"]) ** power
    if unit.dim != expected.dim:
        raise u.UnitMismatchError(
            f"points must be in a unit of the form's scale to this power, such as {expected}; "
            f"got {describe(points)}."
        )
    theirs = np.asarray(u.Quantity(points).to_decimal(unit), float)
    if volts.ndim != 1 or theirs.shape != volts.shape:
        raise ValueError(
            f"points must have the shape of V, (n,); got {theirs.shape} and {volts.shape}."
        )
    for name, plain in (("V", volts), ("points", theirs)):
        if not np.isfinite(plain).all():
            raise ValueError(f"{name} must be finite, got numbers that are not.")
    size = float(np.abs(theirs).max(initial=0.0)) or 1.0
    numbers = [free(name, fields[name]) for name in every]
    dtype = brainstate.environ.dftype()

    def made(x: jax.Array) -> RateForm:
        new = {}
        for k, item in enumerate(numbers):
            value = item.value(x[k], jnp.exp)
            new[item.name] = value if item.unit.is_unitless else u.Quantity(value, unit=item.unit)
        return dataclasses.replace(form, **new)

    def both(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        at = u.Quantity(jnp.asarray(volts, dtype), unit=u.mV)
        value = made(x)(at) ** power  # type: ignore[operator]
        value = jnp.asarray(u.Quantity(value).to_decimal(unit)) / size
        return value, value

    run = jax.jit(jax.jacfwd(both, has_aux=True))

    def function(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        jacobian, ours = run(jnp.asarray(x, dtype))
        return [np.asarray(ours, float)[:, None] - theirs[:, None] / size], [
            np.asarray(jacobian, float)[:, None]
        ]

    found = solve(function, numbers, starts=starts, seed=seed, level=level)
    best = {item.name: with_unit(found.estimates[item.name].value) for item in numbers}
    left = -found.residuals[0][:, 0] * size
    return CurveFit(
        dataclasses.replace(form, **best),
        found.estimates,
        left if unit.is_unitless else u.Quantity(left, unit=unit),
        level,
    )
