"""The reference has a place for every public name; the build checks what comes of it."""

import inspect
import re

import pytest
import reference_pages

import gapjunction as gj
from gapjunction.ion_channels import catalogue

PAGES = reference_pages.pages()
MODULES = [gj, *(getattr(gj, name) for name in gj.__all__ if inspect.ismodule(getattr(gj, name)))]


def described(page):
    """Return what a page describes, by full name."""
    module, found = "", set()
    for line in PAGES[page].splitlines():
        if head := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = head[1]
        if entry := re.match(
            r"\.\. (?:autoclass|autofunction|autoexception|py:data):: (\S+)", line
        ):
            full = entry[1].startswith("gapjunction.")
            found.add(entry[1] if full else f"{module}.{entry[1]}")
    return found


ALL = [name for page in PAGES for name in described(page)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_described_once(module):
    assert f"{module.__name__}.rst" in PAGES
    names = [n for n in module.__all__ if not inspect.ismodule(getattr(module, n))]
    assert names
    for name in names:
        target = getattr(module, name)
        said = [full for full in ALL if full.rpartition(".")[2] == name]
        places = [full for full in said if _resolve(full) is target]
        assert len(places) == 1, f"{module.__name__}.{name} is described as {places}"


def _resolve(full):
    module, _, name = full.rpartition(".")
    return reference_pages.get(module, name)


def test_the_catalogue_is_complete():
    text = PAGES["gapjunction.ion_channels.catalogue.rst"]
    for name in catalogue.NAMES:
        assert f"https://doi.org/{catalogue.load(name).source.doi}" in text
        assert f":class:`{name}`" in text
        assert f"   gapjunction.ion_channels.{name}\n" in text


@pytest.mark.parametrize("name", ["T_HM1992", "Nar_Kh2003", "Leak_WB1996"])
def test_a_channel_has_a_page_with_what_its_card_says(name):
    page = f"gapjunction.ion_channels.{name}.rst"
    assert described(page) == {f"gapjunction.ion_channels.{name}"}
    text = PAGES[page]
    entry, source = catalogue.NAMES[name], catalogue.load(name).source
    assert f".. figure:: cards/{name}.png" in text
    assert ".. math::" in text
    for said in (entry.species, entry.preparation, entry.keywords.replace(";", ","), source.check):
        assert said in text


def test_junctions_have_pages_of_their_own():
    page = PAGES["gapjunction.SymmetryGapJunction.rst"]
    assert page.startswith("SymmetryGapJunction\n=====")
    assert described("gapjunction.SymmetryGapJunction.rst") == {"gapjunction.SymmetryGapJunction"}
    assert "   gapjunction.SymmetryGapJunction\n" in PAGES["gapjunction.rst"]


def test_methods_are_those_of_the_library():
    found = reference_pages.members(gj.SymmetryGapJunction)
    assert {"update", "current", "currents", "conductance", "pre_ids"} <= set(found)
    # Of brainstate, which describes it.
    assert "states" not in found
    # Described at Channel and IonChannel.
    assert reference_pages.members(gj.ion_channels.Na_HH1952) == []
    assert reference_pages.bases(gj.ion_channels.Na_HH1952) == [gj.ion_channels.Channel]


def test_index_leads_to_all_pages():
    listed = "\n".join(PAGES.values())
    for page in PAGES.keys() - {"index.rst"}:
        assert f"   {page.removesuffix('.rst')}\n" in listed
