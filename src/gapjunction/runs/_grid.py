"""The steps of a run: how many there are, which of them are recorded, and in which chunks."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Final

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_int, check_unit, describe, warn
from gapjunction._typing import QuantityLike

CHUNK_SECONDS: Final = 1.0
"""Estimated seconds of a chunk. The progress bar moves, and Ctrl-C is noticed, after each chunk."""

CHUNK_BYTES: Final = 32 * 2**20
"""The bytes that the records of one chunk may take in memory."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """The steps of a run.

    Attributes
    ----------
    dt : Quantity
        Time step.
    start : int
        Index of the first step.
    n_steps : int
        Number of steps.
    every : int
        Number of steps of a window; each window gives one record.
    """

    dt: u.Quantity
    start: int
    n_steps: int
    every: int

    @property
    def n_windows(self) -> int:
        """Number of windows."""
        return self.n_steps // self.every

    def time_of(self, step: int) -> u.Quantity:
        """Return the time at which a step starts."""
        return u.Quantity(step * float(self.dt.mantissa), unit=self.dt.unit)

    def facts(self) -> dict[str, str]:
        """Return the facts that must be the same when the run is resumed."""
        return {
            "dt": repr(float(self.dt.to_decimal(u.ms))) + " ms",
            "duration": f"{self.n_steps} steps",
            "start": f"step {self.start}",
            "every": f"{self.every} steps",
        }


def make_grid(
    duration: QuantityLike,
    dt: QuantityLike | None,
    every: QuantityLike | int | None,
    start: QuantityLike | None,
) -> Grid:
    """Return the steps of a run, after checking the arguments of :func:`gapjunction.run`."""
    step = _time("dt", brainstate.environ.get("dt", None) if dt is None else dt)
    if not float(step.mantissa) > 0:
        raise ValueError(f"dt must be positive, got {describe(step)}.")
    n_steps = _steps("duration", duration, step)
    if n_steps < 1:
        raise ValueError(f"duration must be one dt at least, got {describe(duration)}.")
    first = 0 if start is None else _steps("start", start, step)
    if every is None:
        window = 1
    elif isinstance(every, (int, np.integer)):
        window = check_int("every", every, low=1)
    else:
        window = _steps("every", every, step)
    if window < 1:
        raise ValueError(f"every must be one dt at least, got {describe(every)}.")
    if n_steps % window:
        raise ValueError(
            f"duration must be a whole number of every ({window} steps), got {n_steps} steps."
        )
    largest = np.iinfo(index_dtype()).max
    if first + n_steps > largest:
        raise ValueError(
            f"duration must end before step {largest}, which is the last that JAX can count "
            f"without jax_enable_x64; got {first + n_steps} steps."
        )
    return Grid(step, first, n_steps, window)


def index_dtype() -> np.dtype:
    """Return the type of the indices of steps: int64 with jax_enable_x64, int32 without."""
    return np.dtype(jax.dtypes.canonicalize_dtype(np.int64))


def check_time_resolution(grid: Grid, reads_time: bool) -> None:
    """Warn if the model reads the time ``t``, in which neighbouring steps could be equal."""
    dtype = np.dtype(brainstate.environ.dftype())
    dt = float(grid.dt.mantissa)
    end = (grid.start + grid.n_steps) * dt
    # The distance between a number of this type and the next one, at the end of the run.
    spacing = math.ldexp(float(jnp.finfo(dtype).eps), math.frexp(end)[1] - 1)
    if reads_time and spacing > dt:
        warn(
            f"The model or its inputs read the time t, which in {dtype.name} cannot tell steps of "
            f"{grid.dt} apart at {grid.time_of(grid.start + grid.n_steps)}: use float64 "
            "(brainstate.environ.set(precision=64)), or the index of the step, "
            "brainstate.environ.get('i')."
        )


def windows_per_chunk(grid: Grid, step_cost: float, record_bytes: int) -> int:
    """Return how many windows a compiled chunk has.

    Parameters
    ----------
    grid : Grid
        The steps.
    step_cost : float
        How long a step takes in s, by an estimate.
    record_bytes : int
        Bytes of the records of one window.

    Returns
    -------
    int
        A divisor of the number of windows, if there is one near, so that one compiled program
        serves all chunks.
    """
    most = min(
        CHUNK_SECONDS / (step_cost * grid.every),
        CHUNK_BYTES / max(record_bytes, 1),
        grid.n_windows,
    )
    most = max(1, int(most))
    divisors = (k for k in range(most, most // 2, -1) if grid.n_windows % k == 0)
    return next(divisors, most)


def _time(name: str, value: Any) -> u.Quantity:
    if value is None:
        raise ValueError(
            f"{name} must be given, or set as in brainstate.environ.set({name}=0.05 * u.ms)."
        )
    found = check_unit(name, value, u.ms, "a time")
    if np.ndim(found.mantissa):
        raise ValueError(f"{name} must be one time, got {describe(value)}.")
    number = float(found.mantissa)
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, got {describe(value)}.")
    return u.Quantity(number, unit=found.unit)


def _steps(name: str, value: QuantityLike, dt: u.Quantity) -> int:
    """Return a time as a whole number of steps."""
    ratio = float(_time(name, value).to_decimal(dt.unit)) / float(dt.mantissa)
    if ratio < 0:
        raise ValueError(f"{name} must not be negative, got {describe(value)}.")
    whole = round(ratio)
    # Times in float32 have relative errors of this size.
    if abs(ratio - whole) > max(1e-3, 2e-7 * ratio):
        raise ValueError(
            f"{name} must be a whole number of dt ({dt}), got {describe(value)}, which is "
            f"{ratio:g} of them."
        )
    return whole
