"""NEST from the outside: is it there, run it."""

import functools
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .interpreters import python

HERE = Path(__file__).parent


@functools.cache
def version():
    """Return NEST's version, or None and why it cannot be used."""
    code = "import nest; print(nest.__version__, nest.build_info['have_gsl'])"
    # Not in this folder's parent, where an import could find something else of that name.
    with tempfile.TemporaryDirectory() as place:
        command = [python("nest"), "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return None, f"NEST cannot be imported ({last[0]}); pip install nest-simulator"
    # A banner comes before.
    found, gsl = done.stdout.split()[-2:]
    if tuple(map(int, found.split(".")[:2])) < (3, 10):
        return None, f"NEST 3.10 or newer is needed, found {found}"
    if gsl != "True":
        return None, f"NEST {found} was built without GSL, which its cells with gap junctions need"
    return found, ""


def missing():
    """Return why jobs cannot run here, or an empty string."""
    return version()[1]


def run(jobs):
    """Run jobs (see ``nest_worker.DEFAULTS``) by name, in one process.

    Returns ``{job: {"V": samples in mV, "m": of a gate, ...}}``, of shape (samples, cells).
    """
    with tempfile.TemporaryDirectory() as place:
        task, results = Path(place) / "jobs.json", Path(place) / "results.npz"
        task.write_text(json.dumps(jobs))
        command = [python("nest"), str(HERE / "nest_worker.py"), str(task), str(results)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
        if done.returncode:
            raise RuntimeError(f"NEST failed:\n{done.stdout}\n{done.stderr}")
        found = {name: {} for name in jobs}
        with np.load(results) as file:
            for key in file.files:
                name, what = key.rsplit("/", 1)
                found[name][what] = file[key]
    return found
