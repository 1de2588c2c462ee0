"""Other simulators from the outside, with a simulator that is a few lines of Python."""

import sys

import numpy as np
import pytest

import environments
from environments import Peer
from simulators import arbor_peer, nest_peer, neuron_mechanisms, neuron_peer, processes

WORKER = '''"""Abacus: beads."""
import json, sys
import numpy as np
NAME = "Abacus"
PACKAGES = ["abacus"]
asked, answered, flag = sys.argv[1:]
assert flag == "--jobs"
jobs = json.load(open(asked))
if "break" in jobs:
    sys.exit("a bead is lost")
found = {f"{name}/beads": np.arange(job["n"]) for name, job in jobs.items()}
np.savez(answered, **found)
'''


@pytest.fixture
def abacus(tmp_path, monkeypatch):
    """Put one simulator in the place of all, without an environment."""
    worker = tmp_path / "abacus_worker.py"
    worker.write_text(WORKER)
    monkeypatch.setattr(environments, "PLACE", tmp_path / "place")
    monkeypatch.setattr(processes, "peers", lambda: {"abacus": Peer(worker)})
    # What is remembered of a simulator is not to outlast the one that is made up.
    monkeypatch.setattr(processes, "python", processes.python.__wrapped__)
    monkeypatch.setattr(processes, "ask", processes.ask.__wrapped__)
    return Peer(worker)


def test_environment_of_its_own_comes_first(abacus):
    assert processes.python("abacus") == sys.executable
    abacus.home.mkdir(parents=True)
    (abacus.home / "made").touch()
    assert processes.python("abacus") == str(abacus.home / "bin" / "python")


def test_answer_is_what_comes_after_a_banner(abacus):
    code = "print('Abacus (c) 3000 BC'); print('3.1', True)"
    assert processes.ask("abacus", code) == (["3.1", "True"], "")


def test_what_cannot_be_imported_is_named(abacus):
    words, why = processes.ask("abacus", "import no_such_abacus")
    assert words is None
    assert why.startswith("Abacus cannot be imported (ModuleNotFoundError: No module named")
    assert why.endswith("pip install 'gapjunction[peers]'")


def test_jobs_come_back_by_name(abacus):
    found = processes.run("abacus", {"a/b": {"n": 2}, "c": {"n": 3}})
    assert found.keys() == {"a/b", "c"}
    np.testing.assert_array_equal(found["a/b"]["beads"], [0, 1])
    np.testing.assert_array_equal(found["c"]["beads"], [0, 1, 2])


def test_a_failure_says_what_the_simulator_said(abacus):
    with pytest.raises(RuntimeError, match=r"Abacus failed:\n(.*\n)*a bead is lost"):
        processes.run("abacus", {"break": {}})


@pytest.mark.parametrize(
    ("peer", "words", "why"),
    [
        (nest_peer, ["3.9.1", "True"], "NEST 3.10 or newer is needed, found 3.9.1"),
        (nest_peer, ["3.10.0", "False"], "NEST 3.10.0 was built without GSL"),
        (nest_peer, ["3.10.0", "True"], ""),
        (neuron_peer, ["8.2.6"], "NEURON 9 or newer is needed, found 8.2.6"),
        (neuron_peer, ["9.0.1"], ""),
        (arbor_peer, ["0.12.0"], ""),
        (arbor_peer, None, "not there"),
        (nest_peer, None, "not there"),
        (neuron_peer, None, "not there"),
    ],
)
def test_versions_that_will_not_do_are_named(peer, words, why, monkeypatch):
    monkeypatch.setattr(processes, "ask", lambda *_: (words, "" if words else "not there"))
    assert peer.missing().startswith(why)
    assert bool(peer.missing()) == bool(why)
    assert peer.version()[0] == (None if why else words[0])


def test_a_compiler_is_asked_for_where_it_is_needed(tmp_path, monkeypatch):
    built_in = {"insert": {"hh": {}, "pas": {}}, "coupling": {"g": 1, "by": "matrix"}}
    ours = {"insert": {"hh": {}, "slowk": {}}}
    handed_over = {"insert": {}, "coupling": {"g": 1, "by": "transfer"}}
    assert [neuron_mechanisms.needed(job) for job in (built_in, ours, handed_over)] == [
        False,
        True,
        True,
    ]
    monkeypatch.setattr(processes, "ask", lambda *_: (["9.0.1"], ""))
    monkeypatch.setattr(processes, "python", lambda _: str(tmp_path / "python"))
    assert neuron_peer.missing(built_in) == ""
    assert neuron_peer.missing(built_in, ours) == "NEURON's nrnivmodl is not beside this Python"
    (tmp_path / "nrnivmodl").touch()
    monkeypatch.setenv("CXX", "beads++")
    assert neuron_peer.missing(ours) == ""
    monkeypatch.delenv("CXX")
    monkeypatch.setattr(neuron_mechanisms.shutil, "which", lambda _: None)
    assert neuron_peer.missing(ours).startswith("no C++ compiler (c++, g++, clang++)")


def test_mechanisms_have_the_names_of_their_files():
    texts = {path.stem: path.read_text() for path in neuron_mechanisms.FOLDER.glob("*.mod")}
    assert "POINT_PROCESS HalfGap" in texts.pop("halfgap")
    assert texts
    for name, text in texts.items():
        assert f"SUFFIX {name}\n" in text
