"""The file in NEURON, where it is installed: in a process and a folder of its own."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._model import Model

_STEP = 0.005  # ms
# A capacitance so large that the mechanism's current does not move the voltage.
_SCRIPT = """
import json, sys
from neuron import h
job = json.loads(sys.stdin.read())
h.load_file("stdrun.hoc")
h.celsius = job["celsius"]
section = h.Section()
section.insert(job["suffix"])
segment = section(0.5)
section.cm = 1e9
try:
    setattr(h, "usetable_" + job["suffix"], 0)
except (AttributeError, LookupError):
    pass
for name, value in job["parameters"].items():
    setattr(segment, name + "_" + job["suffix"], value)
for name, value in job["ions"].items():
    setattr(segment, name, value)
def total():
    return sum(getattr(segment, name) for name in job["currents"])
def column(v, dt):
    h.dt = dt
    h.finitialize(job["held"])
    for name, value in job["ions"].items():
        setattr(segment, name, value)
    segment.v = v
    found, done = [], 0
    for time in job["times"]:
        while done < round(time / h.dt):
            h.fadvance()
            segment.v = v
            done += 1
        h.fcurrent()
        found.append(total())
    return found
print("RESULT" + json.dumps([[column(v, dt) for v in job["voltages"]] for dt in job["dt"]]))
"""


def has_neuron() -> bool:
    """Whether NEURON and its compiler of mechanisms are here."""
    return importlib.util.find_spec("neuron") is not None and _nrnivmodl() is not None


def _nrnivmodl() -> str | None:
    beside = Path(sys.executable).parent / "nrnivmodl"
    return str(beside) if beside.exists() else shutil.which("nrnivmodl")


def neuron_currents(
    path: str | PathLike[str],
    made: Model,
    values: dict[str, float],
    held: float,
    voltages: Sequence[float],
    times: Sequence[float],
    *,
    python: str = sys.executable,
    compiler: str | None = None,
) -> np.ndarray:
    """Return the total current in mA/cm2, a row for each time and a column for each voltage."""
    compiler = compiler or _nrnivmodl()
    if compiler is None:
        raise NmodlError("NEURON is not installed, so that the file cannot be compared with it.")
    suffix = made.program.suffix
    own = {name for name, (ion, _) in made.currents.items() if ion == "nonspecific"}
    if hidden := sorted(own - made.program.ranges):
        raise NmodlError(f"{hidden[0]} is not in RANGE, so that NEURON does not show it.")
    job = {
        "suffix": suffix,
        "celsius": values["celsius"],
        "dt": [_STEP, _STEP / 2],
        "parameters": {key: values[key] for key in made.parameters},
        "ions": {key: values[key] for key in (*made.reversals, *made.concentrations)},
        "currents": [f"{x}_{suffix}" if x in own else x for x in made.currents],
        "voltages": list(voltages),
        "times": list(times),
        "held": held,
    }
    with tempfile.TemporaryDirectory() as folder:
        for file in {made.program.file, *made.included}:
            shutil.copy(Path(path).parent / file, Path(folder, file))
        commands = (([compiler], None), ([python, "-c", _SCRIPT], json.dumps(job)))
        for command, text in commands:
            done = subprocess.run(
                command, cwd=folder, input=text, capture_output=True, text=True, timeout=300
            )
            if done.returncode:
                reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                raise NmodlError(
                    f"NEURON does not run it: {' '.join(reason)}", file=Path(path).name
                )
    answer = next(x for x in done.stdout.splitlines() if x.startswith("RESULT"))
    coarse, fine = np.array(json.loads(answer.removeprefix("RESULT")), float)
    # Most of its methods are of first order, whose error halves with the step.
    return (2 * fine - coarse).T
