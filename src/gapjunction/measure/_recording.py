"""Recorded traces: voltages of cells, and the currents injected into them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import saiunit as u

from gapjunction._checks import check_int, check_unit, describe
from gapjunction._typing import ArrayLike

Window: TypeAlias = Sequence[ArrayLike] | ArrayLike
"""A pair of times (start, stop)."""

MS = u.get_unit(u.ms)
_VOLT = u.get_unit(u.mV)
# The units of input that populations take, apart from plain numbers: a current, a current per area,
# or a change of voltage per time.
_INPUTS = tuple(map(u.get_unit, (u.nA, u.uA / u.cm**2, u.mV / u.ms)))


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Voltages of cells and the currents injected into them, over time.

    Parameters
    ----------
    V : Quantity or array, shape (n_samples, n_cells)
        Voltages, numbers in a model without units; ``V[k]`` are those at the time ``k * dt``.
    I : Quantity or array, shape (n_samples, n_cells)
        Currents from electrodes into the cells: absolute, per membrane area or, as for
        ``Izhikevich``, as a change of voltage per time; plain numbers if V are. ``I[k]`` flows from
        ``k * dt`` to ``(k + 1) * dt``.
    dt : Quantity or float
        Time between samples; a number in a model whose time has no unit.
    compartments : bool, default False
        Whether the cells have compartments that were not recorded, such as dendrites, on which
        junctions may be. :func:`inject` sets it for a model. A fitted conductance is then an
        apparent one between the recorded places, and is reported as such.

    Raises
    ------
    ValueError
        If shapes differ, there are fewer than 2 samples, numbers are not finite, or ``dt`` is not
        positive.
    saiunit.UnitMismatchError
        If an argument does not have the unit of a voltage, a current or a time, or only one of V
        and I has a unit.

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

    V: ArrayLike
    I: ArrayLike  # noqa: E741
    dt: ArrayLike
    compartments: bool = False

    def __post_init__(self) -> None:
        if not (u.get_unit(self.V).is_unitless and u.get_unit(self.I).is_unitless):
            check_unit("V", self.V, _VOLT, "voltages")
            if u.get_unit(self.I).dim not in [unit.dim for unit in _INPUTS]:
                raise u.UnitMismatchError(
                    f"I must be currents (such as {', '.join(map(str, _INPUTS))}), got "
                    f"{describe(self.I)}."
                )
        if self.step <= 0:
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
        """The voltages in :attr:`volt_unit`, as plain numbers."""
        return np.asarray(u.Quantity(self.V).to_decimal(self.volt_unit), np.float64)

    @property
    def volt_unit(self) -> u.Unit:
        """The unit of :attr:`volts`: mV, or none."""
        return kind_of(self.V, _VOLT)

    @property
    def current_unit(self) -> u.Unit:
        """The unit of :attr:`amperes`: nA, uA/cm2 for currents per area, mV/ms, or none."""
        own = u.get_unit(self.I).dim
        return next((unit for unit in _INPUTS if unit.dim == own), u.UNITLESS)

    @property
    def amperes(self) -> np.ndarray:
        """The currents in :attr:`current_unit`, as plain numbers."""
        return np.asarray(u.Quantity(self.I).to_decimal(self.current_unit), np.float64)

    @property
    def clock(self) -> u.Unit:
        """The unit of times: ms, or none where ``dt`` is a number."""
        return kind_of(self.dt, MS)

    @property
    def step(self) -> float:
        """Time between samples in :attr:`clock`."""
        return time_in("dt", self.dt, self.clock)

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
        pair: Sequence[Any] = value if isinstance(value, Sequence) else list(u.Quantity(value))
        if len(pair) != 2:
            raise ValueError(f"{name} must be a pair of times (start, stop), got {value!r}.")
        start, stop = (round(time_in(name, t, self.clock) / self.step) for t in pair)
        n = u.math.shape(self.V)[0]
        if not 0 <= start < stop <= n:
            raise ValueError(
                f"{name} must lie within the recording's {shown(n * self.step, self.clock)} and "
                f"hold a sample, got {value!r}."
            )
        return slice(start, stop)

    def __repr__(self) -> str:
        cells = "cell" if self.n_cells == 1 else "cells"
        into = " and ".join(map(str, self.driven)) or "none"
        n = u.math.shape(self.V)[0]
        return (
            f"Recording({self.n_cells} {cells}, {n} samples in {shown(n * self.step, self.clock)}, "
            f"current into cell {into})"
        )


def kind_of(value: ArrayLike, unit: u.Unit) -> u.Unit:
    """Return ``unit`` if a value has a unit, and ``UNITLESS`` if it is a plain number."""
    return u.UNITLESS if u.get_unit(value).is_unitless else unit


def shown(time: float, clock: u.Unit) -> str:
    """Return a time in ``clock`` as text."""
    return f"{time:g}{'' if clock.is_unitless else f' {clock}'}"


def time_in(name: str, value: ArrayLike, clock: u.Unit = MS) -> float:
    """Return one time as a plain number, in ms or, if ``clock`` is unitless, without a unit."""
    check_unit(name, value, clock, "a number, as dt has no unit" if clock.is_unitless else "a time")
    plain = np.asarray(u.Quantity(value).to_decimal(clock), np.float64)
    if plain.shape != () or not np.isfinite(plain):
        raise ValueError(f"{name} must be one finite time, got {describe(value)}.")
    return float(plain)
