"""Spike times of voltage traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction._typing import ArrayLike
from gapjunction.measure._recording import MS, kind_of, time_in


def spike_times(V: ArrayLike, dt: ArrayLike, threshold: ArrayLike = -20 * u.mV) -> Any:
    """Return the times at which a voltage rises through a threshold.

    Parameters
    ----------
    V : Quantity or array, shape (n_samples,) or (n_samples, n_cells)
        Voltages, or those of a model without units; ``V[k]`` is the one at the time ``k * dt``.
    dt : Quantity or float
        Time between samples; a number in a model without units.
    threshold : Quantity or float, default -20 mV
        A spike is an upward crossing of this voltage. Its time is interpolated linearly between
        samples. The threshold must be given, as a number, where V has no unit.

    Returns
    -------
    Quantity or array, or list of them
        In ms, or without a unit if ``dt`` has none; one array for each cell.

    Raises
    ------
    ValueError
        If V has another shape or is not finite, ``dt`` is not positive, or ``threshold`` is not one
        finite voltage.
    saiunit.UnitMismatchError
        If V has a unit that is not one of voltage, ``dt`` has a unit that is not one of time, or
        only one of V and the threshold has a unit.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> print(gj.measure.spike_times(np.array([-65, -30, 10, -60]) * u.mV, 0.1 * u.ms))
    [0.125] ms
    >>> print(gj.measure.spike_times(np.array([0.0, 0.5, 1.5, 0.0]), 0.1, threshold=1.0))
    [0.15]
    """
    volts, level = traces("V", V), threshold_beside(V, threshold)
    step, time = positive_time("dt", dt)
    found: list[Any] = [crossings(v, level) * step for v in volts.T]
    if not time.is_unitless:
        found = [u.Quantity(times, unit=time) for times in found]
    return found[0] if u.math.ndim(V) == 1 else found


def traces(name: str, V: ArrayLike) -> np.ndarray:
    """Return voltages as plain numbers, shape ``(n_samples, n_cells)``.

    They are in mV; voltages without a unit, as in a dimensionless model, are returned unchanged.
    """
    unit = kind_of(V, u.get_unit(u.mV))
    check_unit(name, V, unit, "voltages")
    plain = np.asarray(u.Quantity(V).to_decimal(unit), np.float64)
    if plain.ndim not in (1, 2) or plain.shape[0] < 2:
        raise ValueError(
            f"{name} must have the shape (n_samples,) or (n_samples, n_cells), with 2 samples or "
            f"more; got {describe(V)}."
        )
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} must be finite, got numbers that are not.")
    return plain.reshape(len(plain), -1)


def threshold_beside(V: ArrayLike, threshold: ArrayLike) -> float:
    """Return a threshold for voltages ``V`` as a plain number, in the unit of :func:`traces`."""
    unit = kind_of(V, u.get_unit(u.mV))
    what = "a number, as V has no unit" if unit.is_unitless else "a voltage"
    level = np.asarray(check_unit("threshold", threshold, unit, what).to_decimal(unit), np.float64)
    if level.shape != () or not np.isfinite(level):
        raise ValueError(f"threshold must be one finite voltage, got {describe(threshold)}.")
    return float(level)


def positive_time(name: str, value: ArrayLike) -> tuple[float, u.Unit]:
    """Return a positive time as a plain number, and its unit: ms, or none for a plain number."""
    unit = kind_of(value, MS)
    return positive_in(name, value, unit), unit


def positive_in(name: str, value: ArrayLike, clock: u.Unit) -> float:
    """Return a positive time as a plain number, in ms or, if ``clock`` is unitless, unitless."""
    if (found := time_in(name, value, clock)) <= 0:
        raise ValueError(f"{name} must be positive, got {describe(value)}.")
    return found
