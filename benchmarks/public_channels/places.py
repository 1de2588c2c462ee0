"""Where public files are: repositories at a commit, from clones on this machine or from GitHub."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_RAW = "https://raw.githubusercontent.com"
_SECONDS = 30


@dataclasses.dataclass(frozen=True, order=True)
class Address:
    """A file of a repository at a commit, and the SHA-256 of its bytes."""

    repository: str
    commit: str
    path: str
    digest: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit}:{self.path}"

    @classmethod
    def parse(cls, line: str) -> Address:
        """Return the address of a line of a list: the SHA-256, a space, and the address."""
        digest, place = line.rstrip("\n").split(" ", 1)
        origin, path = place.split(":", 1)
        repository, commit = origin.rsplit("@", 1)
        return cls(repository, commit, path, digest)

    @property
    def line(self) -> str:
        """The line of a list."""
        return f"{self.digest} {self}"


class Source:
    """Reads files of repositories.

    Parameters
    ----------
    clones : Path, optional
        A folder with a clone for each repository, called OWNER+NAME. What is not there, and
        everything if it is not given, comes from raw.githubusercontent.com.
    cache : Path
        A folder that keeps what was read.
    """

    def __init__(self, clones: Path | None, cache: Path) -> None:
        self.clones, self.cache = clones, cache

    def fetched(self, address: Address) -> Path:
        """Return a copy of a file, with the files beside it that it includes later on."""
        folder = self.cache / address.digest[:16]
        target = folder / Path(address.path).name
        if not target.exists():
            content = self.read(address.repository, address.commit, address.path)
            if hashlib.sha256(content).hexdigest() != address.digest:
                raise ValueError(f"{address} is another file than the one that was drawn.")
            folder.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return target

    def beside(self, address: Address, name: str) -> Path:
        """Fetch a file of the same folder as another one, which includes it."""
        target = self.cache / address.digest[:16] / name
        if not target.exists():
            path = str(Path(address.path).with_name(name).as_posix())
            target.write_bytes(self.read(address.repository, address.commit, path))
        return target

    def read(self, repository: str, commit: str, path: str) -> bytes:
        """Return the bytes of a file."""
        clone = self.clone(repository)
        if clone is not None:
            return git(clone, "cat-file", "blob", f"{commit}:{path}")
        url = f"{_RAW}/{repository}/{commit}/{urllib.parse.quote(path)}"
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            return bytes(answer.read())

    def clone(self, repository: str) -> Path | None:
        """Return the git directory of a clone, if there is one."""
        if self.clones is None:
            return None
        whole = self.clones / repository.replace("/", "+")
        for inner in (".", ".git", "repo", "repo/.git"):
            if (whole / inner / "HEAD").is_file() and (whole / inner / "objects").is_dir():
                return whole / inner
        return None

    def files(self, repository: str, commit: str, ending: str) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of all files of a commit whose name ends so; this needs a clone."""
        clone = self.clone(repository)
        if clone is None:
            raise FileNotFoundError(f"no clone of {repository} in {self.clones}.")
        seen: set[str] = set()
        for entry in (
            git(clone, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace").split("\0")
        ):
            meta, _, path = entry.partition("\t")
            if path.lower().endswith(ending):
                blob = meta.split()[2]
                if blob not in seen:
                    seen.add(blob)
                    yield path, git(clone, "cat-file", "blob", blob)


def git(folder: Path, *arguments: str) -> bytes:
    """Return what a command of git prints."""
    command = ["git", f"--git-dir={folder}", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout
