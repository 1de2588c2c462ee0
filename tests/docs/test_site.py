"""What the site changes in pages when it reads them."""

import pytest

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")

import contents
import links
import notebook_files
import order
import tracebacks
from docutils import nodes


def redirected(page, text):
    source = [text]
    links._redirect(None, page, source)
    return source[0]


def test_links_to_notebooks_stay_within_the_site():
    text = "[Worm](../../examples/notebooks/worm.ipynb) and [log](../CHANGELOG.md)"
    assert redirected("guide/units", text) == "[Worm](/notebooks/worm.md) and [log](changelog.md)"


def test_a_notebook_leads_to_its_file():
    text = redirected("notebooks/worm", "# The worm\n\nText.\n")
    assert "{download}`worm.ipynb <../../examples/notebooks/worm.ipynb>`" in text
    assert redirected("notebooks/index", "# All\n") == "# All\n"


def test_notebooks_are_in_the_contents():
    assert contents.CONTENTS["notebooks/index"] == notebook_files.names()


def test_processes_that_share_pages_share_the_notebooks():
    notebooks = [f"notebooks/{name}" for name in notebook_files.names()]
    pages = sorted([*notebooks, "notebooks/index", *(f"reference/{k:03}" for k in range(150))])
    found = order.apart(pages)
    assert sorted(found) == pages
    shares = [len({*notebooks} & {*found[k : k + 28]}) for k in range(0, len(found), 28)]
    assert max(shares) <= len(notebooks) / len(shares) + 1
    assert order.apart(["index", "units"]) == ["index", "units"]


def test_of_tracebacks_the_last_lines_are_shown():
    text = (
        "\x1b[31m-----\x1b[39m\nValueError   Traceback (most recent call last)\n"
        "File /home/me/x.py:1\n    raise saiunit.UnitMismatchError\n\n"
        "UnitMismatchError: weight must be\na conductance."
    )
    page = nodes.section()
    block = nodes.literal_block(text, text, classes=["output", "traceback"], language="ipythontb")
    other = nodes.literal_block(text, text, classes=["output"])
    page += [block, other]
    tracebacks._shorten(None, page)
    assert block.astext() == "UnitMismatchError: weight must be\na conductance."
    assert other.astext() == text
    assert tracebacks.last_lines("no error") == "no error"
