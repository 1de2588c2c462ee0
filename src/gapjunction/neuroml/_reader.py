"""Reads a file as classes, and reports on it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from xml.etree.ElementTree import Element

from gapjunction._checks import check_choice
from gapjunction._typing import ArrayLike
from gapjunction.ion_channels import IonChannel, Pool
from gapjunction.neuroml._channels import CHANNELS, build_channel
from gapjunction.neuroml._densities import OTHERS, SUPPORTED
from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._pools import POOLS, UNSUPPORTED_POOLS, build_pool
from gapjunction.neuroml._xml import parse_file

_FOUND = (*CHANNELS, *POOLS, *UNSUPPORTED_POOLS)


@dataclasses.dataclass(frozen=True)
class Part:
    """The report on one channel or concentration model of a file.

    Parameters
    ----------
    name : str
        Its id.
    imported, approximated, left_out : tuple of str
        What agrees with the file; what differs, and how; what is missing.
    numbers : dict of str to str
        The numbers that can be overridden at reading, with their values in the file.
    refused : str
        Why it cannot be read; empty if it can.
    """

    name: str
    imported: tuple[str, ...] = ()
    approximated: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    numbers: dict[str, str] = dataclasses.field(default_factory=dict)
    refused: str = ""

    def __str__(self) -> str:
        if self.refused:
            return f"{self.name}\n  refused: {self.refused}"
        lines = [self.name]
        for title in ("imported", "approximated", "left_out"):
            lines += [f"  {title.replace('_', ' ')}: {text}" for text in getattr(self, title)]
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class Report:
    """The report on a file, part by part; as text it is a list.

    Parameters
    ----------
    parts : tuple of Part
        Its channels and concentration models.
    """

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.parts))


def read(
    path: str | os.PathLike[str], name: str | None = None, **parameters: ArrayLike
) -> type[IonChannel] | type[Pool]:
    """Return a channel, or a concentration model, of a NeuroML 2 file as a class of this library.

    Nothing in the file is executed, and no other file is opened, whatever it includes. Anything
    unknown is refused.

    Parameters
    ----------
    path : str or path
        The file.
    name : str, optional
        Id of the channel, of one of its densities, or of the concentration model; it can be left
        out where the file has one channel, or no channel and one concentration model.
    **parameters : Quantity or float
        Numbers that take the place of those of the file, under the names that :func:`report` lists:
        ``m_forwardRate_midpoint=-35 * u.mV``. Temperatures are in degrees Celsius.

    Returns
    -------
    type
        A subclass of :class:`~gapjunction.ion_channels.Channel` or
        :class:`~gapjunction.ion_channels.GHKChannel`, or of
        :class:`~gapjunction.ion_channels.Pool`.

    Raises
    ------
    NeuromlError
        If the file cannot be read, has nothing of this name, or holds what is not supported.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> text = '''<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="example">
    ...   <ionChannelHH id="Kd" conductance="10pS" species="k">
    ...     <gateHHrates id="n" instances="4">
    ...       <forwardRate type="HHExpLinearRate" rate="0.1per_ms" midpoint="-55mV" scale="10mV"/>
    ...       <reverseRate type="HHExpRate" rate="0.125per_ms" midpoint="-65mV" scale="-80mV"/>
    ...     </gateHHrates>
    ...   </ionChannelHH>
    ... </neuroml>'''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, 'Kd.channel.nml')
    ...     _ = path.write_text(text)
    ...     Kd = gj.neuroml.read(path, n_forwardRate_midpoint=-50 * u.mV)
    >>> Kd.n.alpha
    linoid(scale=Quantity(0.1, "kHz"), V_half=Quantity(-50., "mV"), slope=Quantity(10., "mV"))
    """
    root = parse_file(path)
    try:
        return _build(root, _choose(root, name), name, parameters)[0]
    except RecursionError as error:
        raise NeuromlError("a file must not be nested so deeply.") from error


def report(
    path: str | os.PathLike[str], name: str | None = None, **parameters: ArrayLike
) -> Report:
    """Return a report on how :func:`read` reads each channel and concentration model of a file.

    Parameters
    ----------
    path, name, **parameters
        As for :func:`read`; without a name, all are tried.

    Returns
    -------
    Report
        What is imported, approximated, left out and refused.

    Raises
    ------
    NeuromlError
        If the file itself cannot be read, or has nothing of this name.
    """
    root = parse_file(path)
    elements = [_choose(root, name)] if name is not None else list(_all(root))
    return Report(tuple(_part(root, element, name, parameters) for element in elements))


def _part(root: Element, element: Element, name: str | None, given: dict[str, ArrayLike]) -> Part:
    called = element.get("id", "")
    try:
        _, document = _build(root, element, name, given)
    except (NeuromlError, RecursionError) as error:
        return Part(called, refused=str(error))
    notes = document.notes
    return Part(
        called,
        tuple(notes.imported),
        tuple(notes.approximated),
        tuple(notes.left_out),
        dict(notes.numbers),
    )


def _build(
    root: Element, element: Element, name: str | None, given: dict[str, ArrayLike]
) -> tuple[type[IonChannel] | type[Pool], Document]:
    if element.tag in CHANNELS:
        return build_channel(root, element, name, given)
    return build_pool(root, element, given)


def _all(root: Element) -> Iterable[Element]:
    # Densities name a channel too, but in an attribute, so that only channels have these tags.
    return (x for x in root.iter() if x.tag in _FOUND)


def _choose(root: Element, name: str | None) -> Element:
    found = list(_all(root))
    if not found:
        raise NeuromlError("path must be a NeuroML 2 file with a channel or a concentration model.")
    channels = [x for x in found if x.tag in CHANNELS]
    ids = [x.get("id", "") for x in found]
    if name is None:
        some = channels or found
        if len(some) > 1:
            raise NeuromlError(
                "name must say which is meant, because the file has several: "
                f"{', '.join(ids[:50])}."
            )
        return some[0]
    for density in root.iter():
        if density.tag in (*SUPPORTED, *OTHERS) and density.get("id") == name and name not in ids:
            name = density.get("ionChannel", "")
    try:
        check_choice("name", name, ids)
    except (ValueError, TypeError) as error:
        raise NeuromlError(str(error)) from error
    if ids.count(name) > 1:
        raise NeuromlError(f"name must belong to one part of the file alone, got {name[:60]!r}.")
    return found[ids.index(name)]
