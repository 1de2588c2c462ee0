"""Splits text into tokens."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gapjunction.nmodl._errors import NmodlError

# Published files have at most about 100 kB, so that these limits exclude none of them.
MOST_BYTES: Final = 500_000
MOST_TOKENS: Final = 60_000

_PATTERN = re.compile(
    r"""
    (?P<space>[ \t\r\f\v\0\ufeff]+)
  | (?P<newline>\n)
  | (?P<comment>[:?][^\n]*)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<string>"[^"\n]*")
  | (?P<op><->|<<|->|>=|<=|==|!=|&&|\|\||.)
    """,
    re.VERBOSE | re.ASCII,
)
# What comes after REPRESENTS; it has no effect on the model.
_TERM: Final = re.compile(
    r"[ \t]*(?:\[\s*\w+(?:\s*:\s*\w+)?\s*\]|\w+(?:[ \t]*:[ \t]*\w+)?)?", re.ASCII
)
# The text between these words is not NMODL.
_RAW: Final = {"COMMENT": "ENDCOMMENT", "VERBATIM": "ENDVERBATIM"}
# These words may be written in lower case.
_LOWER: Final = {"if": "IF", "else": "ELSE", "while": "WHILE"}


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind (name, number, string, op, verbatim, title, end), and place."""

    kind: str
    text: str
    line: int
    start: int
    file: str

    def error(self, message: str) -> NmodlError:
        """Return an error at this place."""
        return NmodlError(message, self.line, self.file)


def load(path: Path) -> str:
    """Return the text of a file."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NmodlError(f"the file cannot be read: {error}.", file=path.name) from error
    if len(raw) > MOST_BYTES:
        raise NmodlError(f"the file must not exceed {MOST_BYTES} bytes.", file=path.name)
    # Units and comments of older files contain letters of Latin-1.
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tokens(text: str, file: str) -> list[Token]:
    """Return the tokens of a text, without comments, and one of kind "end" after them."""
    found = []
    for token in _scan(text, file):
        found.append(token)
        if len(found) > MOST_TOKENS:
            raise token.error(f"the file must not exceed {MOST_TOKENS} words.")
    return found


def _scan(text: str, file: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            raise NmodlError(f"{text[place]!r} cannot be read.", line, file)
        kind, word, start = str(match.lastgroup), match.group(), place
        place = match.end()
        if kind == "newline":
            line += 1
        elif kind == "name" and word == "TITLE":
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            yield Token("title", text[place:end].strip(), line, start, file)
            place = end
        elif kind == "name" and word in _RAW:
            closing = re.compile(rf"\b{_RAW[word]}\b").search(text, place)
            if closing is None:
                raise NmodlError(f"{word} must end with {_RAW[word]}.", line, file)
            body = text[place : closing.start()]
            if word == "VERBATIM":
                yield Token("verbatim", body, line, start, file)
            line += body.count("\n")
            place = closing.end()
        elif kind == "name" and word == "REPRESENTS":
            # A term of an ontology follows, such as CHEBI:29101, in which ':' begins no comment.
            term = _TERM.match(text, place)
            place = place if term is None else term.end()
        elif kind == "number" and not math.isfinite(float(word)):
            raise NmodlError(f"{word} is too large a number.", line, file)
        elif kind not in ("space", "comment"):
            yield Token(kind, _LOWER.get(word, word), line, start, file)
    yield Token("end", "the end of the file", line, place, file)
