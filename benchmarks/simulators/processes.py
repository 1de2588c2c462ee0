"""Which Python runs another simulator, whether it is there, and jobs for it."""

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from environments import peers


@functools.cache
def python(simulator):
    """Return the interpreter of a simulator's own environment, or this one.

    ``make bench-peers`` makes the environments; without them the simulator may be installed here.
    """
    return str(peers()[simulator].python or sys.executable)


@functools.cache
def ask(simulator, code):
    """Return the last line that a program prints in words, or None and why it failed.

    The program is to import the simulator, and to say of it what has to be known.
    """
    # In an empty folder, for no file to be imported in place of the simulator.
    with tempfile.TemporaryDirectory() as place:
        command = [python(simulator), "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        name = peers()[simulator].name
        return None, f"{name} cannot be imported ({last[0]}); pip install 'gapjunction[peers]'"
    return done.stdout.splitlines()[-1].split(), ""


def run(simulator, jobs, script=None):
    """Run jobs by name, in one process; ``NAME_jobs.DEFAULTS`` has what a job may say.

    Jobs of another kind have a script of their own, beside the simulator's worker.
    Returns ``{job: {recorded name: samples}}``.
    """
    peer = peers()[simulator]
    worker = peer.worker if script is None else peer.worker.with_name(script)
    return answers(peer.name, [python(simulator), str(worker)], jobs)


def answers(name, command, jobs):
    """Return what a command answers to jobs, as :func:`run`; ``name`` is for messages."""
    with tempfile.TemporaryDirectory() as place:
        asked, answered = Path(place) / "jobs.json", Path(place) / "results.npz"
        asked.write_text(json.dumps(jobs))
        command = [*command, str(asked), str(answered), "--jobs"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
        if done.returncode:
            raise RuntimeError(f"{name} failed:\n{done.stdout}\n{done.stderr}")
        found = {name: {} for name in jobs}
        with np.load(answered) as file:
            for key in file.files:
                name, what = key.rsplit("/", 1)
                found[name][what] = file[key]
    return found
