"""Expressions of LEMS, from text to nodes: a tokeniser and recursive descent."""

from __future__ import annotations

import re
from typing import Final

from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Name, Node, Number, apply

MAX_LENGTH: Final = 5000
MAX_NESTING: Final = 50
FUNCTIONS: Final = (
    *("exp", "log", "ln", "sqrt", "abs", "ceil", "H"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
)
COMPARISONS: Final = (".lt.", ".gt.", ".leq.", ".geq.", ".eq.", ".neq.")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?![a-z]+\.)(?:[eE][-+]?\d{1,3})?)"
    r"|(?P<word>\.[a-z]+\.)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/^()]))"
)
# The point before a comparison belongs to the comparison, not to the number: '1.lt.x'.
_BEFORE_WORD = re.compile(r"\s*(?P<number>\d+)(?=\.[a-z]+\.)")


def parse(text: str, what: str) -> Node:
    """Return an expression, or a condition, as nodes.

    Parameters
    ----------
    text : str
        Such as ``0.1 * (V + 40) / (1 - exp(-(V + 40) / 10))`` or ``x .neq. 0``.
    what : str
        What the expression is, for messages.
    """
    return _Parser(text, what).whole()


class _Parser:
    def __init__(self, text: str, what: str) -> None:
        self.what = what
        self.nesting = 0
        if len(text) > MAX_LENGTH:
            raise NeuromlError(
                f"{what} must have at most {MAX_LENGTH} characters, got {len(text)}."
            )
        self.tokens = self._tokens(text)
        self.at = 0

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        found, at, end = [], 0, len(text.rstrip())
        while at < end:
            match = _BEFORE_WORD.match(text, at) or _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise NeuromlError(
                    f"{self.what} must be an expression; got {text[at : at + 20]!r}."
                )
            found.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return [*found, ("end", "")]

    def whole(self) -> Node:
        node = self._either()
        if self.tokens[self.at][0] != "end":
            raise self._unexpected()
        return node

    def _take(self, *texts: str) -> str | None:
        kind, text = self.tokens[self.at]
        if kind in ("sign", "word") and text in texts:
            self.at += 1
            return text
        return None

    def _unexpected(self) -> NeuromlError:
        kind, text = self.tokens[self.at]
        found = "its end" if kind == "end" else repr(text[:40])
        return NeuromlError(f"{self.what} must be an expression; {found} is not expected there.")

    def _either(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise NeuromlError(f"{self.what} must not be nested more than {MAX_NESTING} deep.")
        node = self._both()
        while self._take(".or."):
            node = apply(".or.", node, self._both())
        self.nesting -= 1
        return node

    def _both(self) -> Node:
        node = self._negated()
        while self._take(".and."):
            node = apply(".and.", node, self._negated())
        return node

    def _negated(self) -> Node:
        if self._take(".not."):
            return apply(".not.", self._compared())
        return self._compared()

    def _compared(self) -> Node:
        node = self._sum()
        op = self._take(*COMPARISONS)
        return node if op is None else apply(op, node, self._sum())

    def _sum(self) -> Node:
        node = self._product()
        while op := self._take("+", "-"):
            node = apply(op, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._signed()
        while op := self._take("*", "/"):
            node = apply(op, node, self._signed())
        return node

    def _signed(self) -> Node:
        minus = 0
        while sign := self._take("-", "+"):
            minus += sign == "-"
        node = self._power()
        return apply("neg", node) if minus % 2 else node

    def _power(self) -> Node:
        base = self._atom()
        if not self._take("^"):
            return base
        sign = self._take("-", "+")
        exponent = self._atom()
        if self.tokens[self.at] == ("sign", "^"):
            # Programs differ in the order in which they evaluate a power of a power.
            raise NeuromlError(f"{self.what} must have parentheses around a power of a power.")
        return apply("^", base, apply("neg", exponent) if sign == "-" else exponent)

    def _atom(self) -> Node:
        kind, text = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return Number(float(text))
        if kind == "name":
            self.at += 1
            return self._called(text) if self._take("(") else Name(text)
        if self._take("("):
            return self._closed()
        raise self._unexpected()

    def _called(self, name: str) -> Node:
        if name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise NeuromlError(f"{self.what} must use functions of {known}; got {name[:40]!r}.")
        return apply("log" if name == "ln" else name, self._closed())

    def _closed(self) -> Node:
        node = self._either()
        if not self._take(")"):
            raise self._unexpected()
        return node
