"""Parses XML, and refuses everything that could cost more than its size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from gapjunction.neuroml._errors import NeuromlError

MAX_BYTES: Final = 10_000_000
MAX_DEPTH: Final = 60
MAX_ELEMENTS: Final = 300_000
_CHUNK = 100_000


class _Bounded(TreeBuilder):
    """Builds elements, of limited depth and number, without namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.number = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        self.number += 1
        if self.depth > MAX_DEPTH or self.number > MAX_ELEMENTS:
            raise NeuromlError(
                f"a file must have at most {MAX_ELEMENTS} elements, nested at most {MAX_DEPTH} "
                "deep."
            )
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def parse_file(path: str | os.PathLike[str]) -> Element:
    """Return the root element of a file."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError, TypeError) as error:
        raise NeuromlError(f"path must be a file that can be read: {error}.") from error
    return parse_text(content)


def parse_text(content: bytes) -> Element:
    """Return the root element of the bytes of a file.

    Raises
    ------
    NeuromlError
        If they are not XML in UTF-8, declare a document type or entities, or exceed a limit.
    """
    if len(content) > MAX_BYTES:
        raise NeuromlError(f"a file must have at most {MAX_BYTES} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NeuromlError(f"a file must be text in UTF-8: {error}.") from error
    # The decoded text is parsed, whatever encoding it declares. So a declaration that is not found
    # here cannot appear later.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NeuromlError("a file must not declare a document type or entities.")
    parser = XMLParser(target=_Bounded())
    try:
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK])
        root = parser.close()
    except (ParseError, ValueError) as error:
        if isinstance(error, NeuromlError):
            raise
        raise NeuromlError(f"a file must be well-formed XML: {error}.") from error
    if not isinstance(root, Element):
        raise NeuromlError("a file must have a root element.")
    return root
