"""The list of faults fits the source, and the runner tells what it finds."""

import ast
from pathlib import Path

import pytest

import gapjunction as gj

from .__main__ import Run
from .mutants import MUTANTS, Mutant
from .reach import Reach

PACKAGE = Path(gj.__file__).parent
SOURCE = """\
def double(x):
    return 2 * x


def half(x):
    return x / 2
"""


def code(text):
    """Return a file's code without its docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None
    return ast.dump(tree)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_changes_code(mutant):
    text = mutant.check(PACKAGE)
    if mutant.file.endswith(".py"):
        assert code(text.replace(mutant.old, mutant.new)) != code(text)


def test_there_are_enough_of_each_part():
    parts = [mutant.file.split("/")[0] for mutant in MUTANTS]
    least = {"kernels": 6, "coupling": 6, "junctions": 5, "ion_channels": 6, "neurons": 3}
    assert {part: n for part, n in least.items() if parts.count(part) < n} == {}


@pytest.mark.parametrize(("old", "times"), [("3 * x", 0), ("return", 2)])
def test_a_mutant_that_does_not_fit_is_refused(checkout, old, times):
    with pytest.raises(ValueError, match=f"once, is {times} times"):
        Mutant("maths/_simple.py", old, "", "").apply(checkout / "src" / "gapjunction")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return a checkout of a small package with two functions, of which one is tested."""
    # Its tests need no plugin but that of Hypothesis, to which the runner gives an option.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "_hypothesis_pytestplugin")
    package, tests = tmp_path / "src" / "gapjunction", tmp_path / "tests" / "maths"
    (package / "maths").mkdir(parents=True)
    tests.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "maths" / "__init__.py").touch()
    (package / "maths" / "_simple.py").write_text(SOURCE)
    (tests / "test_simple.py").write_text(
        "from gapjunction.maths._simple import double\n\n"
        "def test_double():\n    assert double(2) == 4\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\nmarkers = ['slow: x']\n")
    return tmp_path


def test_what_the_tests_do_not_notice_survives(checkout):
    run = Run(checkout / "src", checkout, limit=600)
    found = run.mutant(Mutant("maths/_simple.py", "x / 2", "x / 3", ""))
    assert found.word == "survived", found.by


@pytest.mark.parametrize("first", ["test_triple", "test_double"])
def test_what_killed_before_is_tried_first(checkout, monkeypatch, first):
    run = Run(checkout / "src", checkout, limit=600)
    if first == "test_double":
        monkeypatch.setattr(run.reach, "near", lambda file: [])
    found = run.mutant(
        Mutant("maths/_simple.py", "2 * x", "3 * x", ""), f"tests/maths/test_simple.py::{first}"
    )
    assert (found.word, found.by) == ("killed", "tests/maths/test_simple.py::test_double")
    assert (checkout / "src" / "gapjunction" / "maths" / "_simple.py").read_text() == SOURCE


@pytest.mark.parametrize(("known", "word"), [(False, "undecided"), (True, "killed")])
def test_late_tests_prove_something_only_if_they_are_not_late_by_themselves(
    checkout, monkeypatch, known, word
):
    run = Run(checkout / "src", checkout, limit=0.01)
    if known:
        monkeypatch.setattr(run, "_ends_in_time", lambda tests: True)
    assert run.mutant(Mutant("maths/_simple.py", "2 * x", "0 * x", "")).word == word


def test_what_kills_is_run_on_the_source_as_it_is(checkout):
    run, test = Run(checkout / "src", checkout, limit=600), checkout / "tests/maths/test_simple.py"
    assert run.passes(["tests/maths/test_simple.py::test_double"]) == (True, "")
    test.write_text(test.read_text().replace("== 4", "== 5"))
    sound, by = run.passes(["tests/maths/test_simple.py::test_double"])
    assert not sound
    assert by == "tests/maths/test_simple.py::test_double"


def test_tests_of_the_same_name_come_first_and_those_that_cannot_reach_are_left_out():
    tests = Path(__file__).parents[1]
    reach = Reach(PACKAGE, tests)
    near, far = reach.near("laws/_boltzmann.py"), reach.far("laws/_boltzmann.py")
    assert near[0] == tests / "laws" / "test_boltzmann.py"
    assert PACKAGE / "laws" / "_boltzmann.py" in near
    assert {tests / "junctions" / "test_laws.py", tests / "test_readme.py"} <= set(far)
    assert not {tests / "connectivity" / "test_edges.py", *near} & set(far)
    assert all(Path(__file__).parent not in path.parents for path in far)
