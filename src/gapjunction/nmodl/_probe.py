"""Numbers at which formulas are evaluated, to recognise them."""

from __future__ import annotations

import numpy as np

from gapjunction.nmodl._evaluate import Formula
from gapjunction.nmodl._graph import START, Node
from gapjunction.nmodl._model import Model

VOLTAGES = np.array([-117.3, -91.7, -71.1, -52.6, -39.3, -23.9, -7.7, 4.3, 21.9, 58.7])


def surroundings(made: Model, *, celsius: float | None = None) -> dict[str, np.ndarray]:
    """Return values of all inputs that are not states: parameters at their defaults."""
    warm = made.celsius if made.celsius is not None else 22.0
    found: dict[str, np.ndarray] = {"v": VOLTAGES, START: VOLTAGES}
    found["celsius"] = np.full_like(VOLTAGES, warm if celsius is None else celsius)
    for key, value in {**made.parameters, **made.reversals}.items():
        found[key] = np.full_like(VOLTAGES, value)
    for key in made.concentrations:
        # Concentrations inside and outside. They vary, so that a dependence on them shows.
        low, high = (5e-5, 5e-3) if key.endswith("i") else (1.0, 3.0)
        found[key] = np.geomspace(low, high, VOLTAGES.size)[::-1]
    return found


def probe(node: Node, values: dict[str, np.ndarray]) -> np.ndarray:
    """Return a formula at these values, one for each voltage."""
    return np.broadcast_to(Formula(node).probe(values), VOLTAGES.shape)


def same(a: np.ndarray, b: np.ndarray, tolerance: float = 1e-6) -> bool:
    """Whether two formulas agree wherever both are finite, and both are finite somewhere."""
    finite = np.isfinite(a) & np.isfinite(b)
    return bool(finite.any() and np.allclose(a[finite], b[finite], rtol=tolerance, atol=tolerance))
