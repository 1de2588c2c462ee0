"""What has to be known about a junction to compute which time steps are stable."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.connectivity import Edges
from gapjunction.coupling import Mode


class Junction(Protocol):
    """The attributes of a junction that are used here.

    It is a protocol, because the class itself is in a layer of the package that imports this one.
    """

    edges: Edges
    weight: Any
    coupling: str
    mode: Mode
    per: tuple[Any, Any]
    symmetric: bool

    @property
    def pre(self) -> Any:
        """The population that edges start at."""

    @property
    def post(self) -> Any:
        """The population that edges end at."""

    def largest_conductance(self) -> Any:
        """Return the largest slope of each edge's current, in a shape that ``weight`` may have."""


def divisor(per: u.Quantity | None, weight: u.Unit, own: u.Unit) -> np.ndarray | None:
    """Return what conductances in ``weight`` are divided by to give a population's own unit.

    None, which stands for 1, is returned where the two units are the same.
    """
    if per is None and weight == own:
        return None
    return numbers(1.0 if per is None else per, u.get_unit(weight / own))


def numbers(value: ArrayLike, unit: QuantityLike) -> np.ndarray:
    """Return the numbers of a quantity in a unit, as a float64 array of NumPy."""
    return np.asarray(u.Quantity(value).to_decimal(u.get_unit(unit)), np.float64)
