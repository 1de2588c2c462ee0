"""NEURON from the outside: is it there, compile mechanisms for it, run it."""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .interpreters import python

HERE = Path(__file__).parent
MECHANISMS = HERE / "mechanisms"
BUILT_IN = {"hh", "pas"}
COMPILERS = ("c++", "g++", "clang++")


@functools.cache
def version():
    """Return NEURON's version, or None and why it cannot be used."""
    code = "import neuron; print(neuron.__version__)"
    done = subprocess.run(
        [python("neuron"), "-c", code], capture_output=True, text=True, env=_env()
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return None, f"NEURON cannot be imported ({last[0]}); pip install 'gapjunction[peers]'"
    found = done.stdout.split()[-1]
    if int(found.split(".")[0]) < 9:
        return None, f"NEURON 9 or newer is needed, found {found}"
    return found, ""


def missing(*jobs):
    """Return why jobs cannot run here, or an empty string."""
    found, why = version()
    if found is None or not _need_compiling(jobs):
        return why
    if _nrnivmodl() is None:
        return "NEURON's nrnivmodl is not beside this Python"
    if not os.environ.get("CXX") and not any(map(shutil.which, COMPILERS)):
        return f"no C++ compiler ({', '.join(COMPILERS)}), which NEURON's mechanisms need"
    return ""


@functools.cache
def compiled():
    """Compile the mechanisms of this folder and return the library's path.

    The library is kept in the user's cache, by the text it was made from.
    """
    texts = sorted(MECHANISMS.glob("*.mod"))
    key = hashlib.sha256(f"{version()} {sys.version} {python('neuron')}".encode())
    for path in texts:
        key.update(path.name.encode() + path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gapjunction-test"
    place = cache / f"neuron-{key.hexdigest()[:16]}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Made elsewhere and renamed, so that what is found there is whole.
        with tempfile.TemporaryDirectory(dir=cache) as made:
            for path in texts:
                shutil.copy(path, made)
            command = [python("neuron"), _nrnivmodl()]
            done = subprocess.run(command, cwd=made, capture_output=True, text=True, env=_env())
            if done.returncode:
                raise RuntimeError(f"nrnivmodl failed:\n{done.stdout}\n{done.stderr}")
            try:
                Path(made).rename(place)
            except OSError:
                if not place.exists():
                    raise
                # Another run was first.
    (library,) = place.glob("*/libnrnmech.*")
    return library


def run(jobs):
    """Run jobs (see ``neuron_worker.DEFAULTS``) by name, in one process.

    Returns ``{job: {"t": times in ms, recorded name: samples}}``.
    """
    library = str(compiled()) if _need_compiling(jobs.values()) else None
    with tempfile.TemporaryDirectory() as place:
        task, results = Path(place) / "jobs.json", Path(place) / "results.npz"
        task.write_text(json.dumps({"library": library, "jobs": jobs}))
        command = [python("neuron"), str(HERE / "neuron_worker.py"), str(task), str(results)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place, env=_env())
        if done.returncode:
            raise RuntimeError(f"NEURON failed:\n{done.stdout}\n{done.stderr}")
        found = {name: {} for name in jobs}
        with np.load(results) as file:
            for key in file.files:
                name, what = key.rsplit("/", 1)
                found[name][what] = file[key]
    return found


def _need_compiling(jobs):
    return any(
        set(job["insert"]) - BUILT_IN or (job.get("coupling") or {}).get("by") == "transfer"
        for job in jobs
    )


def _nrnivmodl():
    path = Path(python("neuron")).with_name("nrnivmodl")
    return str(path) if path.exists() else None


def _env():
    # Without it, NEURON looks for a display and warns.
    return os.environ | {"NEURON_MODULE_OPTIONS": "-nogui"}
