"""The page that is made of reports."""

import json
import re

import pytest

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
        "A paragraph.",
    ):
        assert part in text
    for part in ("Abacus 3, 2 cores, 1 GiB", "gapjunction 0.1.0 at abc, jax 9.9"):
        assert part in text


def test_page_groups_by_machine(tmp_path):
    put(tmp_path, name="b")
    put(tmp_path, name="a", question="Is it small?")
    put(tmp_path, name="c", machine=REPORT["machine"] | {"accelerators": "1 x Beads"})
    text = page.render(page.read(tmp_path))
    headings = re.findall("^##+ (.*)", text, re.MULTILINE)
    assert headings == [
        "On Abacus 3, 2 cores",
        "Is it small?",
        "Is it fast?",
        "On 1 x Beads",
        "Is it fast?",
    ]


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
    assert len(list(tmp_path.iterdir())) == 2


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no JSON file of a benchmark"):
        page.read(tmp_path)
