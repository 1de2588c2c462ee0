"""The file in NEURON, where it is installed: in a process and a folder of its own."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._model import Model, statements
from gapjunction.nmodl._statements import is_idle
from gapjunction.nmodl._syntax import Solve
from gapjunction.nmodl._tokens import load

_STEP = 0.005  # ms
# The capacitance is so large that the mechanism's current does not move the voltage.
SCRIPT = """
import json, sys
from neuron import h
h.load_file("stdrun.hoc")
h("proc advance_by() { local k for k = 1, $1 { fadvance() } }")
solver = h.CVode()
solver.atol(1e-14)
solver.rtol(1e-9)
def globals_of(suffix):
    every, name = h.MechanismStandard(suffix, -1), h.ref("")
    names = [name[0] for k in range(int(every.count())) if every.name(name, k) == 1]
    return {x: getattr(h, x) for x in names}
def answer(job):
    h.celsius = job["celsius"]
    try:
        setattr(h, "usetable_" + job["suffix"], 0)
    except (AttributeError, LookupError):
        pass
    probe = h.Section()
    probe.insert(job["suffix"])
    for name, value in job["parameters"].items():
        name += "_" + job["suffix"]
        if not hasattr(probe(0.5), name):
            setattr(h, name, value)
    h.delete_section(sec=probe)
    shared = globals_of(job["suffix"])
    for steps in job["dt"]:
        try:
            return [[column(job, shared, v, dt) for v in job["voltages"]] for dt in steps]
        except RuntimeError as error:
            # Its text alone: the error itself would keep the section, and spoil what comes later.
            reason = str(error)
    raise RuntimeError(reason)
def column(job, shared, v, dt):
    # INITIAL may read what an earlier run left: each has variables that are as new.
    section = h.Section()
    section.insert(job["suffix"])
    for name, value in shared.items():
        setattr(h, name, value)
    segment = section(0.5)
    section.cm = 1e12
    for name, value in job["parameters"].items():
        name += "_" + job["suffix"]
        if hasattr(segment, name):
            setattr(segment, name, value)
    for name, value in job["ions"].items():
        setattr(segment, name, value)
    # The solver computes rates at another voltage before INITIAL, so that it is off until later.
    solver.active(0)
    if dt is not None:
        h.dt = dt
    h.finitialize(job["held"])
    for name, value in job["ions"].items():
        setattr(segment, name, value)
    segment.v = v
    if dt is None:
        solver.active(1)
        solver.re_init()
    found, done = [], 0
    for time in job["times"]:
        if dt is None:
            solver.solve(time)
        else:
            h.advance_by(round(time / dt) - done)
            done = round(time / dt)
        h.fcurrent()
        found.append(sum(getattr(segment, name) for name in job["currents"]))
    h.delete_section(sec=section)
    return found
for job in json.loads(sys.stdin.read()):
    try:
        print("RESULT" + json.dumps(answer(job)), flush=True)
    except Exception as error:
        print("RESULT" + json.dumps(str(error)), flush=True)
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
) -> np.ndarray:
    """Return the total current in mA/cm2, a row for each time and a column for each voltage."""
    compiler = _nrnivmodl()
    if compiler is None:
        raise NmodlError("NEURON is not installed, so that the file cannot be compared with it.")
    job = clamp_job(made, values, held, voltages, times)
    with tempfile.TemporaryDirectory() as folder:
        for file in made.included:
            shutil.copy(Path(path).parent / file, Path(folder, file))
        Path(folder, made.program.file).write_text(prepared(Path(path)), encoding="utf-8")
        compile_files(Path(folder), compiler)
        (found,) = run_jobs([job], Path(folder), sys.executable)
    if isinstance(found, str):
        raise NmodlError(f"NEURON does not run it: {found}", file=Path(path).name)
    return found


def clamp_job(
    made: Model,
    values: dict[str, float],
    held: float,
    voltages: Sequence[float],
    times: Sequence[float],
) -> dict[str, object]:
    """Return what NEURON is to do, as JSON can hold it."""
    suffix = made.program.suffix
    outside = {*made.reversals, *made.concentrations, "celsius"}
    own_parameters = made.program.parameters.keys() - outside
    own = {name for name, (ion, _) in made.currents.items() if ion == "nonspecific"}
    return {
        "suffix": suffix,
        "celsius": values["celsius"],
        # The first that works; None is for steps that NEURON chooses.
        "dt": [*([[None]] if _is_smooth(made) else []), [_STEP, _STEP / 2]],
        "parameters": {key: values[key] for key in made.parameters}
        | {key: x for key, x in made.overridden.items() if key in own_parameters},
        "ions": {key: values[key] for key in (*made.reversals, *made.concentrations)},
        "currents": [f"{x}_{suffix}" if x in own else x for x in made.currents],
        "voltages": list(voltages),
        "times": list(times),
        "held": held,
    }


def _is_smooth(made: Model) -> bool:
    """Whether NEURON's solver is to choose the steps: where a file does not write them out.

    Its fixed steps have errors of some percent where a time constant is as short as a step, with
    cnexp, too, where the file computes the derivative in a procedure.
    """
    block = made.program.blocks.get("BREAKPOINT")
    solves = [x for x in statements(block.body) if isinstance(x, Solve)] if block else []
    kinds = {made.program.blocks[x.block].kind for x in solves}
    return bool(kinds) and "PROCEDURE" not in kinds


def prepared(path: Path) -> str:
    """Return the text of a file for NEURON 9.

    Nonspecific currents are in RANGE, so that they are shown. C that does nothing is left out: C++,
    which version 9 takes it for, does not let a block return a number.
    """
    text = re.sub(
        r"\bVERBATIM\b(.*?)\bENDVERBATIM\b",
        lambda m: "" if is_idle(m.group(1)) and "_ion_" not in m.group(1) else m.group(),
        load(path),
        flags=re.DOTALL,
    )
    bare = re.sub(r"[:?][^\n]*", "", text)
    own, shown = (_listed(word, bare) for word in ("NONSPECIFIC_CURRENT", "RANGE"))
    hidden = [name for name in own if name not in shown]
    added = f" RANGE {', '.join(hidden)}\n" if hidden else ""
    return re.sub(r"\bNEURON\s*\{", lambda m: m.group() + added, text, count=1)


def _listed(word: str, text: str) -> list[str]:
    """Return the names after a word of NEURON { }."""
    lists = re.findall(rf"\b{word}\s+(\w+(?:\s*,\s*\w+)*)", text)
    return [name for names in lists for name in re.findall(r"\w+", names)]


def compile_files(folder: Path, compiler: str) -> None:
    """Compile all NMODL files of a folder to a library in it."""
    _run([compiler], folder, "")


def run_jobs(
    jobs: Sequence[dict[str, object]], folder: Path, python: str
) -> list[np.ndarray | str]:
    """Return the total current of jobs, with the library of a folder, or what is wrong.

    A row is for a time, a column for a voltage.
    """
    out = _run([python, "-c", SCRIPT], folder, json.dumps(list(jobs)))
    lines = [x.removeprefix("RESULT") for x in out.splitlines() if x.startswith("RESULT")]
    return [_refined(json.loads(line)) for line in lines]


def _refined(answer: str | list[object]) -> np.ndarray | str:
    if isinstance(answer, str):
        return answer
    every = np.array(answer, float)
    # Its methods of fixed steps are of first order, whose error halves with the step.
    return (every[0] if len(every) == 1 else 2 * every[1] - every[0]).T


def _run(command: list[str], folder: Path, text: str) -> str:
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NmodlError(f"NEURON does not run it: {' '.join(reason)}")
    return done.stdout
