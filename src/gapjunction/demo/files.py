"""Writing files so that they are either complete or absent."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


def check_writable(directory: Path, names: Sequence[str]) -> None:
    """Raise ``OSError`` if files cannot be written into ``directory``; leave nothing there.

    A file is written and removed again, because permissions alone do not tell whether this works:
    the superuser has them everywhere, even where no file can be made.
    """
    existing = directory
    while not existing.exists() and existing.parent != existing:
        existing = existing.parent
    if not existing.is_dir():
        raise NotADirectoryError(f"{existing} is not a directory")
    for name in names:
        if (directory / name).is_dir():
            raise IsADirectoryError(f"{directory / name} is a directory, not a file")
    try:
        with written_whole(directory, names) as paths:
            for path in paths:
                path.write_bytes(b"\0")
            raise _OnlyTriedError
    except _OnlyTriedError:
        pass
    except OSError as error:
        raise PermissionError(f"{directory} is not writable: {error.strerror}") from error


class _OnlyTriedError(Exception):
    """Raised after files were written on trial, so that they are removed again."""


@contextlib.contextmanager
def written_whole(directory: Path, names: Sequence[str]) -> Iterator[list[Path]]:
    """Yield a temporary path for each name, and move all of them into place at the end.

    If the block raises, none of the files appears, those of an earlier run stay as they were, and
    a directory made for them is removed again.

    Parameters
    ----------
    directory : Path
        Where the files go; it is made if it does not exist.
    names : sequence of str
        Names of the files.

    Yields
    ------
    list of Path
        Where to write: paths with the suffixes of ``names``, in the same directory.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(Path(folder) / 'new', ['a.txt', 'b.txt']) as (a, b):
    ...         _ = a.write_text('one'), b.write_text('two')
    ...     sorted(path.name for path in Path(folder, 'new').iterdir())
    ['a.txt', 'b.txt']
    """
    made = []
    for folder in (directory, *directory.parents):
        if folder.exists():
            break
        made.append(folder)
    paths: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in names:
            suffix = Path(name).suffix
            handle, made_path = tempfile.mkstemp(suffix, ".partial-", directory)
            os.close(handle)
            paths.append(Path(made_path))
        yield paths
        mask = os.umask(0)
        os.umask(mask)
        for path, name in zip(paths, names, strict=True):
            path.chmod(0o666 & ~mask)  # mkstemp makes files for the owner only
            path.replace(directory / name)
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
