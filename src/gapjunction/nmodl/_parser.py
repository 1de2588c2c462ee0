"""Parses a file into a :class:`Program`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._statements import StatementStream, is_idle
from gapjunction.nmodl._syntax import Block, Program, Quantity, UseIon
from gapjunction.nmodl._tokens import MOST_TOKENS, Token, load, tokens
from gapjunction.nmodl._units import amount

_MOST_FILES: Final = 10
_REFUSED: Final = {
    "NET_RECEIVE": "events belong to synapses",
    "FUNCTION_TABLE": "its numbers are given by a program, not by the file",
    "DISCRETE": "it advances in whole steps of dt",
    "PARTIAL": "it needs a neighbour in space",
    "NONLINEAR": "its equations need an iteration",
    "DESTRUCTOR": "it runs C",
    "CONSTRUCTOR": "it runs C",
    "BEFORE": "it runs at times that a simulator sets",
    "AFTER": "it runs at times that a simulator sets",
    "TERMINAL": "it runs at times that a simulator sets",
    "STEP": "it belongs to another language",
    "MODEL_LEVEL": "it belongs to another language",
}
_ROUTINES: Final = ("DERIVATIVE", "KINETIC", "LINEAR", "PROCEDURE", "FUNCTION")
_FORMS: Final = {
    "POINT_PROCESS": "a point process is a synapse or an electrode, not a channel of a membrane",
    "ARTIFICIAL_CELL": "an artificial cell has no membrane",
    "JUNCTION_PROCESS": "it belongs to another language",
    "ELECTRODE_CURRENT": "the current of an electrode is not a membrane current",
    "POINTER": "what it points to is not in the file",
    "BBCOREPOINTER": "what it points to is not in the file",
    "EXTERNAL": "its value is in another file",
    "RANDOM": "the library's random numbers are those of ChannelNoise",
}


def parse(path: Path) -> Program:
    """Return the contents of a file.

    Raises
    ------
    NmodlError
        If it cannot be parsed, or contains something that is refused.
    """
    try:
        return _Parser(path).program()
    except RecursionError:
        raise NmodlError("it is nested too deep.", file=path.name) from None


class _Parser(StatementStream):
    def __init__(self, path: Path) -> None:
        self.folder, self.files = path.resolve().parent, [path.name]
        text = load(path)
        super().__init__(tokens(text, path.name), text)
        self.texts = {path.name: text}
        self.found = Program(path.name)

    def unit(self) -> str:
        # Included files have their own text.
        self.text = self.texts[self.now.file]
        return super().unit()

    def program(self) -> Program:
        while self.now.kind != "end":
            self._part(self.next())
        if not self.found.suffix:
            raise NmodlError("NEURON { SUFFIX ... } is missing.", file=self.found.file)
        return self.found

    def _part(self, token: Token) -> None:
        word = token.text
        if token.kind == "title":
            self.found.title = self.found.title or word
        elif token.kind == "verbatim":
            if not is_idle(word):
                self._outer_verbatim(token)
        elif token.kind != "name":
            raise token.error(f"a block is expected here, not {word!r}.")
        elif word in _REFUSED:
            raise token.error(f"{word} is refused: {_REFUSED[word]}.")
        elif word in ("UNITSON", "UNITSOFF", "THREADSAFE"):
            pass
        elif word == "INCLUDE":
            self._include(token)
        elif word == "DEFINE":
            self.found.constants[self.name()] = self.number()
        elif word == "LOCAL":
            self.found.locals.update(self.names())
        elif word == "NEURON":
            self._neuron()
        elif word == "UNITS":
            self._units()
        elif word in ("PARAMETER", "CONSTANT", "STATE", "ASSIGNED", "DEPENDENT"):
            self._declarations(word)
        elif word == "INDEPENDENT":
            self._skip()
        elif word in ("INITIAL", "BREAKPOINT"):
            self._add(Block(word, word, (), self.block(), token.line, token.file), token)
        elif word in _ROUTINES:
            self._routine(token)
        else:
            raise token.error(f"{word} is not known.")

    def _add(self, block: Block, token: Token) -> None:
        if block.name in self.found.blocks:
            raise token.error(f"{block.name} must not appear twice.")
        self.found.blocks[block.name] = block

    def _outer_verbatim(self, token: Token) -> None:
        if "#define" in token.text or "#undef" in token.text:
            raise token.error("VERBATIM is refused: its macros may change what follows.")
        self.found.notes.append(f"VERBATIM of line {token.line}, outside of all blocks")

    def _include(self, token: Token) -> None:
        if self.now.kind != "string":
            raise token.error('INCLUDE must name a file: INCLUDE "file.inc".')
        name = self.next().text.strip('"')
        if not name or name != Path(name).name or "\\" in name or "\0" in name:
            raise token.error(f"INCLUDE must name a file of the same folder, got {name!r}.")
        if name in self.files:
            raise token.error(f"INCLUDE of {name!r} must not be repeated.")
        self.files.append(name)
        self.found.included.append(name)
        if len(self.files) > _MOST_FILES:
            raise token.error(f"no more than {_MOST_FILES} files may be included.")
        path = self.folder / name
        # A link may lead out of the folder.
        if path.resolve().parent != self.folder:
            raise token.error(f"INCLUDE must name a file of the same folder, got {name!r}.")
        self.texts[name] = load(path)
        rest = tokens(self.texts[name], name)[:-1]
        self.tokens[self.place : self.place] = rest
        if len(self.tokens) > MOST_TOKENS:
            raise token.error(f"the file must not exceed {MOST_TOKENS} words.")

    def _skip(self) -> None:
        opening, depth = self.expect("{"), 1
        while depth:
            token = self.next()
            if token.kind == "end":
                raise opening.error("this block must end with '}'.")
            depth += (token.text == "{") - (token.text == "}") if token.kind == "op" else 0

    def _neuron(self) -> None:
        self.expect("{")
        while not self.take("}"):
            token = self.next()
            word = token.text
            if word in _FORMS:
                raise token.error(f"{word} is refused: {_FORMS[word]}.")
            if word == "SUFFIX":
                self.found.suffix = self.name()
            elif word == "USEION":
                self._ion(token)
            elif word == "NONSPECIFIC_CURRENT":
                self.found.nonspecific += self.names()
            elif word == "RANGE":
                self.found.ranges.update(self.names())
            elif word == "GLOBAL":
                self.names()
            elif word != "THREADSAFE":
                raise token.error(f"{word} is not known in NEURON.")

    def _ion(self, token: Token) -> None:
        ion, read, write, valence = self.name(), [], [], None
        while self.at("READ", "WRITE", "VALENCE"):
            word = self.next().text
            if word == "READ":
                read += self.names()
            elif word == "WRITE":
                write += self.names()
            else:
                charge = self.number()
                if not charge.is_integer():
                    raise token.error(f"VALENCE of {ion} must be a whole number, got {charge:g}.")
                valence = int(charge)
        self.found.ions.append(UseIon(ion, tuple(read), tuple(write), valence, token.line))

    def _units(self) -> None:
        self.expect("{")
        while not self.take("}"):
            token = self.now
            if self.at("("):
                name = self.unit()
                self.expect("=")
                self.found.unit_names[name] = self.unit()
                continue
            name = self.name()
            self.expect("=")
            if self.now.kind in ("number",) or self.at("-", "+"):
                self.found.constants[name] = self.number()
                self.unit()
                continue
            text, target = self.unit(), self.unit()
            value, unit = amount(text), amount(target or "1", self.found.unit_names)
            if value is None or unit is None:
                raise token.error(f"{name} = ({text}) ({target}) has an unknown unit.")
            try:
                self.found.constants[name] = float(value / unit)
            except (TypeError, ValueError):
                raise token.error(f"({text}) must be a number of ({target}).") from None

    def _declarations(self, kind: str) -> None:
        self.expect("{")
        into = {
            "PARAMETER": self.found.parameters,
            "STATE": self.found.states,
        }.get(kind, self.found.assigned)
        while not self.take("}"):
            token = self.now
            if token.kind == "name" and token.text in ("UNITSON", "UNITSOFF"):
                self.next()
                continue
            name, value = self.name(), None
            if self.at("["):
                if kind not in ("ASSIGNED", "DEPENDENT"):
                    raise token.error(f"arrays of {kind} are refused: {name}[...].")
                self._array(token, name)
            if self.take("="):
                value = self._value()
            unit = self.unit()
            if self.take("FROM"):
                self._bound()
                self.expect("TO")
                self._bound()
                self.unit()
                if self.take("START"):
                    value = self._value()
            unit = unit or self.unit()
            if self.take("<"):
                while not self.take(">"):
                    if self.next().kind == "end":
                        raise token.error("the limits of a value must end with '>'.")
            if kind == "CONSTANT":
                if value is None:
                    raise token.error(f"{name} of CONSTANT must have a value.")
                self.found.constants[name] = value
            elif name in into and into[name].value != value:
                raise token.error(f"{name} must not be declared with two values.")
            else:
                into[name] = Quantity(name, value, unit, token.line)

    def _array(self, token: Token, name: str) -> None:
        self.expect("[")
        self.found.arrays[name] = self.size(token, name, self._value())
        self.expect("]")

    def _value(self) -> float:
        if self.now.kind == "name" and self.now.text in self.found.constants:
            return self.found.constants[self.next().text]
        return self.number()

    def _bound(self) -> None:
        if self.now.kind == "name":
            self.next()
        else:
            self.number()

    def _routine(self, token: Token) -> None:
        name = self.name()
        arguments: list[str] = []
        if self.take("("):
            while not self.take(")"):
                if arguments:
                    self.expect(",")
                arguments.append(self.name())
                self.unit()
            self.unit()
        block = Block(token.text, name, tuple(arguments), self.block(), token.line, token.file)
        self._add(block, token)
