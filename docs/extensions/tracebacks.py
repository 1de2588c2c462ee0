"""Of the tracebacks that notebooks show, the last lines: those before name files of one machine."""

from __future__ import annotations

import re
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx

# The line with an error's name, and what its message goes on with.
_LAST: Final = re.compile(r"^[\w.]+(?:Error|Exception|Warning|Interrupt)\b:?.*", re.M | re.S)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def last_lines(text: str) -> str:
    """Return the name and the message of the error at the end of a traceback.

    What is none stays as it is.
    """
    text = _COLOURS.sub("", text)
    starts = [found.start() for found in re.finditer(_LAST.pattern, text, re.M)]
    return text[starts[-1] :] if starts else text


def _shorten(app: Sphinx, page: nodes.document) -> None:
    for block in page.findall(nodes.literal_block):
        if "traceback" in block["classes"]:
            said = last_lines(block.rawsource or block.astext())
            block.rawsource = said
            block["language"] = "none"
            block.children = []
            block += nodes.Text(said)


def setup(app: Sphinx) -> dict[str, bool]:
    """Shorten tracebacks when a page has been read."""
    app.connect("doctree-read", _shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
