"""Times of spikes in voltage traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction.measure._recording import time_in_ms


def spike_times(V: Any, dt: Any, threshold: Any = -20 * u.mV) -> Any:
    """Return when a voltage rises through a threshold, to less than a sample.

    Parameters
    ----------
    V : Quantity, shape (n_samples,) or (n_samples, n_cells)
        ``V[k]`` at the time ``k * dt``.
    dt : Quantity
        Time between samples.
    threshold : Quantity, default -20 mV
        A spike is a crossing from below; its time is interpolated linearly.

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


def traces(name: str, V: Any) -> np.ndarray:
    """Return voltages in mV, shape ``(n_samples, n_cells)``."""
    check_unit(name, V, u.mV, "voltages")
    plain = np.asarray(u.Quantity(V).to_decimal(u.mV), np.float64)
    if plain.ndim not in (1, 2) or plain.shape[0] < 2:
        raise ValueError(
            f"{name} must have the shape (n_samples,) or (n_samples, n_cells), 2 samples or more; "
            f"got {describe(V)}."
        )
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} must be finite, got numbers that are not.")
    return plain.reshape(len(plain), -1)


def positive_ms(name: str, value: Any) -> float:
    """Return a positive time as a number."""
    if (found := time_in_ms(name, value)) <= 0:
        raise ValueError(f"{name} must be positive, got {describe(value)}.")
    return found
