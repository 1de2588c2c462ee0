"""The accelerator that a wheel brings along."""

import ctypes
import os
import shutil
import subprocess

import jax
import pytest

from gapjunction.kernels import native
from gapjunction.kernels.native import _build, _prebuilt

# Before a test hides it.
COMPILER = os.environ.get("CXX") or next(filter(None, map(shutil.which, _build._COMPILERS)), None)
needs_it = pytest.mark.skipif(not native.is_available(), reason=native.status())


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Where the library of a wheel would be; there is none yet."""
    path = tmp_path / "prebuilt.so"
    monkeypatch.setattr(_prebuilt, "LIBRARY", path)
    monkeypatch.setenv("CXX", "/bin/false")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(_build.SWITCH, raising=False)
    return path


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library that is only asked for its version."""
    folder = tmp_path_factory.mktemp("made")
    here = _prebuilt._interface()

    def make(version):
        source, made = folder / "one.cc", folder / f"one{version}.so"
        source.write_text(
            f'extern "C" int gapjunction_interface() {{ return {version}; }}\n'
            'extern "C" const char* gapjunction_instructions() { return "its own"; }\n'
        )
        command = [COMPILER, "-shared", "-fPIC", str(source), "-o", str(made)]
        subprocess.run(command, check=True)
        return made.read_bytes()

    return make, here


def test_without_one_it_is_compiled(shipped):
    assert _prebuilt.prebuilt() == (None, "")
    assert _build.load.__wrapped__()[1].startswith("/bin/false failed")


@needs_it
@pytest.mark.parametrize("older", [0, 1])
def test_it_needs_no_compiler(older, shipped, library):
    make, here = library
    shipped.write_bytes(make(here - older))
    found, where = _build.load.__wrapped__()
    assert isinstance(found, ctypes.CDLL)
    assert where == "it came with the package"


@needs_it
@pytest.mark.parametrize("version", [1, 1000])
def test_one_for_another_interface_is_not_used(version, shipped, library):
    make, here = library
    shipped.write_bytes(make(here + version))
    found, why = _build.load.__wrapped__()
    assert found is None
    assert "/bin/false failed" in why
    assert f"for version {_prebuilt._text(here + version)} of XLA's interface" in why
    assert f"this jaxlib has {_prebuilt._text(here)}" in why


@pytest.mark.parametrize("headers", [None, "#define XLA_FFI_API_MAJOR 0"])
def test_a_jaxlib_that_does_not_tell_its_interface(headers, shipped, tmp_path, monkeypatch):
    if headers is not None:
        (tmp_path / _prebuilt._INTERFACE).parent.mkdir(parents=True)
        (tmp_path / _prebuilt._INTERFACE).write_text(headers)
    monkeypatch.setattr(jax.ffi, "include_dir", lambda: str(tmp_path))
    assert _prebuilt._interface() is None


def test_one_that_is_damaged_is_not_used(shipped):
    shipped.write_bytes(b"not a library")
    found, why = _build.load.__wrapped__()
    assert found is None
    assert "the one in the wheel cannot be loaded" in why


@needs_it
def test_what_is_compiled_here_tells_its_interface():
    found, _ = _build.load()
    assert found.gapjunction_interface() <= _prebuilt._interface()
