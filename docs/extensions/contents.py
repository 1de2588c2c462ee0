"""What only the site needs of a page: its place in the table of contents, and included files.

Pages are plain Markdown, as a code host shows it; what Sphinx needs besides is added when it reads
them.
"""

from __future__ import annotations

from typing import Final

from notebook_files import names
from sphinx.application import Sphinx

CONTENTS: Final = {
    "index": (
        *("install", "guide/index", "notebooks/index", "examples", "reference/index", "benchmarks"),
        *("validation", "project"),
    ),
    "guide/index": (
        *("choosing", "moving", "../coupling", "units", "signs", "errors"),
        *("dendrites", "writing_a_law"),
        *("writing_a_channel", "writing_a_mechanism", "reading_nmodl", "reading_neuroml"),
        *("fitting_channels", "performance", "long_runs", "scale", "simulators"),
        *("writing_a_host", "writing_a_coupling_mode"),
    ),
    "notebooks/index": names(),
    "project": ("changelog", "contributing", "measuring", "upstream"),
}
INCLUDED: Final = {
    "changelog": "../CHANGELOG.md",
    "contributing": "../CONTRIBUTING.md",
    "measuring": "../benchmarks/README.md",
}


def _complete(app: Sphinx, page: str, source: list[str]) -> None:
    if page in INCLUDED:
        source[0] = f"```{{include}} {INCLUDED[page]}\n```\n"
    if page in CONTENTS:
        listed = "\n".join(CONTENTS[page])
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Complete pages when they are read."""
    app.connect("source-read", _complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
