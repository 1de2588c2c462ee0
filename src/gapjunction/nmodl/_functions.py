"""Formulas as functions of V and of named arguments, as declarations take them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.nmodl._evaluate import Formula
from gapjunction.nmodl._graph import START, Node

Names = Mapping[str, tuple[str, u.Unit]]
"""For an input of formulas: what the library calls it, and the unit that the file has it in."""


class Function:
    """A formula with units: its inputs are arguments, its value is a quantity.

    Parameters
    ----------
    node : Node
        The formula, in the units of the file.
    names : Names
        The names of its inputs.
    unit : Unit
        The unit of its value.
    """

    def __init__(self, node: Node, names: Names, unit: u.Unit = u.UNITLESS) -> None:
        self.formula, self.unit = Formula(node), unit
        # The voltage of INITIAL is the one at the start, where these functions are evaluated.
        self.names = {key: names[key] for key in self.formula.inputs if key not in ("v", START)}
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        every = ["V", *dict.fromkeys(name for name, _ in self.names.values())]
        self.__signature__ = inspect.Signature([inspect.Parameter(x, kind) for x in every])

    def __call__(self, V: QuantityLike, **readings: Any) -> Any:
        """Return its value at a voltage."""
        v = u.Quantity(V).to_decimal(u.mV)
        values: dict[str, Any] = {"v": v, START: v}
        for key, (name, unit) in self.names.items():
            value = readings[name]
            values[key] = value if unit.is_unitless else u.Quantity(value).to_decimal(unit)
        found = jnp.asarray(self.formula(values))
        if not jnp.issubdtype(found.dtype, jnp.floating):
            found = found.astype(jnp.result_type(float))
        return found if self.unit.is_unitless else u.Quantity(found, unit=self.unit)

    def __repr__(self) -> str:
        return f"<formula of {', '.join(self.__signature__.parameters)}>"
