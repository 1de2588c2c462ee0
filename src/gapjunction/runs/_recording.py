"""The records of a run: as the user reads them, and where they are kept during the run."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
import saiunit as u

from gapjunction.runs._grid import Grid
from gapjunction.runs._optional import optional
from gapjunction.runs._record import unknown_name

FILE_BYTES: Final = 4 * 2**20
"""Approximate size of a file of a recording before compression; each is written at once."""


class Recorded(Mapping[str, Any]):
    """The records of a run, as :func:`gapjunction.run` returns them.

    This is a mapping from the names of records to arrays, each with one row for each window of
    ``every`` steps. The arrays of a run in a folder are read from there when they are asked for.

    Attributes
    ----------
    time : Quantity, shape (n_windows,)
        The time at the end of each window.
    arrays : dict of str to array
        The plain arrays, without their units. For a run in a folder these are Zarr arrays, of which
        parts can be read: ``recorded.arrays['V'][-1000:, 5]``.
    units : dict of str to Unit
        The unit of each.
    """

    __module__ = "gapjunction.runs"

    def __init__(self, grid: Grid, arrays: Mapping[str, Any], units: Mapping[str, u.Unit]) -> None:
        self._grid = grid
        self.arrays, self.units = dict(arrays), dict(units)

    @property
    def time(self) -> u.Quantity:
        """The time at the end of each window."""
        grid = self._grid
        ends = grid.start + grid.every * np.arange(1, grid.n_windows + 1)
        return u.Quantity(ends * float(grid.dt.mantissa), unit=grid.dt.unit)

    def __getitem__(self, name: str) -> Any:
        if name not in self.arrays:
            raise KeyError(unknown_name(name, list(self.arrays)))
        array, unit = np.asarray(self.arrays[name][...]), self.units[name]
        return array if unit.is_unitless else u.Quantity(array, unit=unit)

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        rows = [f"{name}: {tuple(a.shape)} {self.units[name]}" for name, a in self.arrays.items()]
        return f"Recorded({', '.join(rows)})"


@dataclasses.dataclass(eq=False)
class Sink(abc.ABC):
    """Where records go, chunk by chunk.

    Parameters
    ----------
    grid : Grid
        The steps.
    kinds : dict of str to ShapeDtypeStruct
        Shape and dtype of each record of one window.
    units : dict of str to Unit
        The unit of each.
    """

    grid: Grid
    kinds: Mapping[str, jax.ShapeDtypeStruct]
    units: Mapping[str, u.Unit]
    arrays: dict[str, Any] = dataclasses.field(init=False, default_factory=dict)

    @abc.abstractmethod
    def add(self, window: int, rows: Mapping[str, np.ndarray]) -> None:
        """Take the records of consecutive windows, of which ``window`` is the first."""

    def close(self) -> Recorded:
        """Return all records, after the last window."""
        return Recorded(self.grid, self.arrays, self.units)


@dataclasses.dataclass(eq=False)
class Memory(Sink):
    """Keeps records in memory."""

    def __post_init__(self) -> None:
        n = self.grid.n_windows
        self.arrays = {name: np.empty((n, *k.shape), k.dtype) for name, k in self.kinds.items()}

    def add(self, window: int, rows: Mapping[str, np.ndarray]) -> None:
        """Take the records of consecutive windows, of which ``window`` is the first."""
        for name, row in rows.items():
            self.arrays[name][window : window + len(row)] = row


@dataclasses.dataclass(eq=False)
class Streamed(Sink):
    """Writes records to a Zarr group, and keeps those in memory that do not fill a file yet.

    Files are written complete and in order. The records that do not fill a file yet are part of
    each checkpoint. If a run is killed while it writes a file, the resumed run writes that file
    again.

    Parameters
    ----------
    grid, kinds, units
        As for :class:`Sink`.
    path : Path
        The folder of the group.
    """

    path: Path

    def __post_init__(self) -> None:
        # Memory for the rows of one file of each record, of which the first ``count`` are filled.
        # Rows are copied here, because a view of a chunk would keep the whole chunk in memory.
        self.waiting = {
            name: np.empty((self.rows_per_file(name), *kind.shape), kind.dtype)
            for name, kind in self.kinds.items()
        }
        self.count: dict[str, int] = dict.fromkeys(self.kinds, 0)
        self.written: dict[str, int] = dict.fromkeys(self.kinds, 0)
        self.unsynced: set[Path] = set()

    def create(self) -> None:
        """Make the arrays, in place of any that were there."""
        zarr = optional("zarr", "Recording to a folder")
        dt = self.grid.dt
        group = zarr.create_group(store=str(self.path), overwrite=True)
        group.attrs.update(
            {
                "dt": float(dt.mantissa),
                "time_unit": str(dt.unit),
                "first_step": self.grid.start,
                "steps_per_row": self.grid.every,
            }
        )
        for name, kind in self.kinds.items():
            array = group.create_array(
                name,
                shape=(self.grid.n_windows, *kind.shape),
                chunks=(self.rows_per_file(name), *(max(1, size) for size in kind.shape)),
                dtype=np.dtype(kind.dtype).name,
                # Rows that are not written yet are read as NaN, or as 0 in arrays of integers.
                fill_value=np.nan if np.issubdtype(kind.dtype, np.floating) else 0,
            )
            array.attrs["unit"] = str(self.units[name])
        self.open()

    def open(self) -> None:
        """Open arrays that were made before.

        Raises
        ------
        FileNotFoundError
            If one is missing.
        """
        zarr = optional("zarr", "Recording to a folder")
        try:
            group = zarr.open_group(str(self.path), mode="r+")
            self.arrays = {name: group[name] for name in self.kinds}
        except (KeyError, FileNotFoundError) as error:
            raise FileNotFoundError(
                f"checkpoint must be a folder with the recording of its run, but {self.path} is "
                "missing, or not whole: take another folder."
            ) from error

    def rows_per_file(self, name: str) -> int:
        """Return how many windows are written at once."""
        kind = self.kinds[name]
        row = max(1, int(np.prod(kind.shape)) * np.dtype(kind.dtype).itemsize)
        return max(1, min(self.grid.n_windows, FILE_BYTES // row))

    def add(self, window: int, rows: Mapping[str, np.ndarray]) -> None:
        """Take the records of consecutive windows, of which ``window`` is the first."""
        for name, new in rows.items():
            waiting = self.waiting[name]
            while len(new):
                count = self.count[name]
                fit = min(len(waiting) - count, len(new))
                waiting[count : count + fit] = new[:fit]
                self.count[name], new = count + fit, new[fit:]
                if count + fit == len(waiting):
                    self._put(name, self.written[name], waiting)
                    self.written[name] += len(waiting)
                    self.count[name] = 0

    def pending(self) -> dict[str, np.ndarray]:
        """Return the rows of each record that wait for a file."""
        return {name: self.waiting[name][: self.count[name]] for name in self.kinds}

    def resume(self, done: int, pending: Mapping[str, np.ndarray]) -> None:
        """Continue after ``done`` windows; the last of them, in ``pending``, are in no file yet."""
        for name in self.kinds:
            rows = pending.get(name, self.waiting[name][:0])
            self.waiting[name][: len(rows)] = rows
            self.count[name], self.written[name] = len(rows), done - len(rows)

    def flush(self) -> None:
        """Write the rows that do not fill a file yet, so that they can be read.

        The complete file will replace the one that is written here.
        """
        for name, rows in self.pending().items():
            if len(rows):
                self._put(name, self.written[name], rows)

    def close(self) -> Recorded:
        """Write the remaining rows, and return all records."""
        self.flush()
        return super().close()

    def _put(self, name: str, start: int, rows: np.ndarray) -> None:
        self.arrays[name][start : start + len(rows)] = rows
        self.unsynced.add(self.path / name / "c" / str(start // self.rows_per_file(name)))
