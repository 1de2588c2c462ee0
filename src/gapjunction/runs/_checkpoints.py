"""Checkpoints of a run, written by Orbax."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np

from gapjunction._checks import warn
from gapjunction._typing import Array
from gapjunction.runs._disk import sync
from gapjunction.runs._optional import optional
from gapjunction.runs._states import Leaf, checksum

FORMAT: Final = 1
KEPT: Final = 2
"""How many checkpoints are kept: if the last one is damaged, the one before it is used."""


@dataclasses.dataclass(frozen=True)
class Saved:
    """A checkpoint that was found.

    Attributes
    ----------
    done : int
        Number of windows that were complete.
    meta : dict
        The facts that were stored about the run.
    """

    done: int
    meta: dict[str, Any]


class DamagedError(Exception):
    """A checkpoint is not what was written."""


class Checkpoints:
    """The checkpoints in a folder.

    Each checkpoint is written under a temporary name and renamed when it is complete. The previous
    one is kept beside it.

    Parameters
    ----------
    folder : Path
        Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._orbax = optional("orbax.checkpoint", "A checkpoint")
        options = self._orbax.CheckpointManagerOptions(
            max_to_keep=KEPT, enable_async_checkpointing=False, cleanup_tmp_directories=True
        )
        self._manager = self._orbax.CheckpointManager(folder.absolute(), options=options)

    def save(
        self,
        done: int,
        leaves: Mapping[str, Leaf],
        pending: Mapping[str, np.ndarray],
        meta: Mapping[str, Any],
    ) -> None:
        """Write a checkpoint.

        Parameters
        ----------
        done : int
            Number of complete windows.
        leaves : dict of str to Leaf
            The states.
        pending : dict of str to numpy.ndarray
            Records that are not in the recording yet.
        meta : dict
            Facts about the run, as texts and numbers.
        """
        args = self._orbax.args
        arrays = {name: leaf.array for name, leaf in leaves.items() if np.size(leaf.array)}
        rows = {name: array for name, array in pending.items() if array.size}
        items = {
            "states": args.StandardSave(arrays),
            "meta": args.JsonSave(
                {
                    **meta,
                    "format": FORMAT,
                    "checksums": {name: checksum(array) for name, array in arrays.items()},
                    "pending": {
                        name: [list(array.shape), array.dtype.name, checksum(array)]
                        for name, array in rows.items()
                    },
                }
            ),
        }
        if rows:
            items["pending"] = args.StandardSave(rows)
        self._manager.save(done, args=args.Composite(**items), force=True)
        sync([self.folder / str(done)])

    def found(self) -> list[Saved]:
        """Return the readable checkpoints, the newest first."""
        saved = []
        for done in sorted(self._manager.all_steps(), reverse=True):
            args = self._orbax.args
            try:
                item = self._manager.restore(done, args=args.Composite(meta=args.JsonRestore()))
                saved.append(Saved(done, dict(item.meta)))
            # The type of error that Orbax raises for an incomplete file depends on the file.
            except Exception as error:
                warn(f"The checkpoint {self.folder / str(done)} cannot be read: {error}")
        return saved

    def load(
        self, saved: Saved, leaves: Mapping[str, Leaf]
    ) -> tuple[dict[str, Array], dict[str, np.ndarray]]:
        """Return the states' arrays, on the devices of ``leaves``, and the pending records.

        Raises
        ------
        DamagedError
            If a number is not what was written.
        """
        args, meta = self._orbax.args, saved.meta
        target = {n: _target(leaf.array) for n, leaf in leaves.items() if np.size(leaf.array)}
        rows = {n: np.zeros(shape, dtype) for n, (shape, dtype, _) in meta["pending"].items()}
        wanted = {"states": args.StandardRestore(target)}
        if rows:
            wanted["pending"] = args.StandardRestore(rows)
        try:
            found = self._manager.restore(saved.done, args=args.Composite(**wanted))
        # As above, any error means that the file is incomplete, because the names of its contents
        # were compared before.
        except Exception as error:
            raise DamagedError(str(error)) from error
        arrays, pending = dict(found.states), dict(found.pending) if rows else {}
        checks = {
            **{f"state {n}": (a, meta["checksums"][n]) for n, a in arrays.items()},
            **{f"record {n}": (a, meta["pending"][n][2]) for n, a in pending.items()},
        }
        for name, (array, expected) in checks.items():
            if checksum(array) != expected:
                raise DamagedError(f"{name} is not what was written")
        empty = {n: leaf.array for n, leaf in leaves.items() if not np.size(leaf.array)}
        return {**arrays, **empty}, pending

    def forget_after(self, done: int) -> None:
        """Remove checkpoints of later windows, which are damaged and would block new ones."""
        for later in self._manager.all_steps():
            if later > done:
                self._manager.delete(later)

    def close(self) -> None:
        """Release the resources that Orbax holds."""
        self._manager.close()


def _target(array: Array) -> Any:
    """Return what tells Orbax how to restore an array: its shape, dtype and devices."""
    if isinstance(array, jax.Array) and len(array.sharding.device_set) > 1:
        return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=array.sharding)
    return np.zeros(array.shape, array.dtype)
