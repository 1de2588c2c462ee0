"""Links of pages to files that lie outside of ``docs``, which are pages here under other names.

A notebook's page leads to its file, too.
"""

from __future__ import annotations

import re
from typing import Final

from sphinx.application import Sphinx

PAGES: Final = {
    "../benchmarks/README.md": "measuring.md",
    "../CHANGELOG.md": "changelog.md",
    "../CONTRIBUTING.md": "contributing.md",
}
_NOTEBOOK: Final = re.compile(r"\]\((?:\.\./)+examples/notebooks/(\w+)\.ipynb\)")


def _redirect(app: Sphinx, page: str, source: list[str]) -> None:
    for file, name in PAGES.items():
        source[0] = source[0].replace(f"]({file})", f"]({name})")
    source[0] = _NOTEBOOK.sub(r"](/notebooks/\1.md)", source[0])
    folder, _, name = page.rpartition("/")
    if folder == "notebooks" and name != "index":
        file = f"../../examples/notebooks/{name}.ipynb"
        said = f"This page as a file for Jupyter: {{download}}`{name}.ipynb <{file}>`"
        source[0] = re.sub(
            r"(?m)^# .+\n", lambda found: f"{found[0]}\n{said}\n", source[0], count=1
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Redirect when a page is read."""
    app.connect("source-read", _redirect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
