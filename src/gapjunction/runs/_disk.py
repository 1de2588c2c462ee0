"""Making files reach the disk, and locking a folder for one run."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

LOCK: Final = "run.lock"
"""The file that marks a folder as the folder of a run, and that a run locks."""

RECORDING: Final = "recording.zarr"
CHECKPOINTS: Final = "checkpoints"


def sync(paths: Iterable[Path]) -> None:
    """Make files, and everything in folders, reach the disk, so that they survive a power cut."""
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else []
        for item in (*inside, path, path.parent):
            if os.name == "nt" and item.is_dir():
                # Windows cannot open folders.
                continue
            with contextlib.suppress(FileNotFoundError):
                handle = os.open(item, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Reserve a folder for one run at a time; the lock ends with the process, however that ends.

    Raises
    ------
    FileExistsError
        If the folder contains anything that does not belong to a run.
    RuntimeError
        If another process has locked it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / LOCK
    others = [path.name for path in folder.iterdir() if path.name != LOCK]
    if others and not lock.exists():
        raise FileExistsError(
            f"checkpoint must be a new folder, or that of a run that was begun before; {folder} "
            f"has other things in it, such as {sorted(others)[0]!r}."
        )
    with lock.open("a") as file:
        # Windows has no such locks, so there two runs in one folder are not noticed.
        flock = importlib.import_module("fcntl") if os.name != "nt" else None
        if flock is not None:
            try:
                flock.flock(file, flock.LOCK_EX | flock.LOCK_NB)
            except BlockingIOError as error:
                raise RuntimeError(
                    "checkpoint must not be the folder of a run in progress; another process runs "
                    f"in {folder}."
                ) from error
            except OSError:
                # The file system has no locks.
                pass
        yield
