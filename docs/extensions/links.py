"""Links of pages to files that lie outside of ``docs``, which are pages here under other names."""

from __future__ import annotations

from typing import Final

from sphinx.application import Sphinx

PAGES: Final = {
    "../benchmarks/README.md": "measuring.md",
    "../CHANGELOG.md": "changelog.md",
    "../CONTRIBUTING.md": "contributing.md",
}


def _redirect(app: Sphinx, page: str, source: list[str]) -> None:
    for file, name in PAGES.items():
        source[0] = source[0].replace(f"]({file})", f"]({name})")


def setup(app: Sphinx) -> dict[str, bool]:
    """Redirect when a page is read."""
    app.connect("source-read", _redirect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
