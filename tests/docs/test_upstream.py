"""The faults that are described for the libraries below are there as described, or gone."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "upstream.md").read_text()
FAULTS = re.findall(
    r"^## (.*?)\n.*?```python\n(.*?)```\n\n```\n(.*?)```\n\nTo mend it:", TEXT, re.S | re.M
)
PACKAGES = ("brainpy", "brainstate", "braintools", "saiunit", "jax", "braincell")
# Those that show what is silently wrong, and need no compilation of a solver.
QUICK = ("Ids that no cell has", "Reading the sum", "In a population of several")


def installed():
    """Return the versions that are installed, in the words of the page."""
    try:
        return ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    except PackageNotFoundError as error:
        return f"no {error.name}"


def is_seen():
    """Return whether the page says that it was seen with what is installed."""
    return installed() in " ".join(TEXT.split())


def check(printed, expected):
    if printed != expected and not is_seen():
        pytest.skip(f"not as described with {installed()}: say so on the page")
    assert printed == expected


def test_every_fault_is_in_the_table_and_has_a_script():
    titles = re.findall(r"^## (.*)$", TEXT, re.M)
    assert [title for title, _, _ in FAULTS] == titles
    assert re.findall(r"^\| \[(.*)\]\(#", TEXT, re.M) == titles
    assert "gapjunction" not in "".join(code for _, code, _ in FAULTS)


@pytest.mark.parametrize(
    ("title", "code", "expected"),
    [fault for fault in FAULTS if fault[0].startswith(QUICK)],
    ids=lambda text: text if "\n" not in text else "",
)
def test_quick_ones_print_what_the_page_says(title, code, expected, capsys):
    exec(compile(code, title, "exec"), {})
    check(capsys.readouterr().out, expected)


# Runs the scripts that it is given in one process, because to import the libraries takes longer
# than most of the scripts. A script must leave the settings as it found them.
PROGRAM = """
import contextlib, io, json, sys, traceback
import brainstate, braincell, brainpy, braintools, jax, saiunit
settings = brainstate.environ.all()
for code in json.load(sys.stdin):
    out, error = io.StringIO(), ""
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(code, "script", "exec"), {"__name__": "__main__"})
        except BaseException:
            error = traceback.format_exc()
    assert brainstate.environ.all() == settings
    assert not jax.config.jax_enable_x64
    print(json.dumps([out.getvalue(), error]), flush=True)
"""


@pytest.fixture(scope="module")
def printed():
    """What each script prints, and how it failed, if it did."""
    pytest.importorskip("braincell")
    codes = json.dumps([code for _, code, _ in FAULTS])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=codes, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip((title for title, _, _ in FAULTS), found, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "expected"),
    [(title, expected) for title, _, expected in FAULTS],
    ids=lambda text: text if "\n" not in text else "",
)
def test_scripts_print_what_the_page_says_by_themselves(title, expected, printed):
    out, error = printed[title]
    assert not error or not is_seen(), error
    check(out, expected)
