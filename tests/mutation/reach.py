"""Which tests can notice a fault in a file of the source, the likely ones first."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r"^\s*from gapjunction(?:\.(\w+)\S*)? import (\([^)]*\)|.*)", re.MULTILINE)
_NAMED = re.compile(r"\b(?:gj|gapjunction)\.(\w+)")
_OFFERED = re.compile(r"^from gapjunction\.(\w+)\S* import \w+ as (\w+)", re.MULTILINE)


class Reach:
    """The parts of the package that each test uses, by name or through what it imports.

    A part is a folder of ``src/gapjunction``, or a file of it. That a test uses one is read off
    the text of the two, not found by running: a test that asks for parts in another way than by
    name must not lie in a part's own folder.

    Parameters
    ----------
    package : Path
        The folder ``gapjunction`` of the source.
    tests : Path
        The folder ``tests``.
    """

    def __init__(self, package: Path, tests: Path) -> None:
        self._package, self._tests = package, tests
        entries = [
            p for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
        ]
        self._parts = {p.stem for p in entries} - {"__init__"}
        offered = (package / "__init__.py").read_text()
        self._offers = {name: part for part, name in _OFFERED.findall(offered)}
        self._needs = {p.stem: self._imported_by(_text_of(p)) for p in entries}

    def near(self, file: str) -> list[Path]:
        """Return the tests that mirror a file's part, those of its own name first, and doctests.

        Parameters
        ----------
        file : str
            Relative to the package, such as ``laws/_boltzmann.py``.
        """
        path = Path(file)
        own, part = path.stem.strip("_"), path.parts[0].removesuffix(".py").strip("_")
        found = sorted([*self._tests.glob(f"test_{part}.py"), *_tests_in(self._tests / part)])
        folder = self._tests / path.parent
        found.sort(key=lambda p: (own not in p.stem, folder not in p.parents, p.parent != folder))
        beside = self._package / path.parts[0]
        return [*found, *_doctests_in(beside)]

    def far(self, file: str) -> list[Path]:
        """Return all other tests that can reach the file, those of the parts next to it first."""
        part, near = Path(file).parts[0].removesuffix(".py"), set(self.near(file))
        found = [
            (distance, path)
            for path in [*_tests_in(self._tests), *_doctests_in(self._package)]
            if path not in near and (distance := self._distance(path, part)) is not None
        ]
        return [path for _, path in sorted(found)]

    def _distance(self, path: Path, part: str) -> int | None:
        """Return over how many imports a test reaches a part; None if it does not."""
        base = self._package if self._package in path.parents else self._tests
        own = path.relative_to(base).parts[0].removesuffix(".py")
        if own not in self._parts:
            # A test of the documentation, an example or the like: it may use anything.
            return len(self._parts)
        now, seen, steps = self._named_in(path) | {own}, set(), 0
        while now:
            if part in now:
                return steps
            seen |= now
            now = set().union(*(self._needs[p] for p in now)) - seen
            steps += 1
        return None

    def _named_in(self, test: Path) -> set[str]:
        text = test.read_text()
        found = self._imported_by(text) | self._as_parts(_NAMED.findall(text))
        if self._tests in test.parents:
            # What tests share lies beside their folders.
            for name in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE):
                if (helper := self._tests / f"{name}.py") != test and helper.is_file():
                    found |= self._named_in(helper)
        return found

    def _imported_by(self, text: str) -> set[str]:
        every = _IMPORT.findall(text)
        names = [part for part, _ in every if part]
        names += [name for part, listed in every if not part for name in re.findall(r"\w+", listed)]
        return self._as_parts(names)

    def _as_parts(self, names: list[str]) -> set[str]:
        return {self._offers.get(name, name) for name in names} & self._parts


def _text_of(part: Path) -> str:
    files = [part] if part.is_file() else sorted(part.rglob("*.py"))
    return "\n".join(p.read_text() for p in files)


def _doctests_in(place: Path) -> list[Path]:
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    # What a package offers by its own name is found there, whichever file it is written in.
    return [p for p in files if p.name == "__init__.py" or ">>>" in p.read_text()]


def _tests_in(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("test_*.py")) if "mutation" not in p.parts]
