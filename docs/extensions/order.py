"""The order in which pages are read, where several processes share the work.

Sphinx gives each process runs of neighbouring pages. Notebooks are executed when they are read,
which takes most of the time of a build; in the order of their names they are neighbours, so that
one process would execute all of them.
"""

from __future__ import annotations

from typing import Final

import notebook_files
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_NOTEBOOKS: Final = {f"notebooks/{name}" for name in notebook_files.names()}


def apart(pages: list[str]) -> list[str]:
    """Return pages in an order in which notebooks have equal numbers of others between them."""
    notebooks = [page for page in pages if page in _NOTEBOOKS]
    found = [page for page in pages if page not in _NOTEBOOKS]
    step = len(pages) // max(1, len(notebooks))
    for k, notebook in enumerate(notebooks):
        found.insert(k * step, notebook)
    return found


def _reorder(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    pages[:] = apart(pages)


def setup(app: Sphinx) -> dict[str, bool]:
    """Order pages before they are read."""
    app.connect("env-before-read-docs", _reorder)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
