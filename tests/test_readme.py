"""What the README and the guides show runs as it stands there."""

import doctest
import re
import warnings
from pathlib import Path

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# Code that is followed by what it prints.
PRINTING = re.compile(r"```python\n(.*?)```\n\n```\n(.*?)```", re.S)
PAGES = (
    "coupling.md",
    "index.md",
    *sorted(f"guide/{path.name}" for path in (ROOT / "docs" / "guide").glob("*.md")),
)
GUIDES = [
    (name, number, *found)
    for name in PAGES
    for number, found in enumerate(PRINTING.findall((ROOT / "docs" / name).read_text()), 1)
]
# What is not there with the oldest release of a library that is supported: the word by which code
# that uses it is told, what it needs, and whether that is installed.
NEED = dict.fromkeys(("gj.sites(", "cells.soma"), ("braincell 0.2.0", HAVE_PLACES))
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)


def test_example_network_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in BLOCKS if "class Ring" in block]
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    voltages = np.asarray(scope["V"].mantissa)
    assert voltages.ndim == 2
    assert np.isfinite(voltages).all()
    assert np.ptp(voltages) > 50, "the example's cells should spike"
    first = (voltages > 0).argmax(axis=0) * 0.02
    assert first[10] == max(first), "the spike should meet itself at cell 10"
    assert 14 < first[10] < 16
    # The class is for any number of cells, not only for the one in the text.
    larger = brainstate.nn.init_all_states(scope["Ring"](30))
    assert larger.update(0).shape == (30,)


def test_channels_run():
    (block,) = [block for block in BLOCKS if "class Ka" in block]
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    cells, gaps = scope["cells"], scope["gaps"]
    brainstate.nn.init_all_states(cells)
    with brainstate.environ.context(dt=0.02 * u.ms):
        for _ in range(3):
            gaps()
            cells(10 * u.uA / u.cm**2)
    assert set(cells.currents()) == {"na", "k", "ka", "leak"}
    assert np.isfinite(np.asarray(cells.V.value.mantissa)).all()


def test_traces_load_as_shown(tmp_path, monkeypatch):
    (block,) = [block for block in BLOCKS if "celegans.npz" in block]
    monkeypatch.chdir(tmp_path)
    from gapjunction.cli import main

    assert main(["demo", "--duration", "0.1", "--output", "results", "--quiet"]) in (0, None)
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    assert scope["plml"].shape == scope["time"].shape


@pytest.mark.parametrize(
    ("name", "number", "code", "printed"), GUIDES, ids=[f"{name}-{k}" for name, k, *_ in GUIDES]
)
def test_guides_print_what_they_say(name, number, code, printed, capsys):
    for word, (need, there) in NEED.items():
        if word in code and not there:
            pytest.skip(f"this block needs {need} or newer")
    told = ""
    with warnings.catch_warnings(record=True) as caught:
        # The environment of the tests has a time step; a reader's may have none yet.
        about = name == "guide/errors.md"
        warnings.simplefilter("always" if about else "ignore", gj.GapJunctionWarning)
        try:
            exec(compile(code, f"{name}, block {number}", "exec"), {})
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            if not printed.startswith(type(error).__name__):
                raise
    if about:
        ours = [item for item in caught if issubclass(item.category, gj.GapJunctionWarning)]
        told = "\n".join([*(f"{w.category.__name__}: {w.message}" for w in ours), told])
        # Long messages are shown on several lines, what others put before them is left out.
        flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        assert told.strip()
        assert doctest.OutputChecker().check_output(printed, f"{told.strip()}\n", flags), told
    else:
        assert (capsys.readouterr().out + told).rstrip() == printed.rstrip()


def test_guides_show_no_other_code():
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text()
        assert text.count("```python") == sum(name == page for name, *_ in GUIDES), page


def test_the_ten_lines_run(capsys):
    (block,) = [block for block in BLOCKS if "for _ in range(100)" in block]
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip().endswith("mV")


@pytest.mark.parametrize("page", ["README.md", "docs/guide/choosing.md", "docs/guide/moving.md"])
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    for link in links:
        assert link.startswith("http") or ((ROOT / page).parent / link).exists(), link
    # A link without a text is one that only the site fills in.
    assert "[](" not in text
