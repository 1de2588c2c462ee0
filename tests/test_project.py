"""The files around the code agree with each other: versions, commands, what is said of them."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def citation(field):
    """Return a field of CITATION.cff that stands on one line."""
    (value,) = re.findall(rf"^{field}: (.*)$", read("CITATION.cff"), re.MULTILINE)
    return value.strip('"')


def commands(workflow):
    """Return the lines of the commands that a workflow runs."""
    text = workflow.read_text(encoding="utf-8")
    found = re.findall(r"^ *(?:- )?run: (?!\|)(.+)$", text, re.MULTILINE)
    for block in re.findall(r"^( *)(?:- )?run: \|\n((?:\1 +.*\n)+)", text, re.MULTILINE):
        found += [line.strip() for line in block[1].splitlines()]
    return found


def targets(line):
    """Return the targets that a line asks make for, if it starts with make."""
    words = line.split()
    return [w for w in words[1:] if "=" not in w] if words[0] == "make" else []


def test_citation_is_of_this_version():
    assert citation("version") == PROJECT["version"]
    assert citation("license") == PROJECT["license"]
    assert f"title  = {{{citation('title')}}}" in read("README.md")


def test_changelog_starts_with_this_version():
    first = re.search(r"^## \[(\S+)\] - (\S+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert first[1] == PROJECT["version"]
    assert re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", first[2])


def test_changelog_keeps_the_usual_form():
    text = read("CHANGELOG.md")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        found = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert found
        assert set(found) <= kinds
        assert len(set(found)) == len(found)
        # Every entry is in one of them.
        before = section.partition("### ")[0]
        assert "\n- " not in before


def test_advice_of_messages_names_packages_and_extras_that_there_are():
    groups = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *(item for group in groups.values() for item in group)]
    known = {re.match(r"[\w-]+", item)[0] for item in needed}
    said = 0
    for page in (ROOT / "src").rglob("*.py"):
        text = page.read_text(encoding="utf-8")
        for name, extra in re.findall(r"pip install '?([\w-]+)(?:\[([\w,]+)\])?", text):
            said += 1
            assert name in known, page.name
            assert not extra or set(extra.split(",")) <= set(groups), page.name
    assert said


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_make_what_there_is(workflow):
    lines = commands(workflow)
    if workflow.stem != "release":
        assert any(targets(line) for line in lines), "it should run what a contributor runs"
    for line in lines:
        assert set(targets(line)) <= TARGETS, line


def test_scripts_that_are_run_are_there():
    named = [
        script
        for text in (read(".ci/run"), *(path.read_text("utf-8") for path in WORKFLOWS))
        for script in re.findall(r"\.github/\w+\.py", text)
    ]
    assert {".github/try_wheel.py", ".github/try_sdist.py"} <= set(named)
    assert all((ROOT / script).exists() for script in named)


def test_there_are_workflows():
    assert [path.stem for path in WORKFLOWS] == ["docs", "lint", "release", "tests"]


def test_contributing_names_targets_that_there_are():
    named = [
        target
        for line in re.findall(r"^make .*?(?= #|$)", read("CONTRIBUTING.md"), re.MULTILINE)
        for target in targets(line)
    ]
    assert {"test", "lint", "types", "docs", "dist"} <= set(named) <= TARGETS


def test_windows_runs_what_contributing_says():
    lines = [line for line in commands(ROOT / ".github/workflows/tests.yml") if "\\" in line]
    assert any("pytest" in line for line in lines)
    guide = read("CONTRIBUTING.md")
    for line in lines:
        if "pip list" not in line:
            assert line in guide


def test_commands_of_targets_are_given_for_windows_too():
    recipes = re.findall(r"^\t\$\((?:BIN\)/python -m|PYTEST\)) (.+)$", MAKEFILE, re.MULTILINE)
    recipes = [line.partition(" $(")[0] for line in recipes]
    plain = re.search(r"In PowerShell:\n\n```\n(.*?)```", read("CONTRIBUTING.md"), re.DOTALL)[1]
    # What each runs, without its options for processes, folders of output and the like.
    asked = [line for line in recipes if line.startswith(('-m "', "-m ex", "tests.", "twine"))]
    assert len(asked) >= 5
    assert [line for line in asked if line not in plain and "--sample" not in line] == []


def test_workflows_test_the_oldest_python():
    floor = PROJECT["requires-python"].removeprefix(">=")
    versions = re.findall(r"^ +python: \[(.*)\]", read(".github/workflows/tests.yml"), re.MULTILINE)
    assert len(versions) == 2
    for row in versions:
        assert row.split(", ")[0] == f'"{floor}"'
