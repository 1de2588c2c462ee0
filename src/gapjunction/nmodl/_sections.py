"""The sections of a file to be written, collected in any order and then put in order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

import saiunit as u

from gapjunction.ion_channels._ion import valence_of
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._spell import Block, number

_PER_MS: Final = u.get_unit(1 / u.ms)
_MA: Final = u.get_unit(u.mA / u.cm**2)
# The names of the library's units in a file. The numbers of a file are in these units.
UNITS: Final = {
    "1": u.UNITLESS,
    "mV": u.mV,
    "ms": u.ms,
    "/ms": _PER_MS,
    "/mV": u.get_unit(1 / u.mV),
    "/mV-ms": u.get_unit(1 / u.mV / u.ms),
    "mV/ms": u.get_unit(u.mV / u.ms),
    "S/cm2": u.get_unit(u.siemens / u.cm**2),
    "mA/cm2": _MA,
    "mM": u.mM,
    "/mM": u.get_unit(1 / u.mM),
    "mM/ms": u.get_unit(u.mM / u.ms),
    "/mM-ms": u.get_unit(1 / u.mM / u.ms),
    "cm/s": u.get_unit(u.cm / u.second),
    "um": u.um,
    "mM-cm2/mA-ms": u.get_unit(u.mM / (u.mA / u.cm**2) / u.ms),
}
# Names that NEURON, its language or C uses already.
_RESERVED: Final = frozenset(
    (
        *("v", "t", "dt", "celsius", "area", "diam", "L", "PI", "R", "F", "E", "I", "NULL"),
        *("exp", "log", "log10", "sqrt", "fabs", "abs", "ceil", "floor", "sin", "cos", "tan"),
        *("sinh", "cosh", "tanh", "asin", "acos", "atan", "pow", "fmod", "linoid", "ghk"),
        *("rates", "states", "settle", "gbar", "pbar", "erev", "i", "V_shift", "secondorder"),
        *("if", "else", "while", "for", "do", "int", "float", "double", "char", "void", "long"),
        *("short", "signed", "unsigned", "return", "switch", "case", "break", "continue", "auto"),
        *("class", "struct", "union", "enum", "const", "static", "extern", "register", "goto"),
        *("new", "delete", "this", "true", "false", "using", "namespace", "template", "operator"),
        *("IF", "ELSE", "FROM", "TO", "BY", "IN", "FOR", "AND", "OR", "NOT", "USE", "ON", "OFF"),
        *("LOCAL", "TABLE", "STATE", "RANGE", "GLOBAL", "READ", "WRITE", "SOLVE", "INITIAL"),
        *("TITLE", "UNITS", "SUFFIX", "VALENCE", "STEP", "START", "WITH", "DEPEND", "METHOD"),
    )
)
# Mechanisms that NEURON has itself.
_TAKEN: Final = ("hh", "pas", "capacitance", "extracellular", "morphology", "fastpas")
_FUNCTIONS: Final = {
    # Near 0 the series is exact to rounding, where the formula would lose digits.
    "linoid": (
        "FUNCTION linoid(x) {",
        "    if (fabs(x) < 1e-3) {",
        "        linoid = 1 + x/2 + x*x/12",
        "    } else {",
        "        linoid = x/(1 - exp(-x))",
        "    }",
        "}",
    ),
    "ghk": (
        "FUNCTION ghk(x, ci (mM), co (mM)) (mM) {",
        "    ghk = ci*linoid(x) - co*linoid(-x)",
        "}",
    ),
}


class Sections:
    """The contents of one file.

    Parameters
    ----------
    name : str
        Name of the mechanism.
    """

    def __init__(self, name: str) -> None:
        self.name = f"{name}_" if name in _TAKEN else name
        self.comment: list[str] = []
        self.ranges: list[str] = []
        self.parameters: list[str] = []
        self.assigned: dict[str, str] = {"v": "mV"}
        self.states: dict[str, str] = {}
        self.blocks: list[tuple[str, list[str]]] = []
        self.functions: set[str] = set()
        self.nonspecific = False
        self._reads: dict[str, list[str]] = {}
        self._writes: dict[str, list[str]] = {}
        self._valences: dict[str, int] = {}
        self._names: set[str] = set()

    def unit(self, unit: u.Unit, what: str) -> tuple[str, u.Unit]:
        """Return the name of a unit in a file, and the unit that numbers have there."""
        for text, known in UNITS.items():
            if known.dim == unit.dim:
                return text, known
        listed = ", ".join(f"({text})" for text in UNITS)
        raise NmodlError(f"unit of {what} must be one of {listed} to be written, got {unit}.")

    def safe(self, name: str) -> str:
        """Return a name that is not taken yet, the given one if possible."""
        while name in _RESERVED or name in self._names or name[:-1] in self.states:
            name += "_"
        self._names.add(name)
        return name

    def parameter(self, name: str, value: float, unit: str) -> None:
        """Declare a parameter."""
        self.parameters.append(f"{name} = {number(value)} ({unit})")
        self.ranges.append(name)

    def variable(self, name: str, unit: str = "1") -> str:
        """Declare a variable that blocks set, and return its name."""
        self.assigned[name] = unit
        self.ranges.append(name)
        return name

    def reserve(self, ions: Iterable[str]) -> None:
        """Reserve the names of the variables of ions."""
        for ion in ions:
            low = self._low(ion)
            self._names |= {f"e{low}", f"i{low}", f"{low}i", f"{low}o"}

    def read(self, ion: str, kind: str) -> str:
        """Read a variable of an ion, of kind ``e``, ``i`` (inside) or ``o``; return its name."""
        low = self._low(ion)
        name = f"e{low}" if kind == "e" else f"{low}{kind}"
        self._use(self._reads, low, name)
        self.assigned[name] = "mV" if kind == "e" else "mM"
        return name

    def take_current(self, ion: str) -> str:
        """Read the current of an ion; return its name."""
        low = self._low(ion)
        self._use(self._reads, low, f"i{low}")
        self.assigned[f"i{low}"] = "mA/cm2"
        return f"i{low}"

    def write(self, ion: str, kind: str = "") -> str:
        """Write the current of an ion, or its concentration inside (``i``) or outside (``o``)."""
        low = self._low(ion)
        name = f"{low}{kind}" if kind else f"i{low}"
        self._use(self._writes, low, name)
        if not kind:
            self.assigned[name] = "mA/cm2"
        return name

    def _low(self, ion: str) -> str:
        low = str(ion)[:1].lower() + str(ion)[1:]
        # NEURON knows the charge of these three ions only.
        if ion not in ("Na", "K", "Ca"):
            self._valences[low] = valence_of(ion)
        return low

    def _use(self, uses: dict[str, list[str]], low: str, name: str) -> None:
        known = uses.setdefault(low, [])
        if name not in known:
            known.append(name)

    def block(self, head: str, body: Block | list[str]) -> None:
        """Add a block with its statements."""
        if isinstance(body, Block):
            self.functions |= body.functions & set(_FUNCTIONS)
            self.blocks.append((head, body.text()))
        else:
            self.blocks.append((head, body))

    def text(self) -> str:
        """Return the file."""
        functions = set(self.functions)
        if "ghk" in functions:
            functions.add("linoid")
        parts = [f"TITLE {self.name}"]
        comment = [plain(line).replace("ENDCOMMENT", "") for line in self.comment]
        if comment:
            parts.append("\n".join(("COMMENT", *comment, "ENDCOMMENT")))
        parts.append(_braced("NEURON", self._head()))
        units = ["(mV) = (millivolt)", "(mA) = (milliamp)", "(S) = (siemens)"]
        units += ["(mM) = (milli/liter)", "(um) = (micron)"]
        parts.append(_braced("UNITS", units))
        if self.parameters:
            parts.append(_braced("PARAMETER", self.parameters))
        parts.append(
            _braced("ASSIGNED", [f"{key} ({unit})" for key, unit in self.assigned.items()])
        )
        if self.states:
            parts.append(_braced("STATE", [f"{key} ({unit})" for key, unit in self.states.items()]))
        # All numbers are in the declared units, so that no conversion factors are needed.
        parts.append("UNITSOFF")
        parts += [_braced(head, lines) for head, lines in self.blocks]
        parts += ["\n".join(_FUNCTIONS[name]) for name in sorted(functions)]
        parts.append("UNITSON")
        return "\n\n".join(parts) + "\n"

    def _head(self) -> list[str]:
        lines = ["THREADSAFE", f"SUFFIX {self.name}"]
        for low in dict.fromkeys((*self._reads, *self._writes)):
            line = f"USEION {low}"
            for word, uses in (("READ", self._reads), ("WRITE", self._writes)):
                line += f" {word} {', '.join(uses[low])}" if low in uses else ""
            line += f" VALENCE {self._valences[low]}" if low in self._valences else ""
            lines.append(line)
        if self.nonspecific:
            lines.append("NONSPECIFIC_CURRENT i")
        shown = [*self.ranges, "i"] if self.nonspecific else self.ranges
        lines += [f"RANGE {', '.join(shown[k : k + 8])}" for k in range(0, len(shown), 8)]
        return lines


def plain(text: str) -> str:
    """Return a text in ASCII, which every compiler of mechanisms reads."""
    spelled = unicodedata.normalize("NFKD", text.replace("–", "-").replace("—", "-"))
    return spelled.encode("ascii", "ignore").decode()


def _braced(head: str, lines: Iterable[str]) -> str:
    return "\n".join((f"{head} {{", *(f"    {line}" for line in lines), "}"))
