"""The pages of the API reference, written from what the package offers.

A page for each public module, for each junction, and for each channel of the catalogue. An object
is described on one page, that of the module which it names as its own, or its own; others that
offer it link there.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import equations

import gapjunction as gj
from gapjunction.cli._text import facts
from gapjunction.ion_channels import IonChannel, catalogue

CHANNELS: Final = "gapjunction.ion_channels.catalogue"
_UNITS: Final = (
    ":math:`V` is in mV, :math:`\\tau` in ms, rates are in 1/ms and concentrations in mM."
)
MODULES: Final = tuple(n for n in gj.__all__ if isinstance(getattr(gj, n), ModuleType))
# Of less use from outside, but guides and docstrings name what is there.
INNER: Final = ("junctions", "kernels", "kernels.layouts", "kernels.native")
PAGES: Final = ("gapjunction", *(f"gapjunction.{name}" for name in (*MODULES, *INNER)))
# A function has the name of the module that this is in.
MORE: Final = {"gapjunction": ["stability.StabilityReport"]}


def own_pages() -> dict[str, str]:
    """Return the classes that have a page of their own beside their module's: name and page."""
    return {
        name: f"gapjunction.{name}"
        for name in names_of("gapjunction")
        if inspect.isclass(getattr(gj, name, None)) and name.endswith("Junction")
    }


def names_of(page: str) -> list[str]:
    """Return the public names of a module, those of other modules left out."""
    module = import_module(page)
    names = getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")])
    found = [n for n in names if not isinstance(getattr(module, n), ModuleType)]
    return found + MORE.get(page, [])


def get(page: str, name: str) -> Any:
    """Return an object by the page that offers it and its name there."""
    module, _, last = f"{page}.{name}".rpartition(".")
    return getattr(import_module(module), last)


def home(page: str, name: str) -> str:
    """Return the page on which an object is described."""
    said = getattr(get(page, name), "__module__", None)
    if said in PAGES and name in names_of(said):
        return said
    return next(other for other in PAGES if name in names_of(other) and _same(other, page, name))


def _same(other: str, page: str, name: str) -> bool:
    return get(other, name) is get(page, name)


def public() -> Iterator[tuple[str, str]]:
    """Yield where each public object is described: page and name."""
    for page in PAGES:
        for name in names_of(page):
            yield home(page, name), name
    for name in catalogue.NAMES:
        yield "gapjunction.ion_channels", name


@functools.cache
def described() -> frozenset[type]:
    """Return the classes that a page describes, inner ones left out."""
    found = (get(page, name) for page, name in public() if page not in PAGES[-len(INNER) :])
    return frozenset(item for item in found if inspect.isclass(item))


def bases(cls: type) -> list[type]:
    """Return the nearest bases that a page describes."""
    found: dict[type, None] = {}
    for base in cls.__bases__:
        found |= dict.fromkeys([base] if base in described() else bases(base))
    return list(found)


def members(cls: type) -> list[str]:
    """Return the methods and properties that the page of a class shows.

    Those of the library, without those of a base that is described by itself.
    """
    found: dict[str, None] = {}
    for base in cls.__mro__:
        ours = base.__module__.partition(".")[0] == "gapjunction"
        if not ours or (base is not cls and base in described()):
            continue
        for name, item in vars(base).items():
            what = getattr(item, "__func__", item)
            # A subclass may take a method away by None.
            shown = not name.startswith("_") and getattr(cls, name, None) is not None
            method = inspect.isfunction(what) or isinstance(what, property)
            if shown and method and inspect.getdoc(what):
                found[name] = None
    return list(found)


def summary(page: str, name: str) -> str:
    """Return the first paragraph of an object's docstring; of a record, that it is one."""
    item = get(page, name)
    if not (inspect.isclass(item) or callable(item)):
        return f"A :class:`{type(item).__name__}`."
    return " ".join((inspect.getdoc(item) or "").partition("\n\n")[0].split())


def _entry(page: str, name: str) -> list[str]:
    item = get(page, name)
    if inspect.isclass(item):
        kind = "autoexception" if issubclass(item, Exception) else "autoclass"
        lines = [f".. {kind}:: {name if '.' not in name else f'{page}.{name}'}"]
        if shown := members(item):
            lines.append(f"   :members: {', '.join(shown)}")
        if bases(item):
            lines.append("   :show-inheritance:")
        return [*lines, ""]
    if callable(item):
        return [f".. autofunction:: {name}", ""]
    return [f".. py:data:: {name}", "", *_record(item), ""]


def _record(item: Any) -> list[str]:
    """Return the fields of a record, as a list; of other objects, what they print as."""
    if not dataclasses.is_dataclass(item):
        return [f"   ``{item!r}``"]
    lines = [f"   A :class:`{type(item).__name__}`.", ""]
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        shown = value if isinstance(value, str) else f"``{value}``"
        if value is not None and value != "":
            lines.append(f"   * {field.name}: {shown}")
    return lines


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    lines = [".. list-table::", "   :widths: auto", ""]
    for row in rows:
        lines += [f"   {'*' if not k else ' '} - {cell}" for k, cell in enumerate(row)]
    return [*lines, ""]


