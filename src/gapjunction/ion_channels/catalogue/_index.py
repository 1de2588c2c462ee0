"""The index of the catalogue: what there is, and in which file, without loading it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One line of the index."""

    name: str
    ion: str
    doi: str
    module: str
    summary: str


_HH1952 = ("10.1113/jphysiol.1952.sp004764", "hodgkin_huxley_1952")

INDEX = (
    Entry("Na_HH1952", "Na", *_HH1952, "transient sodium, squid giant axon"),
    Entry("K_HH1952", "K", *_HH1952, "delayed rectifier, squid giant axon"),
    Entry("L_HH1952", "nonspecific", *_HH1952, "leak, squid giant axon"),
)
