"""Recognises the constant-field equation in a factor of a current."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable

import numpy as np
import saiunit as u

from gapjunction.ion_channels._ion import VALENCE
from gapjunction.ion_channels._nernst import thermal_voltage
from gapjunction.nmodl._evaluate import Formula
from gapjunction.nmodl._graph import Node
from gapjunction.nmodl._model import Model

_TEMPERATURES = (10.0, 35.0)
_FARADAY = 96485.33212  # C/mol


@dataclasses.dataclass(frozen=True)
class Field:
    """A constant-field current: its factor in cm/s, and RT/F in mV as ``offset + slope * T``."""

    permeability: float
    offset: float
    slope: float

    @property
    def is_physical(self) -> bool:
        """Whether RT/F is that of the constants of nature."""
        return all(
            math.isclose(
                self.offset + self.slope * t, float(thermal_voltage(t) / u.mV), rel_tol=1e-5
            )
            for t in _TEMPERATURES
        )


def constant_field(made: Model, node: Node, ion: str) -> Field | None:
    """Return a formula of V and two concentrations as a constant-field current, or None."""
    inside = [key for key, name in made.concentrations.items() if name == ion]
    outside = [key for key, name in made.concentrations.items() if name == f"{ion}_out"]
    z = VALENCE.get(ion, made.valences.get(ion, 0))
    if not inside or not outside or z == 0:
        return None
    keys = {"v", inside[0], outside[0]}
    if not keys <= node.inputs <= keys | {"celsius"}:
        return None
    formula = Formula(node)

    def current(v: np.ndarray, a: float, b: float, t: float) -> np.ndarray:
        return formula.probe({"v": v, inside[0]: a, outside[0]: b, "celsius": t})

    low, high = (_scale(functools.partial(current, a=0.1, b=2.0, t=t), z) for t in _TEMPERATURES)
    if low is None or high is None:
        return None
    slope = (high - low) / (_TEMPERATURES[1] - _TEMPERATURES[0])
    offset = low - slope * _TEMPERATURES[0]
    v = np.array([-93.1, -61.7, -20.3, 11.9, 47.3])
    ratios = []
    for a, b, t in ((1e-4, 2.0, 6.3), (0.3, 1.1, 22.0), (5.0, 0.2, 36.0)):
        xi = z * v / (offset + slope * t)
        expected = z * _FARADAY * xi * (a - b * np.exp(-xi)) / -np.expm1(-xi) * 1e-3
        ratios.append(current(v, a, b, t) / expected)
    every = np.concatenate(ratios)
    if not np.allclose(every, every[0], rtol=1e-7, atol=0.0) or not np.isfinite(every[0]):
        return None
    return Field(float(every[0]), offset, slope)


def _scale(current: Callable[..., np.ndarray], z: int) -> float | None:
    """Return RT/F from the voltage at which the current is 0 for 0.1 mM inside, 2 mM outside."""
    low, high = np.array(0.5), np.array(400.0)
    if z < 0:
        low, high = -high, -low
    first = current(low)
    if not np.isfinite(first) or np.sign(first) == np.sign(current(high)):
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if np.sign(current(middle)) == np.sign(first):
            low = middle
        else:
            high = middle
    return float(z * (low + high) / 2 / math.log(2.0 / 0.1))
