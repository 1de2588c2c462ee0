"""Compiling the accelerator into the user's cache, once for each machine."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import jax
import jaxlib.version

from gapjunction.kernels.native._folders import FolderError, cache_folder, keep, kept, only_ones_own
from gapjunction.kernels.native._prebuilt import prebuilt

SOURCE: Final = Path(__file__).with_name("rows.cc")
HEADERS: Final = tuple(sorted(SOURCE.parent.glob("*.h")))
SWITCH: Final = "GAPJUNCTION_NATIVE"
_COMPILERS: Final = ("c++", "g++", "clang++")
_FLAGS: Final = (
    "-std=c++17", "-O2", "-ffp-contract=fast", "-fno-math-errno", "-fPIC", "-shared", "-w",
)  # fmt: skip
_TUNED: Final = "-march=native"
# Compiling takes about 3 s. After QUIET_S seconds a warning says that the compiler is being waited
# for; after LIMIT_S it is ended, and the model runs without the accelerator.
QUIET_S, LIMIT_S = 5.0, 30.0
_LOG: Final = logging.getLogger("gapjunction")


class BuildError(Exception):
    """The accelerator cannot be built, for the reason in the message."""


def status() -> str:
    """Return whether the accelerator is in use, and if not, why.

    A wheel for a platform brings it along. Otherwise it is compiled when first needed, by ``$CXX``
    or the system's C++ compiler, and kept in ``$XDG_CACHE_HOME`` or ``~/.cache``. Where others can
    write to that folder, nothing is loaded from it, and each process compiles for itself. Without
    the accelerator everything runs on XLA alone. Setting the environment variable
    ``GAPJUNCTION_NATIVE=0`` turns it off.

    Examples
    --------
    >>> from gapjunction.kernels import native
    >>> native.status().startswith(('in use', 'not in use'))
    True
    """
    library, why = load()
    if library is None:
        return "not in use: " + why
    library.gapjunction_instructions.restype = ctypes.c_char_p
    return f"in use: {library.gapjunction_instructions().decode()}, {why}"


@functools.cache
def load() -> tuple[ctypes.CDLL | None, str]:
    """Return the compiled library and where it is, or None and the reason why there is none."""
    if os.environ.get(SWITCH) == "0":
        return None, f"the environment variable {SWITCH} is 0"
    library, about = prebuilt()
    if library is not None:
        return library, about
    library, where = _compiled()
    return library, f"{where}; {about}" if about else where


def _compiled() -> tuple[ctypes.CDLL | None, str]:
    """Return the library compiled on this machine and where it is, or None and the reason."""
    try:
        compiler = _compiler()
        try:
            path = _kept(compiler)
            return ctypes.CDLL(str(path)), str(path)
        except (FolderError, OSError) as error:
            return _made_for_this_process(compiler), f"compiled for this process alone, as {error}"
    except (BuildError, FolderError, OSError) as error:
        return None, str(error)


def _compiler() -> str:
    if sys.platform not in ("linux", "darwin"):
        raise BuildError(f"there is no recipe to compile it on {sys.platform}")
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise BuildError(f"no C++ compiler is found (CXX, {', '.join(_COMPILERS)})")
    return compiler


def _kept(compiler: str) -> Path:
    """Return the path of the library in the user's cache; it is compiled if it is missing."""
    folder, key = cache_folder(), _key(compiler)
    there = kept(folder, key)
    if there is not None:
        return there
    # The library is compiled in a temporary folder and then moved here, so that the file is
    # complete whenever it exists, even if several processes compile it at the same time.
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        made = Path(temporary) / "rows.so"
        _compile(compiler, made)
        return keep(made, folder, key)


def _made_for_this_process(compiler: str) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory(prefix="gapjunction-") as temporary:
        made = only_ones_own(Path(temporary)) / "rows.so"
        _compile(compiler, made)
        # Once it is loaded, the library does not need its file any more.
        return ctypes.CDLL(str(made))


def _compile(compiler: str, made: Path) -> None:
    command = [compiler, *_FLAGS, f"-I{jax.ffi.include_dir()}", str(SOURCE), "-o", str(made)]
    end = time.monotonic() + LIMIT_S
    # Some compilers do not know -march=native on some machines, and are then called without it.
    for extra in ([_TUNED], []):
        message = _run([*command, *extra], end)
        if message is None:
            return
    raise BuildError(f"{compiler} failed ({message})")


def _run(command: Sequence[str], end: float) -> str | None:
    """Run a compiler until a time of the monotonic clock; return why it fails, or None."""
    try:
        # The compiler gets a process group of its own, so that the programs that it starts end with
        # it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,
        )
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started ({error})") from None
    with process:
        try:
            text = _wait(process, command[0], end)
        except BaseException:
            _kill(process)
            raise
    if process.returncode == 0:
        return None
    return next(iter(text.strip().splitlines()), "no message")


def _wait(process: subprocess.Popen[str], compiler: str, end: float) -> str:
    """Return what a compiler writes to its standard error, once it has ended."""
    try:
        return process.communicate(timeout=min(QUIET_S, end - time.monotonic()))[1]
    except subprocess.TimeoutExpired:
        rest = max(end - time.monotonic(), 0)
    _LOG.warning(
        "gapjunction waits for the compiler %s, for at most %.0f s more; the environment variable "
        "%s=0 does without it.",
        compiler,
        rest,
        SWITCH,
    )
    try:
        return process.communicate(timeout=rest)[1]
    except subprocess.TimeoutExpired:
        raise BuildError(f"{compiler} took more than {LIMIT_S:g} s") from None


def _kill(process: subprocess.Popen[str]) -> None:
    """End a process and those that it started."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)


def _key(compiler: str) -> str:
    """Return a key of everything that the library depends on.

    It includes the processor, because machines of different kinds may share a home directory.
    """
    found = hashlib.sha256()
    for path in (SOURCE, *HEADERS):
        found.update(path.read_bytes())
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
