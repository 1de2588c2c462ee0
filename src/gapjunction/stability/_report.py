"""The report on the stability of gap junctions."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike
from gapjunction.limits import PER_MS


@dataclasses.dataclass(frozen=True, eq=False)
class StabilityReport:
    """How stiff gap junctions are: the result of :func:`gapjunction.stability`, to be printed.

    It is about the junctions alone: the time step that the neurons need by themselves is not in it.

    Attributes
    ----------
    name : str
        Name of the junction that is reported on; ``'all together'`` for several.
    couplings : tuple of str
        The coupling modes of the junctions.
    n_junctions : int
        Number of edges.
    dt : Quantity or float
        The time step. If it is a number, all times and rates here are numbers.
    kappa : dict of str to numpy.ndarray
        ``dt * sum_j g_ij / C_i`` of each cell i, by population, in the order of flat ids.
    kappa_mean, kappa_max : float
        Mean and maximum of kappa over all cells.
    worst : tuple of str and int
        Population and flat id of the cell with the largest kappa.
    worst_name : str or None
        Name of that cell, if the edges of a junction have labels.
    lambda_max : Quantity or float
        Largest rate at which coupling alone makes voltages decay: the largest (real part of an)
        eigenvalue of the Laplacian over capacitance.
    membrane_rate : Quantity or float or None
        Mean rate at which the cells decay by themselves; None if the rate of a cell is not known.
    stiffness : float or None
        ``lambda_max`` over ``membrane_rate``.
    largest_dt : dict of str to Quantity or float
        By coupling mode, the largest stable time step if all junctions had that mode; infinite if
        every time step is stable.
    largest_dt_as_built : Quantity or float
        The largest stable time step with the modes that the junctions have.
    damping_mean, damping_max : float
        Mean and maximum of ``kappa / (1 + kappa)``. If all cells change together, a scheme that
        solves for each cell with its neighbours' voltages at the step's start loses this fraction
        of the change.
    advice : str
        What to do about the junctions, in one line.
    parts : tuple of StabilityReport
        A report for each junction, if there are several.
    """

    __module__ = "gapjunction"

    name: str
    couplings: tuple[str, ...]
    n_junctions: int
    dt: Any
    kappa: dict[str, np.ndarray]
    kappa_mean: float
    kappa_max: float
    worst: tuple[str, int]
    worst_name: str | None
    lambda_max: Any
    membrane_rate: Any
    stiffness: float | None
    largest_dt: dict[str, Any]
    largest_dt_as_built: Any
    damping_mean: float
    damping_max: float
    advice: str
    parts: tuple[StabilityReport, ...] = ()

    def rows(self) -> dict[str, str]:
        """Return the printed lines about kappa, rates, time steps and damping, as text by name."""
        where = f"{self.worst[0]}, {self.worst_name or f'cell {self.worst[1]}'}"
        rates = _rate(self.lambda_max, 4)
        if self.stiffness is not None and self.membrane_rate is not None:
            digits = 3 if self.stiffness < 1000 else 4
            rates += f", {self.stiffness:.{digits}g} times the membrane's "
            rates += _rate(self.membrane_rate, 3)
        steps: dict[str, list[str]] = {}
        for mode, limit in self.largest_dt.items():
            steps.setdefault(_ms(limit), []).append(repr(mode))
        if len(steps) > 1 and "any" in steps:
            steps["any"] = ["the others"]
        mean, most = (f"{100 * x:.3g} %" for x in (self.damping_mean, self.damping_max))
        return {
            "kappa": f"{self.kappa_mean:.3g} mean, {self.kappa_max:.3g} at most ({where})",
            "lambda_max": rates,
            "largest dt": "; ".join(f"{dt} for {', '.join(m)}" for dt, m in steps.items()),
            "lagged scheme": f"damps by {mean} on average, {most} at most",
        }

    def __str__(self) -> str:
        sections = [f"Stability of gap junctions at dt = {_ms(self.dt)}"]
        sections += ["\n".join(_lines(part)) for part in (*self.parts, self)]
        return "\n\n".join([*sections, self.advice])


def _lines(part: StabilityReport) -> Iterator[str]:
    """Yield the lines that are printed about one junction, or about all together."""
    modes = " and ".join(repr(c) for c in part.couplings)
    plural = "" if part.n_junctions == 1 else "s"
    yield f"{part.name}: {part.n_junctions} junction{plural}, coupling {modes}"
    for name, text in part.rows().items():
        yield f"  {name:<13}  {text}"


def _ms(time: ArrayLike) -> str:
    """Return a time step as text; 'any' where it is infinite."""
    has_unit = isinstance(time, u.Quantity)
    value = float(time.to_decimal(u.ms) if isinstance(time, u.Quantity) else np.asarray(time))
    return "any" if value == math.inf else f"{value:.4g}{' ms' if has_unit else ''}"


def _rate(rate: ArrayLike, digits: int) -> str:
    """Return a rate as text, in 1/ms if it has a unit."""
    if isinstance(rate, u.Quantity):
        return f"{rate.to_decimal(PER_MS):.{digits}g} / ms"
    return f"{rate:.{digits}g}"
