"""The folder of a run: its checkpoints, and how the run is resumed from them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import brainstate
import jax

from gapjunction._checks import warn
from gapjunction.runs._checkpoints import Checkpoints, DamagedError, Saved
from gapjunction.runs._disk import CHECKPOINTS, sync
from gapjunction.runs._facts import differences
from gapjunction.runs._layout import describe_layout
from gapjunction.runs._recording import Streamed
from gapjunction.runs._states import RANDOM, Leaf, checksum, leaves_of, put

_SHOWN: Final = 6
_PACKAGES: Final = ("gapjunction", "brainpy", "brainstate", "jax", "jaxlib", "saiunit")


class Folder:
    """The folder of a run.

    Parameters
    ----------
    path : Path
        The folder; it is locked.
    states : dict of str to State
        All states of the model.
    facts : dict of str to str
        Everything that must be the same when the run is resumed.
    sink : Streamed
        The recording.
    """

    def __init__(
        self,
        path: Path,
        states: Mapping[str, brainstate.State],
        facts: Mapping[str, str],
        sink: Streamed,
    ) -> None:
        self.path, self.states, self.facts, self.sink = path, states, facts, sink
        self.checkpoints = Checkpoints(path / CHECKPOINTS)
        self.meta: dict[str, Any] = {}
        self.saved_at = 0

    def begin(self, windows_per_chunk: int) -> None:
        """Begin a new run: make its recording, and a checkpoint of the initial values."""
        leaves = leaves_of(self.states)
        self.meta = {
            "facts": {**self.facts, **_kinds(leaves)},
            "windows_per_chunk": windows_per_chunk,
            "start": _checksums(leaves),
            "versions": _versions(leaves),
        }
        self.sink.create()
        self.save(0)

    def resume(self, chosen: int | None) -> int | None:
        """Put the model into the state that the run has reached; None if it has not begun yet.

        Parameters
        ----------
        chosen : int or None
            Number of windows in a chunk, if the user has chosen it.

        Returns
        -------
        int or None
            The number of complete windows.

        Raises
        ------
        ValueError
            If the model is not that of the run.
        RuntimeError
            If no checkpoint can be read.
        """
        found = self.checkpoints.found()
        if not found:
            if any(path.name.isdigit() for path in (self.path / CHECKPOINTS).iterdir()):
                raise RuntimeError(f"checkpoint must be readable, but none in {self.path} is.")
            return None
        leaves = leaves_of(self.states)
        for saved in found:
            self._check(saved, leaves, chosen)
            try:
                arrays, pending = self.checkpoints.load(saved, leaves)
            except DamagedError as error:
                warn(
                    f"The checkpoint {self.checkpoints.folder / str(saved.done)} is left out: "
                    f"{error}"
                )
                continue
            self.checkpoints.forget_after(saved.done)
            self._tell_of_other_start(saved, leaves)
            for name, state in self.states.items():
                put(name, state, arrays)
            self.sink.open()
            self.sink.resume(saved.done, pending)
            keys = ("facts", "windows_per_chunk", "start", "versions")
            self.meta, self.saved_at = {key: saved.meta[key] for key in keys}, saved.done
            return saved.done
        raise RuntimeError(f"checkpoint must be readable, but none in {self.path} is.")

    def save(self, done: int) -> None:
        """Write a checkpoint after some windows.

        Raises
        ------
        OSError
            If it cannot be written; the previous checkpoint is still there.
        """
        try:
            sync(self.sink.unsynced)
            self.sink.unsynced.clear()
            self.checkpoints.save(done, leaves_of(self.states), self.sink.pending(), self.meta)
        # TensorStore, which writes the arrays, raises errors of its own types.
        except Exception as error:
            raise self.not_written(error) from error
        self.saved_at = done

    def not_written(self, error: Exception) -> OSError:
        """Return the error to raise if something could not be written."""
        grid = self.sink.grid
        at = grid.time_of(grid.start + self.saved_at * grid.every)
        return OSError(
            f"the run could not be written to {self.path} ({' '.join(str(error).split())}); its "
            f"last checkpoint is that of {at}. When there is space, call run() again in the same "
            "way, with the model as it was built, to go on from there."
        )

    def _check(self, saved: Saved, leaves: Mapping[str, Leaf], chosen: int | None) -> None:
        now = {**self.facts, **_kinds(leaves)}
        other = differences(saved.meta["facts"], now)
        if chosen not in (None, saved.meta["windows_per_chunk"]):
            other.append(f"chunk was {saved.meta['windows_per_chunk']} windows, is {chosen}")
        if other:
            shown = "; ".join(other[:_SHOWN])
            more = f"; and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
            raise ValueError(
                f"checkpoint must be the folder of this run, but the run in {self.path} is "
                f"another one: {shown}{more}. Build the model as it was, or take another folder."
            )
        versions = differences(saved.meta["versions"], _versions(leaves))
        if versions:
            warn(
                f"The run in {self.path} was begun with other versions, or on other devices, so "
                "that its numbers may differ in the last digits from here on: "
                f"{'; '.join(versions)}."
            )

    def _tell_of_other_start(self, saved: Saved, leaves: Mapping[str, Leaf]) -> None:
        """Warn if the model starts from values that differ from those of the run in the folder."""
        now, start, there = _checksums(leaves), saved.meta["start"], saved.meta["checksums"]
        other = [n for n, s in now.items() if s not in (start.get(n, s), there.get(n, s))]
        if other:
            more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
            warn(
                f"The run in {self.path} was begun with other values of "
                f"{', '.join(other[:_SHOWN])}{more}; it goes on with its own. For a run from the "
                "present values take another folder."
            )


def _kinds(leaves: Mapping[str, Leaf]) -> dict[str, str]:
    return {f"state {name}": leaf.kind for name, leaf in leaves.items()}


def _checksums(leaves: Mapping[str, Leaf]) -> dict[str, int]:
    # The state of random numbers is not compared: a resumed run restores its own.
    return {n: checksum(leaf.array) for n, leaf in leaves.items() if not n.startswith(RANDOM)}


def _versions(leaves: Mapping[str, Leaf]) -> dict[str, str]:
    device = jax.devices()[0]
    return {
        **{name: version(name) for name in _PACKAGES},
        "Python": ".".join(map(str, sys.version_info[:2])),
        # Another version or device compiles to other code, which may round differently.
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
        "device": f"{device.platform} {device.device_kind}",
        "layout of arrays": describe_layout(leaves),
    }
