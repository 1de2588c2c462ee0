"""Compiling the accelerator into the user's cache, once for each machine."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import jax
import jaxlib.version

SOURCE: Final = Path(__file__).with_name("rows.cc")
SWITCH: Final = "GAPJUNCTION_NATIVE"
_COMPILERS: Final = ("c++", "g++", "clang++")
_FLAGS: Final = ("-std=c++17", "-O3", "-fPIC", "-shared", "-w")
_TUNED: Final = "-march=native"
_LIMIT_S: Final = 120


class BuildError(Exception):
    """The accelerator cannot be built, for the reason in the message."""


def status() -> str:
    """Return whether the accelerator is in use, and if not, why.

    It is compiled when first needed, by ``$CXX`` or the system's C++ compiler, and kept in
    ``$XDG_CACHE_HOME`` or ``~/.cache``. Without it everything runs on XLA alone. Setting the
    environment variable ``GAPJUNCTION_NATIVE=0`` turns it off.

    Examples
    --------
    >>> from gapjunction.kernels import native
    >>> native.status().startswith(('in use', 'not in use'))
    True
    """
    library, why = load()
    return "not in use: " + why if library is None else f"in use: {why}"


@functools.cache
def load() -> tuple[ctypes.CDLL | None, str]:
    """Return the compiled library and its path, or None and the reason why there is none."""
    if os.environ.get(SWITCH) == "0":
        return None, f"the environment variable {SWITCH} is 0"
    try:
        path = _built()
        return ctypes.cdll.LoadLibrary(str(path)), str(path)
    except (BuildError, OSError) as error:
        return None, str(error)


def _built() -> Path:
    if sys.platform not in ("linux", "darwin"):
        raise BuildError(f"there is no recipe to compile it on {sys.platform}")
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise BuildError(f"no C++ compiler is found (CXX, {', '.join(_COMPILERS)})")
    place = _cache() / f"rows-{_key(compiler)}.so"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        # Compiled in a temporary folder and then renamed, so that the file is complete whenever it
        # is there, even if several processes compile it at the same time.
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            made = Path(folder) / place.name
            _compile(compiler, made)
            made.replace(place)
    return place


def _compile(compiler: str, made: Path) -> None:
    command = [compiler, *_FLAGS, f"-I{jax.ffi.include_dir()}", str(SOURCE), "-o", str(made)]
    # Some compilers do not know -march=native for some machines, and then compile without it.
    for extra in ([_TUNED], []):
        try:
            done = subprocess.run(
                [*command, *extra], capture_output=True, text=True, timeout=_LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise BuildError(f"{compiler} took more than {_LIMIT_S} s") from None
        if done.returncode == 0:
            return
    last = (done.stderr.strip().splitlines() or ["no message"])[0]
    raise BuildError(f"{compiler} failed ({last})")


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gapjunction"


def _key(compiler: str) -> str:
    """Return a key of everything that the library depends on.

    It includes the processor, because machines of different kinds may share a home directory.
    """
    found = hashlib.sha256(SOURCE.read_bytes())
    for part in (
        compiler,
        *_FLAGS,
        jaxlib.version.__version__,
        platform.machine(),
        _processor(),
    ):
        found.update(part.encode() + b"\0")
    return found.hexdigest()[:20]


def _processor() -> str:
    """Return a text that differs between processors with different instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
