"""Functions of V as expressions: JAX traces them, and each of its operations becomes a node."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import Parameter, RateForm, exponential, linoid, sigmoid
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Name, Node, Number, apply, replace
from gapjunction.neuroml._parse import parse
from gapjunction.neuroml._rates import LemsRate
from gapjunction.neuroml._units import DIMENSIONS, ZERO_CELSIUS, Dimension, host_unit
from gapjunction.neuroml._walk import Language, Walk

# The library limits the arguments of exponentials to this range, also in expressions that are read
# back. An exponential with other limits would be written together with them, and still be right.
_LEMS: Final = Language(NeuromlError, "LEMS expressions", (80.0,))
_PER_MV = apply("/", Name("v"), Number(1.0, DIMENSIONS["voltage"]))
_PER_MM = apply("/", Name("caConc"), Number(1.0, DIMENSIONS["concentration"]))
_CELSIUS = apply(
    "-",
    apply("/", Name("temperature"), Number(1.0, DIMENSIONS["temperature"])),
    Number(ZERO_CELSIUS),
)
_FORMULAS: Final = {
    exponential: "scale * exp((v - half) / slope)",
    sigmoid: "scale / (1 + exp(-((v - half) / slope)))",
    linoid: "scale * ((v - half) / slope) / (1 - exp(-((v - half) / slope)))",
}


def node_of(rate: Any, dimension: Dimension, values: Mapping[str, Any], what: str) -> Node:
    """Return a declared rate as an expression.

    Parameters
    ----------
    rate : callable, Parameter, Quantity or float
        A rate of a gate.
    dimension : Dimension
        The dimension that it must have.
    values : dict of str to Quantity or float
        The values of parameters.
    what : str
        Which rate it is, for messages.
    """
    if isinstance(rate, Parameter):
        rate = values[rate.name]
    if isinstance(rate, LemsRate):
        return rate.root
    if isinstance(rate, RateForm) and type(rate) in _FORMULAS:
        parts = {
            name: Number(scalar(resolved(field, values), own, f"{name} of {what}"), own)
            for name, field, own in (
                ("scale", rate.scale, dimension),
                ("half", rate.V_half, DIMENSIONS["voltage"]),
                ("slope", rate.slope, DIMENSIONS["voltage"]),
            )
        }
        return replace(parse(_FORMULAS[type(rate)], what), parts)
    if not callable(rate):
        return Number(scalar(rate, dimension, what), dimension)
    return _traced(rate, dimension, values, what)


def resolved(field: Any, values: Mapping[str, Any]) -> Any:
    """Return a number of a form; for a parameter its value."""
    return values[field.name] if isinstance(field, Parameter) else field


def scalar(value: Any, dimension: Dimension, what: str) -> float:
    """Return one number, in the units of this package."""
    unit = host_unit(dimension)
    plain = u.Quantity(value).to_decimal(unit)
    if isinstance(plain, jax.core.Tracer):
        raise NeuromlError(f"{what} must be a number that is known, not one that JAX traces.")
    numbers = np.unique(np.asarray(plain, dtype=float))
    if numbers.shape != (1,) or not np.isfinite(numbers).all():
        raise NeuromlError(f"{what} must be one finite number to be written; it has several.")
    return float(numbers[0])


def _traced(
    rate: Callable[..., Any], dimension: Dimension, values: Mapping[str, Any], what: str
) -> Node:
    _, *taken = inspect.signature(rate).parameters.values()
    # Arguments with a default value are the function's own.
    names = [item.name for item in taken if item.default is inspect.Parameter.empty]
    for name in names:
        if name not in ("Ca", "temperature", *values):
            raise NeuromlError(
                f"{what} must read no more than V, Ca, temperature and parameters to be "
                f"written; it reads {name!r}."
            )
    unit = host_unit(dimension)

    def plain(v: jax.Array, ca: jax.Array, celsius: jax.Array) -> jax.Array:
        known = {**values, "Ca": u.Quantity(ca, unit=u.mM), "temperature": celsius}
        value = rate(u.Quantity(v, unit=u.mV), **{name: known[name] for name in names})
        return jnp.asarray(u.Quantity(value).to_decimal(unit))

    # Otherwise the constants of the function would be rounded.
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(plain)(0.5, 0.5, 0.5)
    walk = Walk(what, _LEMS)
    (root,) = walk.through(closed.jaxpr, closed.consts, [_PER_MV, _PER_MM, _CELSIUS])
    if dimension == DIMENSIONS["none"]:
        return root
    return apply("*", root, Number(1.0, dimension))
