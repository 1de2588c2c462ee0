"""Voltage clamp of a single channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel

TIMES = np.geomspace(1e-3, 1e5, 321)
"""Times in ms at which a response is computed. They cover fast gates and slow ones."""

# A current has settled once its distance from its last value stays below this part of the largest
# change of any current.
_SETTLED = 0.05


def clamp(
    channel: IonChannel,
    before: tuple[Any, Mapping[str, Any]],
    after: tuple[Any, Mapping[str, Any]],
) -> tuple[u.Quantity, u.Quantity]:
    """Return the steady current before a step, and the current after it.

    While the voltage and the concentrations are constant, gates advance exactly. A time step can
    therefore be as long as the interval between two of ``TIMES``.

    Parameters
    ----------
    channel : IonChannel
        A channel of one cell; its states change.
    before, after : (Quantity, dict)
        Voltage, and concentrations by name, which broadcast against each other to shape ``(n, 1)``.

    Returns
    -------
    Quantity, shape (n,)
        Outward current before the step.
    Quantity, shape (1 + len(TIMES), n)
        Outward current immediately after the step, and at ``TIMES``.
    """
    everything = [x for V, ions in (before, after) for x in (V, *ions.values())]
    shape = np.broadcast_shapes(*(np.shape(u.get_mantissa(x)) for x in everything))
    held, V = (V * np.ones(shape, np.float32) for V, _ in (before, after))
    channel.init_state(held, **before[1])

    def step(dt: jax.Array) -> Any:
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(V, **after[1])
        return channel.current(V, **after[1])

    start = channel.current(held, **before[1])[..., 0]
    at_once = channel.current(V, **after[1])
    steps = np.diff(TIMES, prepend=0.0).astype(np.float32)
    rest = brainstate.transform.for_loop(step, steps)
    return start, u.math.concatenate([at_once[None], rest])[..., 0]


def settling(time: np.ndarray, current: np.ndarray) -> tuple[float, float]:
    """Return when a family of currents begins to change, and when all of them have settled.

    Parameters
    ----------
    time : array, shape (m,)
        Times, the first of which is 0.
    current : array, shape (m, n)
        One column for each current of the family.

    Returns
    -------
    begin : float
        When the current that changes most has made half of its largest departure from its start.
    end : float
        When all currents are near their last values, and stay there. Both are 0 if nothing changes.
    """
    swing = np.abs(current - current[-1])
    largest = np.ptp(current, axis=0).max()
    if largest <= 1e-4 * np.abs(current).max():
        return 0.0, 0.0
    unsettled = (swing > _SETTLED * largest).any(axis=1)
    end = time[min(np.flatnonzero(unsettled)[-1] + 1, len(time) - 1)]
    most = current[:, np.ptp(current, axis=0).argmax()]
    away = np.abs(most - most[0])
    return float(time[(away >= away.max() / 2).argmax()]), float(end)
