"""Spike times of voltage traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.measure._recording import time_in_ms


def spike_times(V: QuantityLike, dt: QuantityLike, threshold: QuantityLike = -20 * u.mV) -> Any:
    """Return the times at which a voltage rises through a threshold.

    Parameters
    ----------
    V : Quantity, shape (n_samples,) or (n_samples, n_cells)
        Voltages; ``V[k]`` is the one at the time ``k * dt``.
    dt : Quantity
        Time between samples.
    threshold : Quantity, default -20 mV
        A spike is a crossing of it from below. Its time is interpolated linearly between samples.

    Returns
    -------
    Quantity or list of Quantity
        In ms, one array for each cell.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> print(gj.measure.spike_times(np.array([-65, -30, 10, -60]) * u.mV, 0.1 * u.ms))
    [0.125] ms
    """
    volts, step = traces("V", V), positive_ms("dt", dt)
    level = float(check_unit("threshold", threshold, u.mV, "a voltage").to_decimal(u.mV))
    found = [u.Quantity(crossings(v, level) * step, unit=u.ms) for v in volts.T]
    return found[0] if u.math.ndim(V) == 1 else found


def traces(name: str, V: ArrayLike) -> np.ndarray:
    """Return voltages in mV as plain numbers, shape ``(n_samples, n_cells)``."""
    check_unit(name, V, u.mV, "voltages")
    plain = np.asarray(u.Quantity(V).to_decimal(u.mV), np.float64)
    if plain.ndim not in (1, 2) or plain.shape[0] < 2:
        raise ValueError(
            f"{name} must have the shape (n_samples,) or (n_samples, n_cells), with 2 samples or "
            f"more; got {describe(V)}."
        )
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} must be finite, got numbers that are not.")
    return plain.reshape(len(plain), -1)


def positive_ms(name: str, value: ArrayLike) -> float:
    """Return a positive time in ms, as a plain number."""
    if (found := time_in_ms(name, value)) <= 0:
        raise ValueError(f"{name} must be positive, got {describe(value)}.")
    return found
