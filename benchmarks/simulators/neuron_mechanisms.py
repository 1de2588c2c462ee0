"""NEURON's mechanisms of the folder ``mechanisms``: who needs them, and compiling them.

Imports without NEURON, for what runs jobs to say beforehand why it cannot.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("mechanisms")
BUILT_IN = {"hh", "pas"}
COMPILERS = ("c++", "g++", "clang++")
# Those of the standard library that each mechanism reads, directly or through NEURON's own.
HEADERS = ("functional", "iostream", "memory", "sstream", "string", "tuple", "unordered_map")
HEADERS += ("system_error", "vector")


def needed(job: Mapping[str, Any]) -> bool:
    """Return whether a job of ``neuron_jobs`` needs a compiled mechanism."""
    others = set(job["insert"]) - BUILT_IN
    return bool(others) or (job.get("coupling") or {}).get("by") == "transfer"


def nrnivmodl(python: str) -> Path:
    """Return the script that compiles for the NEURON of an interpreter."""
    return Path(python).with_name("nrnivmodl")


def no_compiler(python: str) -> str:
    """Return why nothing can be compiled for an interpreter's NEURON, or an empty string."""
    if not nrnivmodl(python).exists():
        return "NEURON's nrnivmodl is not beside this Python"
    if not os.environ.get("CXX") and not any(map(shutil.which, COMPILERS)):
        return f"no C++ compiler ({', '.join(COMPILERS)}), which NEURON's mechanisms need"
    return ""


def compile_folder(
    python: str, folder: str | Path, *options: str, env: Mapping[str, str] | None = None
) -> None:
    """Compile the mechanisms in a folder, into the same folder, for an interpreter's NEURON."""
    command = [python, str(nrnivmodl(python)), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError(f"nrnivmodl failed:\n{done.stdout}\n{done.stderr}")


def compile_quickly(python: str, folder: str | Path) -> None:
    """Compile many mechanisms that compute little, in less than half of the time.

    They are not optimised. What remains is mostly the time to read headers, of which those of the
    standard library are read once. A compiler that cannot keep what it has read reads them again.
    """
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, COMPILERS)))
    header = Path(folder, "standard.h")
    header.write_text("".join(f"#include <{name}>\n" for name in HEADERS))
    flags = ["-O0", "-std=c++17", "-fPIC", "-x", "c++-header"]
    keep = [*shlex.split(compiler), *flags, str(header), "-o", f"{header}.gch"]
    subprocess.run(keep, capture_output=True)
    # The compiler runs in a folder inside of this one.
    options = ("-incflags", "-O0 -include ../standard.h")
    compile_folder(python, folder, *options, env={**os.environ, "CXX": compiler})


def compiled(version: str, name: str = "*", core: bool = False) -> Path:
    """Compile mechanisms for this interpreter's NEURON and return the folder of the result.

    It is kept in the user's cache, by the text that it was made from.

    Parameters
    ----------
    version : str
        NEURON's.
    name : str
        The mechanism; by default all.
    core : bool
        Whether CoreNEURON is to have it too.
    """
    texts = sorted(FOLDER.glob(f"{name}.mod"))
    key = hashlib.sha256(f"{version} {sys.version} {sys.prefix} {core}".encode())
    for path in texts:
        key.update(path.name.encode() + path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gapjunction-peers"
    place = cache / f"neuron-{key.hexdigest()[:16]}"
    if place.exists():
        return place
    if why := no_compiler(sys.executable):
        raise RuntimeError(why)
    cache.mkdir(parents=True, exist_ok=True)
    # Made elsewhere and renamed, so that what is found there is whole.
    with tempfile.TemporaryDirectory(dir=cache) as made:
        for path in texts:
            shutil.copy(path, made)
        compile_folder(sys.executable, made, *["-coreneuron"] * core)
        try:
            Path(made).rename(place)
        except OSError:
            # Another run may have been first.
            if not place.exists():
                raise
    return place
