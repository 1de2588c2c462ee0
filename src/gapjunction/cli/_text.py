"""The text that ``gapjunction channels`` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import saiunit as u

from gapjunction.ion_channels import Gate, IonChannel, Markov, Mechanism
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels.catalogue import NAMES
from gapjunction.plotting._text import amount, reversal, summary, symbol
from gapjunction.plotting._text import number as shown

# Text is not wrapped to fewer columns than this.
_LEAST = 24
_GAP = "  "
# Width of the column of names in the description of a channel.
_KEY = 15


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Return rows as aligned columns; the third is wrapped if all are wider than ``width``.

    Examples
    --------
    >>> print(table(['a', 'b', 'c', 'd'], [['1', '2', 'some more words here', '4']], 30))
    a  b  c                     d
    1  2  some more words here  4
    """
    sizes = [max(len(row[k]) for row in (header, *rows)) for k in range(len(header))]
    others = sum(sizes) - sizes[2] + len(_GAP) * (len(sizes) - 1)
    sizes[2] = min(sizes[2], max(width - others, _LEAST))
    lines = []
    for row in (header, *rows):
        wrapped = textwrap.wrap(row[2], sizes[2]) or [""]
        for number, part in enumerate(wrapped):
            cells = ["", "", part, ""] if number else [row[0], row[1], part, row[3]]
            padded = (cell.ljust(size) for cell, size in zip(cells, sizes, strict=True))
            lines.append(_GAP.join(padded).rstrip())
    return "\n".join(lines)


def card(channel: type[IonChannel], width: int) -> str:
    """Return the description of a channel of the catalogue as text.

    Parameters
    ----------
    channel : type
        The class of the channel.
    width : int
        The width at which lines are wrapped.
    """
    lines = [channel.__name__, *textwrap.wrap(summary(channel), width), ""]
    for key, value in facts(channel):
        wrapped = textwrap.wrap(
            value,
            max(width - _KEY, _LEAST),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, part in enumerate(wrapped or [""]):
            lines.append(f"{'' if number else key:{_KEY}}{part}".rstrip())
    return "\n".join(lines)


def facts(channel: type[IonChannel]) -> Iterator[tuple[str, str]]:
    """Yield names and texts of the facts about a channel; without a name, it continues a fact."""
    source = channel.source
    if source is None:
        raise ValueError(f"channel must have a source, got {channel.__name__}.")
    yield "ion", channel.ion
    yield "source", source.citation
    yield "", f"https://doi.org/{source.doi}"
    yield "species", source.species
    yield "preparation", source.preparation
    if channel.__name__ in NAMES:
        yield "keywords", NAMES[channel.__name__].keywords.replace(";", ",")
    yield from _temperatures(channel, source.temperature)
    if pair := amount(channel):
        q10 = channel.q10_conductance
        yield pair[0], pair[1] + (f", Q10 {q10:g}" if q10 != 1 else "")
    if E := reversal(channel):
        yield "E", E
    for number, (name, gate) in enumerate(channel.gates.items()):
        yield "" if number else "gates", _gate(name, gate)
    if not channel.gates:
        yield "gates", "none"
    yield from _further(channel)
    if channel.terms is not None:
        yield "open fraction", _terms(channel)
    reads = channel(1).reads()
    yield "reads", ", ".join(reads) or "nothing"
    yield "check", source.check
    if source.note:
        yield "note", source.note
    yield "", ""
    yield "in Python", f"gapjunction.ion_channels.{channel.__name__}(in_size)"
    yield "figure", f"gapjunction channels {channel.__name__} --plot {channel.__name__}.png"


def _further(channel: type[IonChannel]) -> Iterator[tuple[str, str]]:
    """Yield the currents, variables and parameters of a channel."""
    for number, name in enumerate(channel.variables):
        yield "" if number else "variables", name
    currents = channel.currents if issubclass(channel, Mechanism) else {}
    for number, (name, current) in enumerate(currents.items()):
        ions = [f"{share:g} {ion}" if share != 1 else ion for ion, share in current.shares.items()]
        yield "" if number else "currents", f"{name}: {', '.join(ions) or 'nonspecific'}"
    for number, (name, parameter) in enumerate(channel.parameters.items()):
        unit = u.get_unit(parameter.default)
        value = " ".join(filter(None, (shown(parameter.default, unit), symbol(unit))))
        note = f", {parameter.note}" if parameter.note else ""
        yield "" if number else "parameters", f"{name} = {value}{note}"


def _temperatures(channel: type[IonChannel], reference: float) -> Iterator[tuple[str, str]]:
    default = reference if channel.temperature is None else channel.temperature
    if default == reference:
        yield "temperature", f"{reference:g} degC, as published"
    else:
        yield "temperature", f"{default:g} degC by default"
        yield "", f"{reference:g} degC for the rates as published"


def _gate(name: str, gate: Kinetics) -> str:
    """Return the power, the kind and other properties of a gate as text."""
    text = name if gate.power == 1 else f"{name}^{gate.power:g}"
    if isinstance(gate, Markov):
        weights = gate.open if isinstance(gate.open, Mapping) else {}
        open_ = (f"{weights[s]:g} {s}" if weights.get(s, 1) != 1 else s for s in gate.open)
        parts = [
            f"scheme of {len(gate.states)} states ({', '.join(gate.states)}), "
            f"{len(gate.rates)} rates; open: {' + '.join(open_)}"
        ]
    elif isinstance(gate, Gate) and gate.instantaneous:
        parts = ["steady state, at once"]
    elif isinstance(gate, Gate) and gate.alpha is None:
        parts = ["steady state and time constant"]
    else:
        parts = ["opening and closing rates"]
    parts += [f"reads {', '.join(gate.reads)}"] if gate.reads else []
    parts += [f"Q10 {gate.q10:g}"] if gate.q10 != 1 else []
    return f"{text}: {', '.join(parts)}"


def _terms(channel: type[IonChannel]) -> str:
    terms = []
    for weight, names in channel.terms or ():
        powers = ((name, channel.gates[name].power) for name in names)
        product = " ".join(name if power == 1 else f"{name}^{power:g}" for name, power in powers)
        terms.append(product if weight == 1 else f"{weight:g} {product}")
    return " + ".join(terms)
