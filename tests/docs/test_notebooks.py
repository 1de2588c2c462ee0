"""The notebooks in ``examples`` are those of the sources, and open as they are anywhere."""

import json
import re

import notebook_files
import pytest

NAMES = notebook_files.names()
MOST = 1_000_000
SOURCE = """---
kernelspec:
  name: python3
summary: "a trial"
---

# Title

A text with {math}`x^2` and a [link](../guide/units.md#units).

```{math}
y = x
```

```{code-cell}
:tags: [remove-stderr, thumbnail]

import numpy as np
import os
from scipy.linalg import solve
```

More, with [another](worm.md).

```python
shown("[as](it.md)")
```

```{code-cell}
%time x = 1
```
"""


@pytest.fixture(scope="module", params=NAMES)
def notebook(request):
    return notebook_files.read(request.param)


@pytest.fixture(scope="module")
def file(notebook):
    return json.loads(notebook.file.read_text(encoding="utf-8"))


def test_cells_are_those_of_the_source(notebook, file):
    expected = notebook_files.contents(notebook)
    assert file.keys() == expected.keys()
    assert file["metadata"] == expected["metadata"]
    for has, should in zip(file["cells"], expected["cells"], strict=True):
        for part in ("cell_type", "id", "metadata", "source"):
            assert has[part] == should[part], f"{has['id']}: run 'make notebooks'"


def test_file_is_small_and_of_no_machine(notebook):
    text = notebook.file.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST
    assert not re.search(
        r"site-packages|ipykernel_|\bat 0x[0-9a-f]|(?<![\w.])/(home|root|tmp)/", text
    )


def test_it_was_run_to_the_end_in_order(file):
    code = [cell for cell in file["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [(cell, output) for cell in code for output in cell["outputs"]]
    assert any("image/png" in output.get("data", {}) for _, output in outputs)
    for cell, output in outputs:
        failed = output["output_type"] == "error"
        assert failed == ("raises-exception" in cell["metadata"].get("tags", ())), cell["id"]
        assert output.get("name") != "stderr", cell["id"]


def test_the_first_code_installs_what_is_missing(file):
    first = next(cell for cell in file["cells"] if cell["cell_type"] == "code")
    assert '%pip install --quiet "{package}[notebooks]"' in "".join(first["source"])


def test_links_lead_to_what_there_is(notebook):
    for cell in notebook.cells:
        if cell.kind == "markdown":
            for target in re.findall(r"\]\(([^)#\s]+)", cell.source):
                there = (notebook_files.FILES / target).exists()
                assert there or target.startswith("http"), target


def test_it_has_a_small_picture(notebook):
    assert 500 < notebook.thumbnail.stat().st_size < 20_000
    assert notebook.thumbnail.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("page", notebook_files.TABLES, ids=lambda page: page.name)
def test_tables_list_all(page):
    text = page.read_text(encoding="utf-8")
    assert text == notebook_files.with_table(page), "run 'make notebooks'"
    for name in NAMES:
        assert f"examples/notebooks/{name}.ipynb)" in text


def test_there_is_no_file_without_a_source():
    assert {path.stem for path in notebook_files.FILES.glob("*.ipynb")} == set(NAMES)
    assert {path.stem for path in notebook_files.THUMBNAILS.glob("*")} == set(NAMES)
    assert len(set(NAMES)) == len(NAMES) == len(list(notebook_files.SOURCES.glob("*.md"))) - 1


def test_a_source_is_read():
    notebook = notebook_files.parse("trial", SOURCE)
    assert (notebook.title, notebook.summary) == ("Title", "a trial")
    text, install, code, more, last = notebook.cells
    assert "with $x^2$ and a [link](../../docs/guide/units.md#units)" in text.source
    assert "$$\ny = x\n$$" in text.source
    assert 'needed = "numpy scipy"' in install.source
    assert code.source.startswith("import numpy")
    assert code.tags == ("remove-stderr", "thumbnail")
    assert "[another](worm.ipynb)" in more.source
    assert 'shown("[as](it.md)")' in more.source
    assert last.source == "%time x = 1"


@pytest.mark.parametrize(
    ("needs", "expected"),
    [("", ()), ("numpy>=1", ()), ("numpy>=99", ("trial",)), ("no-such-package>=1", ("trial",))],
)
def test_what_needs_newer_releases_is_left_out(needs, expected, monkeypatch):
    line = f'needs: "{needs}"\nsummary' if needs else "summary"
    notebook = notebook_files.parse("trial", SOURCE.replace("summary", line, 1))
    assert notebook.needs == needs
    monkeypatch.setattr(notebook_files, "names", lambda: ("trial",))
    monkeypatch.setattr(notebook_files, "read", lambda name: notebook)
    assert notebook_files.left_out() == expected


def test_without_a_summary_the_first_sentence_is_taken():
    text = SOURCE.replace('summary: "a trial"\n', "").replace("A text", "In v1.5 it is new. A text")
    assert notebook_files.parse("trial", text).summary == "In v1.5 it is new"


def test_jupytext_reads_the_same():
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
    for name in NAMES:
        text = (notebook_files.SOURCES / f"{name}.md").read_text(encoding="utf-8")
        theirs = [
            c.source for c in jupytext.reads(text, fmt="md:myst").cells if c.cell_type == "code"
        ]
        ours = [c.source for c in notebook_files.read(name).cells if c.kind == "code"]
        assert ours[1:] == theirs


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("```{note}\nAttention.\n```", "without directives"),
        (":::{note}\nAttention.\n:::", "without directives"),
        ("See {doc}`units`.", "without roles"),
        ("(here)=", "without MyST's marks"),
        ("% a comment", "without MyST's marks"),
        ("[none](nowhere.md)", "must link to files"),
    ],
)
def test_what_only_the_site_understands_is_refused(mark, message):
    with pytest.raises(ValueError, match=message):
        notebook_files.parse("trial", SOURCE.replace("More, with", f"{mark}\n\nMore, with"))


def test_a_notebook_begins_with_a_heading():
    with pytest.raises(ValueError, match="must begin with a heading"):
        notebook_files.parse("trial", SOURCE.replace("# Title", "Title"))
