"""Recorded traces: voltages of cells, and the currents injected into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import saiunit as u

from gapjunction._checks import check_int, check_unit, describe
from gapjunction._typing import ArrayLike, QuantityLike

Window: TypeAlias = Sequence[QuantityLike] | QuantityLike
"""A pair of times (start, stop)."""

_VOLT, _AMPERE = u.mV, u.nA


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Voltages of cells and the currents injected into them, over time.

    Parameters
    ----------
    V : Quantity, shape (n_samples, n_cells)
        Voltages; ``V[k]`` is the one at the time ``k * dt``.
    I : Quantity, shape (n_samples, n_cells)
        Currents from electrodes into the cells, absolute or per membrane area; ``I[k]`` flows from
        ``k * dt`` to ``(k + 1) * dt``.
    dt : Quantity
        Time between samples.

    Raises
    ------
    ValueError
        If shapes differ, there are fewer than 2 samples, numbers are not finite, or ``dt`` is not
        positive.
    saiunit.UnitMismatchError
        If an argument does not have the unit of a voltage, a current or a time.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> on = np.repeat([0.0, 1.0], 50)
    >>> V = -60 + np.stack([10 * on, 2 * on], axis=1)
    >>> I = np.stack([0.1 * on, 0 * on], axis=1)
    >>> gj.measure.Recording(V * u.mV, I * u.nA, dt=1 * u.ms)
    Recording(2 cells, 100 samples in 100 ms, current into cell 0)
    """

    __module__ = "gapjunction.measure"

    V: QuantityLike
    I: QuantityLike  # noqa: E741
    dt: QuantityLike

    def __post_init__(self) -> None:
        check_unit("V", self.V, _VOLT, "voltages")
        if u.get_unit(self.I).dim not in (_AMPERE.dim, (_AMPERE / u.cm**2).dim):
            raise u.UnitMismatchError(
                f"I must be currents (such as {_AMPERE}, or {_AMPERE / u.cm**2}), got "
                f"{describe(self.I)}."
            )
        if time_in_ms("dt", self.dt) <= 0:
            raise ValueError(f"dt must be positive, got {describe(self.dt)}.")
        shape = u.math.shape(self.V)
        if len(shape) != 2 or shape[0] < 2 or shape[1] < 1:
            raise ValueError(
                f"V must have the shape (n_samples, n_cells), with 2 samples or more; got "
                f"{describe(self.V)}."
            )
        if u.math.shape(self.I) != shape:
            raise ValueError(f"I must have the shape of V, {shape}; got {describe(self.I)}.")
        for name, value in (("V", self.V), ("I", self.I)):
            if not np.isfinite(np.asarray(u.get_mantissa(value))).all():
                raise ValueError(f"{name} must be finite, got numbers that are not.")

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(u.math.shape(self.V)[1])

    @property
    def volts(self) -> np.ndarray:
        """The voltages in mV, as plain numbers."""
        return np.asarray(u.Quantity(self.V).to_decimal(_VOLT), np.float64)

    @property
    def current_unit(self) -> u.Unit:
        """The unit of :attr:`amperes`: nA, or uA/cm2 for currents per area."""
        return _AMPERE if u.get_unit(self.I).dim == _AMPERE.dim else u.uA / u.cm**2

    @property
    def amperes(self) -> np.ndarray:
        """The currents in :attr:`current_unit`, as plain numbers."""
        return np.asarray(u.Quantity(self.I).to_decimal(self.current_unit), np.float64)

    @property
    def step_ms(self) -> float:
        """Time between samples in ms."""
        return time_in_ms("dt", self.dt)

    @property
    def driven(self) -> np.ndarray:
        """Ids of the cells whose injected current changes."""
        return np.flatnonzero(np.ptp(self.amperes, axis=0) > 0)

    def cell(self, name: str, value: object) -> int:
        """Return ``value`` if it is the id of a recorded cell; refuse it otherwise."""
        found = check_int(name, value)
        if found >= self.n_cells:
            raise ValueError(f"{name} must be a cell's id below {self.n_cells}, got {value!r}.")
        return found

    def window(self, name: str, value: Window | None, default: slice) -> slice:
        """Return the samples of a time window ``(start, stop)``."""
        if value is None:
            return default
        if not isinstance(value, Sequence) and not u.math.shape(value) == (2,):
            raise TypeError(f"{name} must be a pair of times (start, stop), got {describe(value)}.")
        pair = value if isinstance(value, Sequence) else u.Quantity(value)
        if len(pair) != 2:
            raise ValueError(f"{name} must be a pair of times (start, stop), got {value!r}.")
        start, stop = (round(time_in_ms(name, t) / self.step_ms) for t in pair)
        n = u.math.shape(self.V)[0]
        if not 0 <= start < stop <= n:
            raise ValueError(
                f"{name} must lie within the recording's {n * self.step_ms:g} ms and hold a "
                f"sample, got {value!r}."
            )
        return slice(start, stop)

    def __repr__(self) -> str:
        cells = "cell" if self.n_cells == 1 else "cells"
        into = " and ".join(map(str, self.driven)) or "none"
        n = u.math.shape(self.V)[0]
        return (
            f"Recording({self.n_cells} {cells}, {n} samples in {n * self.step_ms:g} ms, "
            f"current into cell {into})"
        )


def time_in_ms(name: str, value: ArrayLike) -> float:
    """Return one time in ms, as a plain number."""
    check_unit(name, value, u.ms, "a time")
    plain = np.asarray(u.Quantity(value).to_decimal(u.ms), np.float64)
    if plain.shape != () or not np.isfinite(plain):
        raise ValueError(f"{name} must be one finite time, got {describe(value)}.")
    return float(plain)
