"""The environments of the other simulators."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import environments
from environments import DENDRITES, Peer, Releases

CONSTANTS = {"NAME", "PACKAGES", "VARIANTS", "THREADS", "EQUATIONS"}
WORKER = '"""Abacus: beads."""\nNAME = "Abacus"\nPACKAGES = ["abacus>=3"]\n'


@pytest.fixture
def abacus(tmp_path, monkeypatch):
    """Return a simulator that is not installed."""
    monkeypatch.setattr(environments, "PLACE", tmp_path / "place")
    worker = tmp_path / "abacus_worker.py"
    worker.write_text(WORKER)
    return Peer(worker)


def test_workers_say_what_they_need():
    found = environments.peers()
    names = ["gapjunction", "brainpy", "arbor", "brian2", "jaxley", "nest", "neuron"]
    assert list(found) == names
    for peer in found.values():
        assert set(peer.constants) >= CONSTANTS
        assert peer.constants["VARIANTS"]
        assert peer.constants["THREADS"] in ("all", "faster")
        assert peer.constants["EQUATIONS"] in ("the task's", "its own")
        assert peer.about


def test_libraries_of_this_environment_need_no_other():
    for key in ("gapjunction", "brainpy"):
        assert environments.peers()[key].python == Path(sys.executable)


@pytest.mark.parametrize("failing", ["venv", "pip", "--help"])
def test_what_cannot_be_made_is_named_and_leaves_nothing(abacus, failing, monkeypatch):
    def run(command, **_):
        abacus.home.mkdir(parents=True, exist_ok=True)
        if failing in command:
            return SimpleNamespace(returncode=1, stdout="", stderr="ERROR: no beads\n[notice] x")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    step = {"--help": "import"}.get(failing, failing)
    assert environments.make(abacus) == f"{step}: ERROR: no beads"
    assert not abacus.home.exists()
    assert abacus.python is None


def test_what_was_made_is_there(abacus, monkeypatch):
    commands = []

    def run(command, **_):
        abacus.home.mkdir(parents=True, exist_ok=True)
        commands.append(command)
        assert abacus.python is None
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    assert environments.make(abacus) == ""
    assert abacus.python == abacus.home / "bin" / "python"
    assert "abacus>=3" in commands[1]


def test_one_failure_does_not_keep_others_from_being_made(abacus, monkeypatch, capsys):
    other = Peer(abacus.worker.with_name("rule_worker.py"))
    other.worker.write_text(WORKER.replace("Abacus", "Rule"))
    monkeypatch.setattr(environments, "peers", lambda: {"abacus": abacus})
    monkeypatch.setattr(environments, "DENDRITES", other)
    whys = {"Abacus": "pip: no beads", "Rule": ""}
    monkeypatch.setattr(environments, "make", lambda peer: whys[peer.name])
    assert environments.main([]) == 1
    printed = capsys.readouterr().out
    assert "Abacus: left out, pip: no beads" in printed
    assert "Rule: done" in printed
    with pytest.raises(SystemExit):
        environments.main(["slide"])
    assert "NAME must be one of abacus, rule, got slide" in capsys.readouterr().err


def test_newer_releases_are_looked_for_here_in_their_own_place_and_in_the_second_stack(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(environments, "PLACE", tmp_path / "place")
    monkeypatch.setattr(environments, "SECOND", tmp_path / "second")
    worker = tmp_path / "abacus_worker.py"

    def found(packages):
        worker.write_text(f'"""Abacus: beads."""\nPACKAGES = {packages!r}\n')
        return Releases(worker).python

    assert found(["pytest>=1", "numpy"]) == Path(sys.executable)
    for packages in (["pytest>=9999"], ["pytest", "no-such-abacus"]):
        assert found(packages) is None
    for home in ("second", "place/abacus"):
        (tmp_path / home).mkdir(parents=True)
        (tmp_path / home / "made").touch()
        assert found(["pytest>=9999"]) == tmp_path / home / "bin" / "python"


def test_the_environment_of_newer_releases_gets_this_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "PLACE", tmp_path)
    commands = []

    def run(command, **_):
        DENDRITES.home.mkdir(parents=True, exist_ok=True)
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(environments, "interpreter", lambda oldest: f"python{oldest}")
    monkeypatch.setattr(subprocess, "run", run)
    assert environments.make(DENDRITES) == ""
    assert commands[0][0] == "python(3, 12)"
    assert commands[1][-3:] == ["braincell>=0.2.0", "--editable", str(environments.CHECKOUT)]
    assert (environments.CHECKOUT / "pyproject.toml").exists()
    monkeypatch.setattr(environments, "interpreter", lambda oldest: None)
    assert environments.make(DENDRITES).startswith("it needs Python 3.12 or newer")


def test_an_interpreter_is_taken_that_is_new_enough_and_starts(monkeypatch, tmp_path):
    assert environments.interpreter((3, 11)) == sys.executable
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    asked = []

    def run(command, **_):
        asked.append(command[0])
        if command[0] == "python3.13":
            raise FileNotFoundError
        return SimpleNamespace(returncode=int(command[0] != "python3.12"))

    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    monkeypatch.setattr(subprocess, "run", run)
    assert environments.interpreter((3, 12)) == "python3.12"
    assert asked[0] == "python3.13"
    assert asked[-1] == "python3.12"
    assert environments.interpreter((3, 99)) is None
