"""Statements of blocks."""

from __future__ import annotations

import re
from typing import Final

from gapjunction.nmodl._expressions import Stream
from gapjunction.nmodl._syntax import (
    Assign,
    Call,
    Do,
    Equation,
    Expression,
    If,
    Local,
    Loop,
    Number,
    Reaction,
    Refused,
    Solve,
    Statement,
    Table,
)
from gapjunction.nmodl._tokens import Token

_DEEPEST: Final = 30
_LONGEST: Final = 100
_REFUSED: Final = (
    "WATCH",
    "LAG",
    "WHILE",
    "DISCRETE",
    "PUTQ",
    "GETQ",
    "RESET",
    "MATCH",
    "STEPPED",
    "FORALL",
    "net_send",
    "net_event",
    "for_netcons",
)
# The assignment x = _ion_x has no effect, because x has the value of the ion in NEURON already.
_IDLE = re.compile(
    r"/\*.*?\*/|//[^\n]*|return(\s+0(\.0*)?)?\s*;|\b(\w+)\s*=\s*_ion_\3\s*;|[\s;]", re.DOTALL
)


def is_idle(text: str) -> bool:
    """Whether the contents of VERBATIM have no effect."""
    return not _IDLE.sub("", text)


class StatementStream(Stream):
    """Tokens, and the statements among them."""

    level = 0

    def block(self) -> tuple[Statement, ...]:
        """Return the statements between the braces that come next."""
        opening = self.expect("{")
        self.level += 1
        if self.level > _DEEPEST:
            raise opening.error(f"blocks must not be nested more than {_DEEPEST} deep.")
        found: list[Statement] = []
        while not self.take("}"):
            if self.now.kind == "end":
                raise opening.error("this block must end with '}'.")
            self._statement(found)
        self.level -= 1
        return tuple(found)

    def _statement(self, found: list[Statement]) -> None:
        token = self.now
        if token.kind == "verbatim":
            self.next()
            if not is_idle(token.text):
                found.append(Refused("VERBATIM is refused: it is C.", token.line))
            return
        if token.kind == "op" and token.text == "~":
            found.append(self._reaction(self.next()))
            return
        if token.kind != "name":
            raise token.error(f"a statement is expected here, not {token.text!r}.")
        if token.text in _REFUSED:
            raise token.error(f"{token.text} is refused.")
        word = self.next().text
        simple = {"UNITSON", "UNITSOFF", "THREADSAFE", "PROTECT", "MUTEXLOCK", "MUTEXUNLOCK"}
        if word in simple:
            return
        if word == "LOCAL":
            found.append(self._local(token))
        elif word == "IF":
            found.append(self._if(token))
        elif word == "FROM":
            found.append(self._loop(token))
        elif word == "SOLVE":
            found.append(self._solve(token))
        elif word == "TABLE":
            found.append(self._table(token))
        elif word == "CONDUCTANCE":
            self.name()
            if self.take("USEION"):
                self.name()
        elif word == "COMPARTMENT":
            self._compartment(token)
        elif word == "LONGITUDINAL_DIFFUSION":
            raise token.error("LONGITUDINAL_DIFFUSION is refused: it needs a neighbour in space.")
        elif word == "CONSERVE":
            left = self.expression(5)
            self.expect("=")
            found.append(Equation(left, self.expression(), True, token.line))
        else:
            found.append(self._other(token))

    def _other(self, token: Token) -> Statement:
        word = token.text
        if self.at("["):
            index = self.index()
            if self.at("'"):
                raise token.error(f"arrays of states are refused: {word}[...].")
            self.expect("=")
            return Assign(word, self.expression(), token.line, index=index)
        if self.take("'"):
            if self.at("'"):
                raise token.error(f"a second derivative is refused: {word}''.")
            self.expect("=")
            return Assign(word, self.expression(), token.line, prime=True)
        if self.take("="):
            return Assign(word, self.expression(), token.line)
        if word == "printf" and self.at("("):
            # Printing has no effect on the model.
            return self._printed()
        if self.take("("):
            return Do(Call(word, self.arguments(), token.line))
        raise token.error(f"{word!r} cannot be read as a statement.")

    def _local(self, token: Token) -> Local:
        names, sizes = [], []
        while True:
            name = self.name()
            if self.take("["):
                sizes.append((name, self.size(token, name, self.number())))
                self.expect("]")
            else:
                names.append(name)
            self.unit()
            if not self.take(","):
                return Local(tuple(names), token.line, tuple(sizes))

    def size(self, token: Token, name: str, number: float) -> int:
        """Return the size of an array."""
        if not (number.is_integer() and 1 <= number <= _LONGEST):
            raise token.error(f"{name} must have 1 to {_LONGEST} elements, got {number:g}.")
        return int(number)

    def _printed(self) -> Local:
        opening = self.expect("(")
        while not self.take(")"):
            if self.now.kind == "end":
                raise opening.error("printf must end with ')'.")
            if self.now.kind == "string":
                self.next()
            else:
                self.expression()
            self.take(",")
        return Local((), opening.line)

    def _if(self, token: Token) -> If:
        self.expect("(")
        condition = self.expression()
        self.expect(")")
        then = self.block()
        otherwise: tuple[Statement, ...] = ()
        if self.take("ELSE"):
            if self.at("IF"):
                # A long chain of ELSE IF nests as deep as blocks do.
                self.level += 1
                if self.level > _DEEPEST:
                    raise token.error(f"blocks must not be nested more than {_DEEPEST} deep.")
                return If(condition, then, (self._chained(),), token.line)
            otherwise = self.block()
        return If(condition, then, otherwise, token.line)

    def _chained(self) -> If:
        found = self._if(self.next())
        self.level -= 1
        return found

    def _loop(self, token: Token) -> Loop:
        name = self.name()
        self.expect("=")
        first = self.expression()
        self.expect("TO")
        last = self.expression()
        step: Expression = self.expression() if self.take("BY") else Number(1.0)
        return Loop(name, first, last, step, self.block(), token.line)

    def _solve(self, token: Token) -> Solve:
        block, method, steady = self.name(), "", False
        while self.at("METHOD", "STEADYSTATE"):
            steady = self.next().text == "STEADYSTATE"
            method = self.name()
        if self.at("IFERROR"):
            raise token.error("IFERROR is refused.")
        return Solve(block, method, steady, token.line)

    def _table(self, token: Token) -> Table:
        names: list[str] = [] if self.at("DEPEND", "FROM") else self.names()
        if self.take("DEPEND"):
            self.names()
        self.expect("FROM")
        self.expression()
        self.expect("TO")
        self.expression()
        self.expect("WITH")
        self.expression()
        return Table(tuple(names), token.line)

    def _compartment(self, token: Token) -> None:
        raise token.error("COMPARTMENT is refused: volumes of a scheme are those of a pool.")

    def _reaction(self, token: Token) -> Reaction | Equation:
        begin = self.place
        try:
            left = self._side()
            arrow = self.now.text if self.now.kind == "op" else ""
        except ValueError:
            arrow = ""
        if arrow not in ("<->", "->", "<<"):
            self.place = begin
            self.depth = 0
            first = self.expression(5)
            self.expect("=")
            return Equation(first, self.expression(), False, token.line)
        self.next()
        right = () if arrow == "<<" else self._counted(token, self._side())
        self.expect("(")
        rates = self.arguments()
        expected = 2 if arrow == "<->" else 1
        if len(rates) != expected:
            raise token.error(f"this reaction must have {expected} rates, got {len(rates)}.")
        backward = rates[1] if expected == 2 else None
        return Reaction(
            self._counted(token, left), right, rates[0], backward, arrow == "<<", token.line
        )

    def _counted(
        self, token: Token, side: tuple[tuple[float, str], ...]
    ) -> tuple[tuple[int, str], ...]:
        """Return a side of a reaction, which must have whole numbers of its states."""
        for count, name in side:
            if not (count.is_integer() and 1 <= count <= _LONGEST):
                raise token.error(
                    f"the number of {name} in a reaction must be a whole number from 1 to "
                    f"{_LONGEST}, got {count:g}."
                )
        return tuple((int(count), name) for count, name in side)

    def _side(self) -> tuple[tuple[float, str], ...]:
        found = []
        while True:
            count = self.number() if self.now.kind == "number" else 1.0
            found.append((count, self.name()))
            if self.at("["):
                raise self.now.error("arrays of states are refused.")
            if not self.take("+"):
                return tuple(found)
