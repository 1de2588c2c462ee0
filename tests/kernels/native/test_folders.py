"""From which folders, and which of their files, a compiled library may be loaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gapjunction.kernels.native import _build, _folders
from gapjunction.kernels.native._folders import FolderError, cache_folder, keep, kept, only_ones_own

pwd = pytest.importorskip("pwd", reason="this system does not know users by a number")

COMPILER = next(filter(None, map(shutil.which, _build._COMPILERS)), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
OTHER = 12345


@pytest.fixture
def loaded(monkeypatch, capfd):
    """Return a function that loads the library of a compiler, with variables of the environment.

    It gives the reason, or where the library is, and what that writes to standard error when it is
    loaded.
    """

    def load(compiler, **settings):
        monkeypatch.delenv(_build.SWITCH, raising=False)
        for name, value in {**settings, "CXX": str(compiler)}.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        library, why = _build.load.__wrapped__()
        assert library is not None
        return why, capfd.readouterr().err

    return load


def library(folder, name, says):
    """Compile a library that says something when it is loaded."""
    source, made = folder / f"{name}.cc", folder / f"{name}.so"
    source.write_text(
        f'#include <cstdio>\nstruct Said {{ Said() {{ std::fputs("{says}", stderr); }} }} said;\n'
        'extern "C" const char* gapjunction_instructions() { return "none"; }\n'
    )
    subprocess.run([COMPILER, "-shared", "-fPIC", str(source), "-o", str(made)], check=True)
    return made


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return library(tmp_path_factory.mktemp("planted"), "planted", "PLANTED")


@pytest.fixture(scope="module")
def compiler(tmp_path_factory):
    """Return a compiler that is fast, because what it makes is there already."""
    folder = tmp_path_factory.mktemp("compiler")
    path = folder / "compiler"
    made = library(folder, "compiled", "COMPILED")
    path.write_text(f'#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\ncp "{made}" "$2"\n')
    path.chmod(0o700)
    return path


def plant(library, compiler, folder):
    """Put a library where the accelerator is looked for, under the name that fits its content."""
    folder.mkdir(parents=True, mode=0o755)
    path = folder / _folders._name(_build._key(str(compiler)), _folders._digest(library))
    shutil.copy(library, path)
    path.chmod(0o755)
    return path


@needs_compiler
def test_a_library_in_ones_own_folder_is_loaded(planted, compiler, loaded, tmp_path):
    """It shows that the libraries of the tests below would be loaded if nothing prevented it."""
    path = plant(planted, compiler, tmp_path / "gapjunction").resolve()
    assert loaded(compiler, XDG_CACHE_HOME=str(tmp_path)) == (str(path), "PLANTED")


@needs_compiler
@pytest.mark.parametrize("where", ["gapjunction", "."])
def test_a_library_where_others_can_write_is_not_loaded(planted, compiler, loaded, where, tmp_path):
    cache = tmp_path / "cache"
    plant(planted, compiler, cache / "gapjunction")
    (cache / where).chmod(0o777)
    found, said = loaded(compiler, XDG_CACHE_HOME=str(cache))
    why = f"others can write to {(cache / where).resolve()}"
    assert found == f"compiled for this process alone, as {why}"
    assert said == "COMPILED"


@needs_compiler
def test_a_relative_cache_is_ignored(planted, compiler, loaded, tmp_path, monkeypatch):
    """It would be found in whatever folder a program is started from."""
    here, home = tmp_path / "here", tmp_path / "home"
    plant(planted, compiler, here / "cache" / "gapjunction")
    monkeypatch.chdir(here)
    path, said = loaded(compiler, XDG_CACHE_HOME="cache", HOME=str(home))
    assert path.startswith(str((home / ".cache" / "gapjunction").resolve()))
    assert "PLANTED" not in said


@pytest.mark.slow
@needs_compiler
def test_a_file_that_was_cut_off_is_compiled_again(compiler, loaded, tmp_path):
    """In a process of its own, which loading such a file would end by a bus error."""
    first, _ = loaded(compiler, XDG_CACHE_HOME=str(tmp_path))
    path = Path(first)
    whole = path.read_bytes()
    # Another file of that name: this process goes on with the one that it has loaded.
    path.unlink()
    path.write_bytes(whole[:5000])
    path.chmod(0o700)
    code = "from gapjunction.kernels import native; print(native.status())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (f"in use: none, {path}", "COMPILED")
    assert path.read_bytes() == whole


def test_missing_folders_are_made_for_the_user_alone(tmp_path):
    before = os.umask(0)
    try:
        made = only_ones_own(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (made, made.parent)] == [0o700, 0o700]
    assert only_ones_own(made) == made


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_folders_to_which_others_can_write_are_refused(mode, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(mode)
    with pytest.raises(FolderError, match=r"write"):
        only_ones_own(tmp_path / "shared")


def test_what_others_can_exchange_is_refused(tmp_path):
    inner = tmp_path / "shared" / "mine"
    inner.mkdir(parents=True, mode=0o700)
    inner.parent.chmod(0o777)
    for folder in (inner, inner.parent / "new"):
        with pytest.raises(FolderError, match=f"others can write to {inner.parent.resolve()}"):
            only_ones_own(folder)
    assert not (inner.parent / "new").exists()
    # With the sticky bit, as /tmp has it, others cannot exchange what is the user's.
    inner.parent.chmod(0o1777)
    assert only_ones_own(inner) == inner.resolve()


def test_a_link_counts_as_what_it_leads_to(tmp_path):
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    for name in ("own", "shared"):
        (tmp_path / f"to {name}").symlink_to(tmp_path / name)
    assert only_ones_own(tmp_path / "to own") == (tmp_path / "own").resolve()
    with pytest.raises(FolderError, match="others can write"):
        only_ones_own(tmp_path / "to shared")


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    with pytest.raises(FolderError, match="is not a folder"):
        only_ones_own(tmp_path / "file")
    for name, named in {"loop": "loop", "nowhere": "missing"}.items():
        with pytest.raises(OSError, match=named):
            only_ones_own(tmp_path / name)


def test_folders_of_others_are_refused(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(FolderError, match="user"):
        only_ones_own(tmp_path)


@needs_root
def test_root_leaves_the_folders_of_others_alone(tmp_path):
    os.chown(tmp_path, OTHER, OTHER)
    with pytest.raises(FolderError, match=f"{tmp_path.resolve()} belongs to another user"):
        only_ones_own(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("home", [None, "", "somewhere"])
def test_without_a_home_there_is_no_cache(home, monkeypatch):
    def unknown(user):
        raise KeyError(user)

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    with pytest.raises(FolderError, match="no home folder"):
        cache_folder()


def test_kept_is_what_is_whole_and_ones_own(tmp_path):
    (tmp_path / "made").write_bytes(b"library")
    path = keep(tmp_path / "made", tmp_path, "key")
    assert kept(tmp_path, "key") == path
    assert kept(tmp_path, "other") is None
    path.chmod(0o720)
    assert kept(tmp_path, "key") is None
    path.chmod(0o700)
    path.write_bytes(b"libra")
    assert kept(tmp_path, "key") is None
    path.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(b"library")
    path.symlink_to(tmp_path / "elsewhere")
    assert kept(tmp_path, "key") is None
    path.unlink()
    os.mkfifo(path)
    assert kept(tmp_path, "key") is None


@needs_root
def test_files_of_others_are_not_kept(tmp_path):
    (tmp_path / "made").write_bytes(b"library")
    path = keep(tmp_path / "made", tmp_path, "key")
    os.chown(path, OTHER, OTHER)
    assert kept(tmp_path, "key") is None
