"""The pages of the API reference, written from what the package offers.

A page for each public module, one for the channels of the catalogue. An object is described on one
page, that of the module which it names as its own; others that offer it link there.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import gapjunction as gj
from gapjunction.ion_channels import catalogue

CHANNELS: Final = "gapjunction.ion_channels.catalogue"
MODULES: Final = tuple(n for n in gj.__all__ if isinstance(getattr(gj, n), ModuleType))
# Of less use from outside, but guides and docstrings name what is there.
INNER: Final = ("junctions", "kernels", "kernels.layouts", "kernels.native")
PAGES: Final = ("gapjunction", *(f"gapjunction.{name}" for name in (*MODULES, *INNER)))
# A function has the name of the module that this is in.
MORE: Final = {"gapjunction": ["stability.StabilityReport"]}


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
    for name in names:
        if home(page, name) == page:
            lines += _entry(page, name)
    return "\n".join(lines)


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
        sources = list(dict.fromkeys(catalogue.load(name).source for name in names))
        authors, year = re.fullmatch(r"(.*?) \((\d+\w?)\).*", citation, re.S).groups()
        lines += [*_title(f"{authors} {year}", "-"), f"{sources[0].cite()}", ""]
        for source in sources:
            which = [n for n in names if catalogue.load(n).source == source]
            kinds = f"{', '.join(which)}: " if len(sources) > 1 else ""
            note = f" {source.note}" if source.note else ""
            lines += [
                f"{kinds}{source.species}, {source.preparation}, {source.temperature:g} °C. "
                f"Checked: {source.check}.{note}",
                "",
            ]
        for name in names:
            lines += [f".. autoclass:: {name}", ""]
    return "\n".join(lines)


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
    return {"index.rst": index_page(), f"{CHANNELS}.rst": channels_page(), **found}
