"""Published channels, one file per paper, loaded when they are first accessed."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import NamedTuple

from gapjunction._checks import check_choice, describe
from gapjunction.ion_channels._ion import VALENCE
from gapjunction.ion_channels._ion_channel import IonChannel


class Entry(NamedTuple):
    """One line of the index.

    Parameters
    ----------
    name, ion, doi : str
        Name, ion and DOI of the channel class.
    module : str
        The file that holds it.
    source : str
        Authors and year of the paper.
    summary : str
        The first line of its docstring.
    species, preparation : str
        Those of the source.
    keywords : str
        Other names of such a current in the field, the channel proteins that it is usually ascribed
        to, and the location of the cells, separated by semicolons.
    """

    name: str
    ion: str
    doi: str
    module: str
    source: str
    summary: str
    species: str
    preparation: str
    keywords: str


def _read_index() -> tuple[Entry, ...]:
    text = files(__name__).joinpath("index.csv").read_text(encoding="utf-8")
    return tuple(Entry(**row) for row in csv.DictReader(text.splitlines()))


INDEX = _read_index()
NAMES = {entry.name: entry for entry in INDEX}


@cache
def load(name: str) -> type[IonChannel]:
    """Return the class of a catalogue entry."""
    entry = NAMES[check_choice("name", name, NAMES)]
    return getattr(import_module(f"{__name__}.{entry.module}"), name)


def find(
    name: str | None = None, ion: str | None = None, doi: str | None = None
) -> list[type[IonChannel]]:
    """Return the channels of the catalogue that match all that is given.

    Parameters
    ----------
    name : str, optional
        Words to look for. Each must be in the name, in the one-line summary or in authors and year,
        or must begin a word of the species, of the preparation or of the keywords. Keywords are
        what the field calls such a current (``T-type``, ``A-current``), the channel proteins that
        it is usually ascribed to (``HCN``, ``Cav3``), and where the cells are (``thalamus``). The
        order of words and the case of letters do not matter.
    ion : {'Na', 'K', 'Ca', 'Cl', 'nonspecific'}, optional
        The ion that it conducts, in upper or lower case.
    doi : str, optional
        Part of the paper's DOI, with or without ``https://doi.org/``.

    Returns
    -------
    list of type
        Channel classes in the order of the catalogue; all of them if nothing is given.

    Raises
    ------
    TypeError
        If an argument is not a text.
    ValueError
        If ``ion`` is not the name of an ion.

    Examples
    --------
    >>> from gapjunction.ion_channels import find
    >>> [channel.__name__ for channel in find('HH1952', ion='K')]
    ['K_HH1952']
    >>> [channel.__name__ for channel in find('delayed rectifier wang')]
    ['K_WB1996']
    >>> [channel.__name__ for channel in find('Cav3 thalamus')]
    ['T_HM1992', 'T_HP1992', 'T_Po2008']
    """
    for argument, value in (("name", name), ("ion", ion), ("doi", doi)):
        if not (value is None or isinstance(value, str)):
            raise TypeError(f"{argument} must be a text to look for, got {describe(value)}.")
    if ion is not None:
        check_choice("ion", ion.lower(), [name.lower() for name in (*VALENCE, "nonspecific")])
    words = (name or "").lower().split()
    part = (doi or "").lower().removeprefix("https://doi.org/")
    return [
        load(entry.name)
        for entry in INDEX
        if all(word in _text_of(entry) or word in _beginnings(entry) for word in words)
        and (ion is None or ion.lower() == entry.ion.lower())
        and part in entry.doi.lower()
    ]


@cache
def _beginnings(entry: Entry) -> frozenset[str]:
    """Return the beginnings of those words that a search may abbreviate.

    A search matches these words from their beginning only. Anywhere within words it would find too
    much: "rat" is in "penetrated".
    """
    text = f"{entry.species} {entry.preparation} {entry.keywords}".lower()
    words = re.split(r"[\s;,:()]+", text)
    return frozenset(word[:end] for word in words for end in range(1, len(word) + 1))


def _text_of(entry: Entry) -> str:
    return f"{entry.name} {entry.ion} {entry.summary} {entry.source}".lower()
