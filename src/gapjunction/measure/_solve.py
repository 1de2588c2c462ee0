"""Least squares with positive numbers as logarithms, several starts, intervals and warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import brainstate
import numpy as np
import saiunit as u
from scipy import stats
from scipy.optimize import least_squares

from gapjunction._checks import check_int, check_real, describe, warn
from gapjunction.measure._estimate import Estimate, covariance

# How far a number may move from its start: by this factor if it is fitted as a logarithm, and by
# this multiple of its step otherwise.
_LARGEST_FACTOR, _LARGEST_SHIFT = 1e4, 20.0
_TRIES = 300
# Singular values of the Jacobian below this part of the largest one count as 0, in double precision
# (True) and in single precision (False): the data do not determine such a combination of numbers.
_SINGULAR = {True: 1e-6, False: 1e-3}
# A number belongs to such a combination if its share of the unit vector is larger than this.
_SHARE = 0.1

Function = Callable[[np.ndarray], tuple[list[np.ndarray], list[np.ndarray]]]


class Free(NamedTuple):
    """A number to fit.

    A number other than 0 is fitted as the logarithm of its ratio to the start, so that it keeps its
    sign. A voltage that is not a slope is fitted as its difference from the start, in units of 10
    mV, and a number that starts from 0 as itself.
    """

    name: str
    start: float
    unit: u.Unit
    is_log: bool
    step: float

    def value(self, x: Any, exp: Callable[[Any], Any] = np.exp) -> Any:
        """Return the number for a coordinate."""
        return self.start * exp(x) if self.is_log else self.start + self.step * x


def free(name: str, value: Any) -> Free:
    """Return the coordinate of a number to be fitted, which starts from a value."""
    unit = u.get_unit(value)
    plain = np.unique(np.asarray(u.get_mantissa(value), float))
    if plain.shape != (1,) or not np.isfinite(plain).all():
        raise ValueError(f"{name} must be one finite number, got {describe(value)}.")
    start = float(plain[0])
    is_voltage = unit.dim == u.mV.dim
    is_slope = name.endswith("slope")
    step = max(abs(start), 1.0)
    if is_voltage:
        step = float(u.Quantity(10.0, unit=u.mV).to_decimal(unit))
    return Free(name, start, unit, start != 0 and (is_slope or not is_voltage), step)


def with_unit(value: u.Quantity) -> Any:
    """Return a fitted number as channels declare it: as a plain float if it has no unit."""
    return float(u.get_mantissa(value)) if u.get_unit(value).is_unitless else value


@dataclasses.dataclass(frozen=True)
class Solution:
    """The result of a least-squares fit; ``x`` are the coordinates of the numbers."""

    x: np.ndarray
    estimates: dict[str, Estimate]
    residuals: list[np.ndarray]
    undetermined: tuple[str, ...]
    variance: float
    converged: bool
    costs: tuple[float, ...]


def solve(
    function: Function,
    numbers: Sequence[Free],
    *,
    starts: int = 1,
    seed: int = 0,
    lags: int = 0,
    level: float = 0.95,
) -> Solution:
    """Return the numbers with the least sum of squares.

    Parameters
    ----------
    function : callable
        A function of the coordinates. It returns the residuals, a list of arrays of shape
        ``(n_samples, n_channels)``, and their derivatives by the coordinates.
    numbers : sequence of Free
        The numbers to fit.
    starts : int
        Number of starting points; the first one has the numbers' own values.
    seed : int
        Seed of the random points.
    lags, level
        As for :func:`fit_conductance`.
    """
    starts, seed = check_int("starts", starts, low=1), check_int("seed", seed)
    lags, level = check_int("lags", lags), check_real("level", level, low=0.01, high=0.9999)
    high = np.array([np.log(_LARGEST_FACTOR) if k.is_log else _LARGEST_SHIFT for k in numbers])
    memory: dict[bytes, tuple[list[np.ndarray], list[np.ndarray]]] = {}

    def at(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        # SciPy asks for residuals and for the Jacobian in turn; both are computed at once.
        if (key := x.tobytes()) not in memory:
            memory.clear()
            memory[key] = function(x)
        return memory[key]

    double = brainstate.environ.dftype() == np.float64
    tight = 1e-12 if double else 1e-6
    rng = np.random.default_rng(seed)
    found = []
    for k in range(starts):
        spread = np.array([0.5 if item.is_log else 1.0 for item in numbers])
        first = np.zeros(len(numbers)) if k == 0 else spread * rng.standard_normal(len(numbers))
        if not all(np.isfinite(part).all() for part in at(first)[0]):
            if k == 0:
                raise ValueError("the numbers to start from must give finite values.")
            continue
        found.append(
            least_squares(
                lambda x: np.concatenate([r.reshape(-1) for r in at(x)[0]]),
                first,
                jac=lambda x: np.concatenate([j.reshape(-1, j.shape[-1]) for j in at(x)[1]]),
                bounds=(-high, high),
                xtol=tight,
                ftol=tight,
                gtol=tight,
                max_nfev=_TRIES,
            )
        )
    best = min(found, key=lambda solution: solution.cost)
    residuals, jacobians = at(best.x)
    if sum(r.size for r in residuals) <= len(numbers):
        raise ValueError(
            f"there must be more samples than numbers to fit, {len(numbers)}; got "
            f"{sum(r.size for r in residuals)}."
        )
    cov, freedom, variance = covariance(jacobians, residuals, lags)
    error = np.sqrt(np.diag(cov).clip(min=0))
    every = np.concatenate([j.reshape(-1, j.shape[-1]) for j in jacobians])
    lost, together = _lost(every, _SINGULAR[double])
    # The pseudo-inverse ignores directions that are not determined, which would get an error of 0.
    error[lost] = np.inf
    names = tuple(item.name for item, is_lost in zip(numbers, lost, strict=True) if is_lost)
    for group in together:
        listed = ", ".join(numbers[k].name for k in group)
        if len(group) == 1:
            warn(f"{listed} is not determined by these recordings: it has no effect on them.")
        else:
            warn(
                f"{listed} are not determined by these recordings: they can change together "
                "without a change of the currents. Fit fewer of them, or record other voltages."
            )
    half = error * stats.t.ppf(0.5 + level / 2, freedom)
    estimates = {
        item.name: _estimate(item, x, e, h)
        for item, x, e, h in zip(numbers, best.x, error, half, strict=True)
    }
    costs = tuple(float(item.cost) for item in found)
    return Solution(best.x, estimates, residuals, names, variance, bool(best.success), costs)


def _estimate(item: Free, x: float, error: float, half: float) -> Estimate:
    value = item.value(x)
    with np.errstate(over="ignore"):
        ends = [float(item.value(x - half)), float(item.value(x + half))]
    slope = abs(value) if item.is_log else item.step
    return Estimate(*(u.Quantity(y, unit=item.unit) for y in (value, error * slope, *sorted(ends))))


def _lost(jacobian: np.ndarray, limit: float) -> tuple[np.ndarray, list[list[int]]]:
    """Return which numbers are not determined, and groups of those that can change together."""
    length = np.linalg.norm(jacobian, axis=0)
    idle = length <= 1e-12 * max(length.max(), 1e-300)
    groups = [[int(k)] for k in np.flatnonzero(idle)]
    lost = idle.copy()
    seen = np.flatnonzero(~idle)
    if len(seen) > 1:
        _, size, rows = np.linalg.svd(jacobian[:, seen] / length[seen], full_matrices=False)
        for s, row in zip(size, rows, strict=True):
            if s <= limit * size[0]:
                group = seen[np.abs(row) > _SHARE]
                groups.append([int(k) for k in group])
                lost[group] = True
    return lost, groups