def _title(text: str, mark: str = "=") -> list[str]:
    return [text, mark * len(text), ""]


def page_of(page: str) -> str:
    """Return the page of a module, as reStructuredText."""
    names = names_of(page)
    rows = [(f":py:obj:`~{home(page, n)}.{n}`", summary(page, n)) for n in names]
    lines = [*_title(page), f".. automodule:: {page}", "   :no-members:", ""]
    if page == "gapjunction.ion_channels":
        lines += [f"The channels themselves: :doc:`{CHANNELS}`.", ""]
    lines += [f".. currentmodule:: {page}", "", *(_table(rows) if rows else [])]
    apart = own_pages() if page == "gapjunction" else {}
    lines += _hidden(apart.values()) if apart else []
    for name in names:
        if home(page, name) == page and name not in apart:
            lines += _entry(page, name)
    return "\n".join(lines)


def _hidden(listed: Iterable[str]) -> list[str]:
    return [".. toctree::", "   :hidden:", "", *(f"   {name}" for name in listed), ""]


def junction_page(name: str) -> str:
    """Return the page of a junction, as reStructuredText."""
    return "\n".join(
        [*_title(name), ".. currentmodule:: gapjunction", "", *_entry("gapjunction", name)]
    )


def channels_page() -> str:
    """Return the page of the catalogue, as reStructuredText."""
    where = "gapjunction.ion_channels"
    lines = [
        *_title(CHANNELS),
        f"Published channels, {len(catalogue.INDEX)} of them. Each is an attribute of "
        f":mod:`{where}`, takes the arguments of :class:`{where}.Channel` (or of "
        f":class:`{where}.GHKChannel`), and has defaults for all but the size: "
        f"``gj.ion_channels.{catalogue.INDEX[0].name}(10)``.",
        "",
        f".. currentmodule:: {where}",
        "",
        *_table([(f":class:`{e.name}`", e.ion, e.summary) for e in catalogue.INDEX]),
    ]
    papers: dict[str, list[str]] = {}
    for entry in catalogue.INDEX:
        papers.setdefault(catalogue.load(entry.name).source.citation, []).append(entry.name)
    for citation, names in papers.items():
        authors, year = re.fullmatch(r"(.*?) \((\d+\w?)\).*", citation, re.S).groups()
        listed = ", ".join(f":class:`{name}`" for name in names)
        source = catalogue.load(names[0]).source
        lines += [*_title(f"{authors} {year}", "-"), source.cite(), "", f"{listed}.", ""]
    lines += _hidden(f"{where}.{entry.name}" for entry in catalogue.INDEX)
    return "\n".join(lines)


def channel_page(name: str) -> str:
    """Return the page of a channel, as reStructuredText: its card, in words and as a figure."""
    channel = catalogue.load(name)
    lines = [
        *_title(name),
        ".. currentmodule:: gapjunction.ion_channels",
        "",
        f".. autoclass:: {name}",
        "",
        f".. figure:: cards/{name}.png",
        f"   :alt: Gates and currents of {name}",
        "",
        f"   What ``gapjunction.plotting.channel_card({name})`` draws.",
        "",
        *_title("Equations", "-"),
        *_equations(channel),
        *_title("Facts", "-"),
    ]
    rows: list[list[str]] = []
    for key, value in facts(channel):
        if not key and rows:
            # An address belongs to what stands before it; others are further items.
            comma = "" if value.startswith("http") else ";"
            rows[-1][1] += f"{comma} {value}" if value else ""
        else:
            rows.append([key, value])
    # Numbers and powers as they are, not as marks of the language of these pages.
    escaped = [(key, re.sub(r"([*`|\\]|_(?=\W|$))", r"\\\1", value)) for key, value in rows]
    return "\n".join([*lines, *_table(escaped)])


def _equations(channel: type[IonChannel]) -> list[str]:
    lines = []
    if current := equations.current(channel):
        lines += [".. math::", "", f"   {current}", ""]
    gates = list(equations.gate_equations(channel))
    if gates:
        lines += [f"{_UNITS} The rates hold at the temperature of the source.", ""]
    for line in gates:
        lines += [".. math::", "", f"   {line}", ""]
    return lines


def index_page() -> str:
    """Return the page that leads to the others."""
    lines = [
        *_title("Reference"),
        "What docstrings say. Their examples are run by the tests.",
        "",
        *_table(
            [
                (
                    f":mod:`~{page}`" if page == "gapjunction" else f":mod:`{page}`",
                    (inspect.getdoc(import_module(page)) or "").partition("\n")[0],
                )
                for page in PAGES
            ]
        ),
        ".. toctree::",
        "   :hidden:",
        "",
    ]
    for page in PAGES:
        lines.append(f"   {page}")
        if page == "gapjunction.ion_channels":
            lines.append(f"   {CHANNELS}")
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Return all pages of the reference, by file name."""
    found = {f"{page}.rst": page_of(page) for page in PAGES}
    found |= {f"{page}.rst": junction_page(name) for name, page in own_pages().items()}
    found |= {
        f"gapjunction.ion_channels.{entry.name}.rst": channel_page(entry.name)
        for entry in catalogue.INDEX
    }
    return {"index.rst": index_page(), f"{CHANNELS}.rst": channels_page(), **found}
