"""Published channels, one file per paper, loaded when they are first accessed."""

from __future__ import annotations

import csv
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import NamedTuple

from gapjunction._checks import check_choice, describe
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._nernst import VALENCE


class Entry(NamedTuple):
    """One line of the index.

    Parameters
    ----------
    name, ion, doi : str
        Name, ion and DOI of the channel class.
    module : str
        The file that holds it.
    summary : str
        The first line of its docstring.
    """

    name: str
    ion: str
    doi: str
    module: str
    summary: str


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


def search(
    name: str | None = None, ion: str | None = None, doi: str | None = None
) -> tuple[Entry, ...]:
    """Return the lines of the index that match, without loading a class.

    Parameters
    ----------
    name : str, optional
        Part of the name, of the summary or of authors and year ("hay 2011"); upper and lower case
        are the same.
    ion : str, optional
        'Na', 'K', 'Ca', 'Cl' or 'nonspecific'; upper and lower case are the same.
    doi : str, optional
        Part of the DOI, with or without ``https://doi.org/``.

    Returns
    -------
    tuple of Entry
        In the order of the catalogue.
    """
    if not (name is None or isinstance(name, str)):
        raise TypeError(f"name must be a text to look for, got {describe(name)}.")
    if ion is not None:
        check_choice("ion", ion.lower(), [name.lower() for name in (*VALENCE, "nonspecific")])
    text = (name or "").lower()
    part = (doi or "").lower().removeprefix("https://doi.org/")
    return tuple(
        entry
        for entry in INDEX
        if text in f"{entry.name} {entry.summary} {entry.module.replace('_', ' ')}".lower()
        and (ion is None or ion.lower() == entry.ion.lower())
        and part in entry.doi.lower()
    )


def find(
    name: str | None = None, ion: str | None = None, doi: str | None = None
) -> list[type[IonChannel]]:
    """Return the channels of the catalogue that match all that is given.

    Parameters
    ----------
    name : str, optional
        Part of the name, of the one-line summary or of authors and year; upper and lower case are
        the same.
    ion : {'Na', 'K', 'Ca', 'Cl', 'nonspecific'}, optional
        What it conducts.
    doi : str, optional
        Part of the paper's DOI.

    Returns
    -------
    list of type
        Channel classes; all of them if nothing is given.

    Examples
    --------
    >>> from gapjunction.ion_channels import find
    >>> [channel.__name__ for channel in find('HH1952', ion='K')]
    ['K_HH1952']
    """
    return [load(entry.name) for entry in search(name, ion, doi)]
