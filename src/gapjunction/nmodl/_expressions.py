"""Expressions, by precedence climbing."""

from __future__ import annotations

from typing import Final

from gapjunction.nmodl._syntax import Call, Element, Expression, Name, Number, Operation
from gapjunction.nmodl._tokens import Token

# Nobody writes deeper expressions, and they would exhaust Python's stack.
DEEPEST: Final = 60
_BINDING: Final = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
    "^": 8,
}
_SIGN = 7


class Stream:
    """Tokens that are read one after the other, and the expressions among them."""

    def __init__(self, found: list[Token], text: str) -> None:
        self.tokens, self.text, self.place, self.depth = found, text, 0, 0

    @property
    def now(self) -> Token:
        """The next token."""
        return self.tokens[self.place]

    def next(self) -> Token:
        """Return the next token and go on."""
        token = self.tokens[self.place]
        if token.kind != "end":
            self.place += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these words or signs."""
        return self.now.kind in ("name", "op") and self.now.text in texts

    def ahead(self, text: str) -> bool:
        """Whether the token after the next is this sign."""
        return self.place + 1 < len(self.tokens) and self.tokens[self.place + 1].text == text

    def take(self, text: str) -> bool:
        """Go on if the next token is this word or sign; return whether it was."""
        found = self.at(text)
        if found:
            self.next()
        return found

    def expect(self, text: str) -> Token:
        """Go past this word or sign, which must come next."""
        if not self.at(text):
            raise self.now.error(f"{text!r} is expected here, not {self.now.text!r}.")
        return self.next()

    def name(self) -> str:
        """Return the name that must come next."""
        if self.now.kind != "name":
            raise self.now.error(f"a name is expected here, not {self.now.text!r}.")
        return self.next().text

    def number(self) -> float:
        """Return the number, with a sign, that must come next."""
        sign = -1.0 if self.take("-") else 1.0
        self.take("+")
        if self.now.kind != "number":
            raise self.now.error(f"a number is expected here, not {self.now.text!r}.")
        return sign * float(self.next().text)

    def names(self) -> list[str]:
        """Return names that are separated by commas; units after them are skipped."""
        found = [self.name()]
        self.unit()
        while self.take(","):
            found.append(self.name())
            self.unit()
        return found

    def unit(self) -> str:
        """Return the text between parentheses, if these come next, or nothing."""
        if not self.at("("):
            return ""
        opening = self.next()
        while not self.at(")"):
            if self.now.kind == "end" or self.now.line > opening.line + 1:
                raise opening.error("a unit must end with ')'.")
            self.next()
        closing = self.next()
        return (
            self.text[opening.start + 1 : closing.start].strip()
            if (opening.file == closing.file)
            else ""
        )

    def expression(self, least: int = 0) -> Expression:
        """Return the expression that comes next, up to an operator weaker than ``least``."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.now.error(f"expressions must not be nested more than {DEEPEST} deep.")
        found = self._prefix()
        while self.now.kind == "op" and _BINDING.get(self.now.text, -1) >= max(least, 1):
            operator = self.next()
            binding = _BINDING[operator.text]
            right = self.expression(binding + (operator.text != "^"))
            found = Operation(operator.text, (found, right), operator.line)
        self.depth -= 1
        return found

    def _prefix(self) -> Expression:
        token = self.now
        if token.kind == "op" and token.text in "-+!":
            self.next()
            # A power binds more tightly than a sign: -a^2 is -(a^2).
            inner = self.expression(_SIGN)
            return inner if token.text == "+" else Operation(token.text, (inner,), token.line)
        if token.kind == "number":
            self.next()
            if self.at("("):
                self.unit()
            return Number(float(token.text))
        if token.kind == "name":
            return self._named()
        if not self.take("("):
            raise token.error(f"an expression is expected here, not {token.text!r}.")
        found = self.expression()
        self.expect(")")
        return found

    def _named(self) -> Expression:
        token = self.next()
        if self.at("["):
            return Element(token.text, self.index(), token.line)
        if self.at("'"):
            raise token.error("a derivative must be on the left of '='.")
        if not self.take("("):
            return Name(token.text, token.line)
        return Call(token.text, self.arguments(), token.line)

    def index(self) -> Expression:
        """Return what stands between the brackets that come next."""
        self.expect("[")
        found = self.expression()
        self.expect("]")
        return found

    def arguments(self) -> tuple[Expression, ...]:
        """Return the arguments of a call, whose parenthesis was just opened."""
        found: list[Expression] = []
        while not self.at(")"):
            if found:
                self.expect(",")
            if self.now.kind == "string":
                raise self.now.error("text as an argument is refused.")
            found.append(self.expression())
        self.expect(")")
        return tuple(found)
