"""Notebooks as files that Jupyter opens, made from the sources of the site's pages.

A source is a page in ``docs/notebooks``: Markdown, whose cells of code are fences with the name
``{code-cell}``. What such pages may have besides is changed to what Jupyter and code hosts show,
and all else is refused. Here is what needs neither Jupyter nor Sphinx; ``docs/make_notebooks.py``
executes the notebooks and writes the files.
"""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ROOT / "docs" / "notebooks"
FILES: Final = ROOT / "examples" / "notebooks"
THUMBNAILS: Final = ROOT / "docs" / "images" / "notebooks"
# The order for somebody who learns: these, what neither line names, and then those for whoever
# comes from another library.
FIRST: Final = (
    *("five_minutes", "ion_channels", "zoo", "strong_coupling", "junction_laws", "recordings"),
    *("training", "worm"),
)
LAST: Final = ("braincell", "moving_from_brainpy")
# Pages with a table of the notebooks, which stands between two comments.
TABLES: Final = (ROOT / "README.md", SOURCES / "index.md")
_BEGIN, _END = "<!-- notebooks -->\n", "<!-- end of notebooks -->\n"

_CELL = re.compile(r"^(`{3,})\{code-cell\}[^\n]*\n(.*?)^\1[ ]*$\n?", re.M | re.S)
_FENCE = re.compile(r"^(`{3,}|~{3,}|:{3,})([^\n]*)\n(.*?)^\1[ ]*$", re.M | re.S)
_ROLE = re.compile(r"\{([a-z][a-z:]*)\}`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of a notebook: text or code, with its tags."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Notebook:
    """A notebook: its name, what it shows in one line, its cells as Jupyter has them.

    ``needs`` is what has to be newer than the oldest release that the library supports, as
    ``braincell>=0.2.0``; mostly it is empty.
    """

    name: str
    summary: str
    cells: tuple[Cell, ...]
    needs: str = ""

    @property
    def title(self) -> str:
        """The first heading."""
        return self.cells[0].source.partition("\n")[0].removeprefix("# ")

    @property
    def file(self) -> Path:
        """Where the notebook is written to."""
        return FILES / f"{self.name}.ipynb"

    @property
    def thumbnail(self) -> Path:
        """Where its small picture is written to."""
        return THUMBNAILS / f"{self.name}.png"


def names() -> tuple[str, ...]:
    """Return the names of all notebooks, in the order for somebody who learns."""
    found = {path.stem for path in SOURCES.glob("*.md")} - {"index"}
    return (*FIRST, *sorted(found - {*FIRST, *LAST}), *LAST)


def read(name: str) -> Notebook:
    """Return a notebook by the name of its source."""
    return parse(name, (SOURCES / f"{name}.md").read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Notebook:
    """Return a notebook from the text of its source.

    The first cell of code is one that installs what is missing. A source may have the lines
    ``summary: ...`` and ``needs: ...`` in its front matter; without a summary, the first sentence
    after the title is taken.
    """
    head, body = _front_matter(text)
    said, needs = (re.search(rf"^{key}: *(.+)$", head, re.M) for key in ("summary", "needs"))
    cells = list(_cells(name, body))
    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        raise ValueError(f"{name}.md must begin with a heading and text.")
    summary = said[1].strip(" \"'") if said else _first_sentence(cells[0].source)
    first = next(k for k, cell in enumerate(cells) if cell.kind == "code")
    cells.insert(first, Cell("code", _install([c.source for c in cells if c.kind == "code"])))
    return Notebook(name, summary, tuple(cells), needs[1].strip(" \"'") if needs else "")


def left_out() -> tuple[str, ...]:
    """Return the names of the notebooks that need newer releases than those that are installed."""
    from packaging.requirements import Requirement

    found = []
    for notebook in map(read, names()):
        if notebook.needs:
            need = Requirement(notebook.needs)
            try:
                met = need.specifier.contains(version(need.name), prereleases=True)
            except PackageNotFoundError:
                met = False
            found += [] if met else [notebook.name]
    return tuple(found)


def _front_matter(text: str) -> tuple[str, str]:
    found = re.match(r"---\n(.*?)^---\n", text, re.S | re.M)
    return (found[1], text[found.end() :]) if found else ("", text)


def _cells(name: str, body: str) -> Iterator[Cell]:
    end = 0
    for found in _CELL.finditer(body):
        if text := body[end : found.start()].strip():
            yield Cell("markdown", plain(name, text))
        options, code = re.match(r"((?:^:[^\n]*\n)*)(.*)", found[2], re.S | re.M).groups()
        tags = re.search(r"^:tags: *\[(.*)\]", options, re.M)
        words = tags[1].split(",") if tags else []
        yield Cell("code", code.strip("\n"), tuple(word.strip(" \"'") for word in words if word))
        end = found.end()
    if text := body[end:].strip():
        yield Cell("markdown", plain(name, text))


def plain(name: str, text: str) -> str:
    """Return text as Jupyter and code hosts show it; refuse what only the site understands."""
    parts, end = [], 0
    for found in _FENCE.finditer(text):
        parts.append(_prose(name, text[end : found.start()]))
        if found[2].strip() == "{math}":
            parts.append(f"$$\n{found[3]}$$")
        elif found[1].startswith(":") or found[2].strip().startswith("{"):
            raise ValueError(f"{name}.md must be Markdown without directives, got {found[2]!r}.")
        else:
            parts.append(found[0])
        end = found.end()
    return "".join([*parts, _prose(name, text[end:])])


def _prose(name: str, text: str) -> str:
    text = _ROLE.sub(lambda found: _role(name, found), text)
    for line in text.splitlines():
        if re.match(r"%|\+\+\+|\(.+\)=", line):
            raise ValueError(f"{name}.md must be Markdown without MyST's marks, got {line!r}.")
    return _LINK.sub(lambda found: f"]({_target(name, found[1])})", text)


def _role(name: str, found: re.Match[str]) -> str:
    if found[1] != "math":
        raise ValueError(f"{name}.md must be Markdown without roles, got {found[0]}.")
    return f"${found[2]}$"


def _target(name: str, target: str) -> str:
    """Return where a link leads to from the folder of the notebooks."""
    if re.match(r"[a-z]+:|#", target):
        return target
    path, hash_, anchor = target.partition("#")
    file = (SOURCES / path).resolve()
    if not file.exists():
        raise ValueError(f"{name}.md must link to files of the repository, got {target}.")
    if file.parent == SOURCES and file.stem in names():
        return f"{file.stem}.ipynb"
    return Path(os.path.relpath(file, FILES)).as_posix() + hash_ + anchor


def _first_sentence(text: str) -> str:
    paragraph = text.partition("\n\n")[2].partition("\n\n")[0]
    return re.match(r".*?[.:?!](?=\s|$)|.*", " ".join(paragraph.split()))[0].rstrip(".:")


def _install(codes: list[str]) -> str:
    """Return the cell that installs what the others import."""
    found: set[str] = set()
    for code in codes:
        # A line of IPython's own is none of Python.
        for node in ast.walk(ast.parse(re.sub(r"^[%!].*$", "", code, flags=re.M))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    listed = " ".join(sorted(found - sys.stdlib_module_names))
    return (
        "# Installs what is missing: from the clone that this file is in, or else as published.\n"
        "from importlib.util import find_spec\n"
        "from pathlib import Path\n\n"
        f'needed = "{listed}"\n'
        "if any(find_spec(name) is None for name in needed.split()):\n"
        '    clone = Path("../..").resolve()\n'
        '    package = clone if (clone / "hatch_build.py").exists() else "gapjunction"\n'
        '    %pip install --quiet "{package}[notebooks]"'
    )


def contents(notebook: Notebook) -> dict[str, Any]:
    """Return the notebook in Jupyter's format, without outputs."""
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(notebook.cells):
        made: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": f"{notebook.name}-{number:02}",
            "metadata": {"tags": list(cell.tags)} if cell.tags else {},
            "source": cell.source.splitlines(keepends=True),
        }
        if cell.kind == "code":
            made |= {"execution_count": None, "outputs": []}
        cells.append(made)
    language = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": language},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def table(folder: Path) -> str:
    """Return the table of all notebooks, with links for a page in a folder."""
    lines = ["| | notebook | what it shows |", "| --- | --- | --- |"]
    for notebook in map(read, names()):
        file, thumbnail = (
            Path(os.path.relpath(path, folder)).as_posix()
            for path in (notebook.file, notebook.thumbnail)
        )
        picture = f"![A figure of {notebook.title}]({thumbnail})"
        lines.append(f"| {picture} | [{notebook.title}]({file}) | {notebook.summary} |")
    return "\n".join(lines) + "\n"


def with_table(page: Path) -> str:
    """Return the text of a page, with the table as it has to be."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        raise ValueError(f"{page.name} must have the lines {_BEGIN.strip()} and {_END.strip()}.")
    return f"{before}{_BEGIN}\n{table(page.parent)}\n{_END}{after}"
