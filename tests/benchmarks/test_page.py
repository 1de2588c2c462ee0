"""The page that is made of reports."""

import json
import re

import pytest
from markdown_it import MarkdownIt

import page

REPORT = {
    "name": "speed",
    "question": "Is it fast?",
    "about": "A line.\n\nA paragraph.",
    "date": "2025-01-02",
    "seconds": 61.5,
    "load": 0.2,
    "quick": False,
    "machine": {
        "processor": "Abacus 3",
        "cores": 2,
        "memory": "1 GiB",
        "accelerators": "none",
        "system": "Linux",
    },
    "versions": {"gapjunction": "0.1.0 at abc", "jax": "9.9"},
    "tables": [{"title": "Times, in s", "rows": [{"what": "a", "t": 0.25}], "notes": ["So."]}],
}


def put(folder, **changes):
    report = REPORT | changes
    (folder / f"{report['name']}.json").write_text(json.dumps(report))


def test_page_has_tables_machine_date_and_versions(tmp_path):
    (tmp_path / "docs").mkdir()
    put(tmp_path / "docs")
    page.write(tmp_path / "docs", tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    for part in (
        "### Is it fast?",
        "| a | 0.250 |",
        "- So.",
        "2025-01-02 in 61.5 s",
        "<summary>Times, in s (machine A)</summary>",
        "A paragraph.",
    ):
        assert part in text
    for part in ("| processor | Abacus 3, 2 cores |", "| jax | 9.9 |", "gapjunction 0.1.0 at abc."):
        assert part in text


def test_machines_stand_side_by_side_and_results_name_theirs(tmp_path):
    put(tmp_path, name="b")
    put(tmp_path, name="a", question="Is it small?", date="2025-03-04")
    put(tmp_path, name="c", machine=REPORT["machine"] | {"accelerators": "1 x Beads"})
    text = page.render(page.read(tmp_path))
    headings = re.findall("^##+ (.*)", text, re.MULTILINE)
    assert headings == ["Machines", "All results", "Is it small?", "Is it fast?"]
    assert "| accelerators | none | 1 x Beads |" in text
    assert "| measured on | 2025-01-02; 2025-03-04 | 2025-01-02 |" in text
    assert re.findall(r"\(machine (.)\)</summary>", text) == ["A", "A", "B"]


def test_tables_are_folded_and_still_tables(tmp_path):
    put(tmp_path, tables=[{"title": "a < b & c", "rows": [{"x": 1}], "notes": ["So."]}])
    text = page.render(page.read(tmp_path))
    tokens = [t.type for t in MarkdownIt("commonmark").enable("table").parse(text)]
    assert tokens.count("table_open") == 2  # machines, and the result
    assert "<summary>a &lt; b &amp; c (machine A)</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_pictures_lie_beside_the_page_and_are_the_same_again(tmp_path):
    row = {"edges": 10, "step, us": 2.0, "ns per edge": 200.0, "built-in, ns per edge": 400.0}
    table = {
        "title": "Cost by edges",
        "rows": [row | {"construction, s": 0.5, "peak memory, GB": 0.1}],
    }
    put(tmp_path, name="scaling", tables=[table | {"notes": []}])
    page.write(tmp_path, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    (path,) = re.findall(r"!\[.+\]\((.+)\)", text)
    drawn = (tmp_path / path).read_bytes()
    assert b"<svg" in drawn
    assert text.index("## In short") < text.index(path) < text.index("## Machines")
    page.write(tmp_path, tmp_path / "page.md")
    assert (tmp_path / path).read_bytes() == drawn


def test_quick_runs_are_marked(tmp_path):
    put(tmp_path, quick=True)
    assert "quick run" in page.render(page.read(tmp_path))


def test_link_to_the_readme_leads_there(tmp_path, scripts):
    put(tmp_path)
    page.write(tmp_path, tmp_path / "page.md")
    (link,) = re.findall(r"\[benchmarks/README.md\]\((.*)\)", (tmp_path / "page.md").read_text())
    assert (tmp_path / link).resolve() == scripts / "README.md"
    assert (tmp_path / link).exists()


@pytest.mark.parametrize("text", ["{}", "{", '{"name": "x"}'])
def test_what_is_no_report_is_refused_and_the_page_kept(text, tmp_path):
    (tmp_path / "x.json").write_text(text)
    (tmp_path / "page.md").write_text("before")
    with pytest.raises(ValueError, match=r"x\.json is no report of a benchmark"):
        page.write(tmp_path, tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 2  # and no picture


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no JSON file of a benchmark"):
        page.read(tmp_path)
