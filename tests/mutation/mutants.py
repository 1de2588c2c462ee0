"""The faults that ``mutants.toml`` lists."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, NamedTuple


class Mutant(NamedTuple):
    """One fault.

    Parameters
    ----------
    file : str
        Relative to the package.
    old, new : str
        A fragment of code that is in the file once, and what is put in its place.
    meaning : str
        What is wrong then.
    """

    file: str
    old: str
    new: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.file}: {self.meaning}"

    def check(self, package: Path) -> str:
        """Return the file's text.

        Raises
        ------
        ValueError
            If it does not have the fragment exactly once.
        """
        text = (package / self.file).read_text()
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"old text must be in {self.file} once, is {times} times: {self.old}")
        return text

    def apply(self, package: Path) -> None:
        """Put the fault into a copy of the package."""
        text = self.check(package).replace(self.old, self.new)
        (package / self.file).write_text(text)


_LIST = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
MUTANTS: Final = tuple(
    Mutant(file, old, new, meaning)
    for file, faults in _LIST.items()
    for meaning, (old, new) in faults.items()
)
