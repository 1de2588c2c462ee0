"""Folders from which a compiled library may be loaded, and the files that are kept there.

Whoever can write a library's file can run code in each process that loads it. A library is
therefore loaded only from a folder of the user to which nobody else can write. An incomplete file,
which would crash the process, is not loaded at all.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import Final

_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


class FolderError(Exception):
    """A folder is missing, or others can write to it, as the message says."""


def cache_folder() -> Path:
    """Return the user's folder for compiled libraries; it is made if it is missing.

    Raises
    ------
    FolderError
        If the user has no home folder, or if others can write to the folder.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # A relative path would be another folder wherever a program is started, for example one that
    # came with somebody's data. The specification of the variable says to ignore it.
    if not base.is_absolute():
        base = _home() / ".cache"
    return only_ones_own(base / "gapjunction")


def _home() -> Path:
    try:
        home = Path(os.environ.get("HOME", "~")).expanduser()
    except RuntimeError:
        # HOME is not set, and the system does not know the user, as in some containers.
        home = Path()
    if not home.is_absolute():
        raise FolderError("the user has no home folder (HOME, XDG_CACHE_HOME)")
    return home


def only_ones_own(folder: Path) -> Path:
    """Return the real path of a folder to which only the user can write; it is made if missing.

    Raises
    ------
    FolderError
        If others can write to it, or can replace it.
    """
    real = _real(folder)
    # Even root's folders are refused here: the user of the library must be the one who made it.
    if real.lstat().st_uid != _user() or real.lstat().st_mode & _BY_OTHERS:
        raise FolderError(f"{real} is not a folder to which its user alone can write")
    return real


def kept(folder: Path, key: str) -> Path | None:
    """Return the complete library that is kept under a key, or None."""
    for path in sorted(folder.glob(_name(key, "*"))):
        try:
            about = path.lstat()
            is_own = stat.S_ISREG(about.st_mode) and about.st_uid == _user()
            is_safe = is_own and not about.st_mode & _BY_OTHERS
            if is_safe and path.name == _name(key, _digest(path)):
                return path
        except OSError:
            continue
    return None


def keep(made: Path, folder: Path, key: str) -> Path:
    """Move a library into a folder on the same disk, and return its new path."""
    made.chmod(stat.S_IRWXU)
    return made.replace(folder / _name(key, _digest(made)))


def _name(key: str, digest: str) -> str:
    # The name contains a digest of the content, so that a truncated file does not fit its name.
    return f"rows-{key}-{digest}.so"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def _real(folder: Path) -> Path:
    """Return the real path of a folder that only the user and root can rename or replace."""
    if os.path.lexists(folder):
        real = Path(os.path.realpath(folder, strict=True))
    else:
        real = _real(folder.parent) / folder.name
        real.mkdir(stat.S_IRWXU, exist_ok=True)
    for part in (real, *real.parents):
        about = part.lstat()
        if not stat.S_ISDIR(about.st_mode):
            raise FolderError(f"{part} is not a folder")
        if about.st_uid not in (_user(), 0):
            raise FolderError(f"{part} belongs to another user")
        # In a folder with the sticky bit, such as /tmp, others can add to what is there but cannot
        # rename or remove it.
        if about.st_mode & _BY_OTHERS and not about.st_mode & stat.S_ISVTX:
            raise FolderError(f"others can write to {part}")
    return real


def _user() -> int:
    """Return the id of the user who owns the files that this process creates."""
    if sys.platform == "win32":
        raise FolderError("Windows does not tell whose a folder is by a number")
    return os.geteuid()
