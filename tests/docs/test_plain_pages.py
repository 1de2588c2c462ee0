"""Pages of the documentation as a code host shows them: plain Markdown, without the site."""

import itertools
import re
from pathlib import Path

import pytest

markdown_it = pytest.importorskip("markdown_it")

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "guide").glob("*.md")),
    ROOT / "docs" / "notebooks" / "index.md",
    ROOT / "benchmarks" / "README.md",
]
# Pages of the site that are made when it is built.
MADE = ("docs/reference/index.rst", "docs/reference/gapjunction")


def links(tokens):
    """Yield the target and the text of each link and picture."""
    for token in tokens:
        children = token.children or []
        for k, child in enumerate(children):
            if child.type == "link_open":
                close = next(i for i in range(k, len(children)) if children[i].type == "link_close")
                yield child.attrGet("href"), "".join(c.content for c in children[k:close])
            if child.type == "image":
                yield child.attrGet("src"), child.content


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_reads_well_as_it_is(page):
    tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(page.read_text())
    for token in tokens:
        if token.type == "fence":
            # A directive of the site's own syntax would be shown as code.
            assert not token.info.startswith("{"), token.info
        elif token.type == "inline":
            # A role is a name in braces before what it marks.
            for one, following in itertools.pairwise(token.children):
                is_marked = one.type == "text" and following.type == "code_inline"
                assert not (is_marked and re.search(r"\{[a-z:]+\}$", one.content)), one.content
    for target, text in links(tokens):
        assert text.strip(), f"the link to {target} has no text"
        path = (page.parent / target.partition("#")[0]).resolve()
        is_made = str(path).startswith(tuple(str(ROOT / made) for made in MADE))
        assert re.match(r"https?:|mailto:|#", target) or path.exists() or is_made, target
