"""Runs the file in NEURON, if that is installed, in a process and a folder of its own."""

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
from gapjunction.nmodl._in_neuron import SCRIPT, SQUID
from gapjunction.nmodl._model import Model, statements
from gapjunction.nmodl._statements import is_idle
from gapjunction.nmodl._syntax import Solve
from gapjunction.nmodl._tokens import load

_STEP = 0.005  # ms
_PATIENCE = 300  # s


def has_neuron() -> bool:
    """Whether NEURON and its compiler of mechanisms are installed."""
    return importlib.util.find_spec("neuron") is not None and _nrnivmodl() is not None


def _nrnivmodl() -> str | None:
    beside = Path(sys.executable).parent / "nrnivmodl"
    return str(beside) if beside.exists() else shutil.which("nrnivmodl")


def need_compiler() -> str:
    """Return NEURON's compiler of mechanisms, or raise an error if it is not installed."""
    compiler = _nrnivmodl()
    if compiler is None:
        raise NmodlError("NEURON is not installed, so that the file cannot be compared with it.")
    return compiler


def neuron_answers(
    path: str | PathLike[str], made: Model, jobs: Sequence[dict[str, object]]
) -> list[np.ndarray | str]:
    """Return NEURON's results for jobs with one file, or why it does not run them.

    Raises
    ------
    NmodlError
        If NEURON is not installed, or does not compile the file.
    """
    compiler = need_compiler()
    with tempfile.TemporaryDirectory() as folder:
        for file in made.included:
            shutil.copy(Path(path).parent / file, Path(folder, file))
        Path(folder, made.program.file).write_text(prepared(Path(path)), encoding="utf-8")
        Path(folder, "gj_squid_axon.mod").write_text(SQUID, encoding="utf-8")
        compile_files(Path(folder), compiler)
        return run_jobs(jobs, Path(folder), sys.executable)


def clamp_job(
    made: Model,
    values: dict[str, float],
    held: float,
    voltages: Sequence[float],
    times: Sequence[float],
    states: Sequence[str] = (),
) -> dict[str, object]:
    """Return the description of a voltage clamp for NEURON, in types that JSON can hold.

    Its answer has a row for each time and a column for each voltage: of the total current in
    mA/cm2, and then of each state.
    """
    own = {name for name, (ion, _) in made.currents.items() if ion == "nonspecific"}
    suffix = made.program.suffix
    return _job(made, values, [_STEP, _STEP / 2]) | {
        "currents": [f"{x}_{suffix}" if x in own else x for x in made.currents],
        "states": [f"{x}_{suffix}" for x in states],
        "voltages": list(voltages),
        "times": list(times),
        "held": held,
    }


def cell_job(
    made: Model, values: dict[str, float], start: float, onset: float, step: float, samples: int
) -> dict[str, object]:
    """Return the description of a spiking cell for NEURON, without the density of its current.

    Its answer is the voltage at every multiple of a step, from 0 on.
    """
    return _job(made, values, [_STEP]) | {
        "start": start,
        "onset": onset,
        "step": step,
        "samples": samples,
    }


def _job(made: Model, values: dict[str, float], steps: list[float]) -> dict[str, object]:
    """Return the mechanism and its values."""
    outside = {*made.reversals, *made.concentrations, "celsius"}
    own_parameters = made.program.parameters.keys() - outside
    return {
        "suffix": made.program.suffix,
        "celsius": values["celsius"],
        # The first time step that works is used; None is for steps that NEURON chooses.
        "dt": [*([[None]] if _is_smooth(made) else []), steps],
        "parameters": {key: values[key] for key in made.parameters}
        | {key: x for key, x in made.overridden.items() if key in own_parameters},
        "ions": {key: values[key] for key in (*made.reversals, *made.concentrations)},
    }


def _is_smooth(made: Model) -> bool:
    """Whether NEURON's solver can choose the steps, because the file writes no step by hand.

    With fixed steps NEURON has errors of some percent where a time constant is as short as a step;
    with ``cnexp`` as well, if a procedure of the file computes the derivative.
    """
    block = made.program.blocks.get("BREAKPOINT")
    solves = [x for x in statements(block.body) if isinstance(x, Solve)] if block else []
    kinds = {made.program.blocks[x.block].kind for x in solves}
    return bool(kinds) and "PROCEDURE" not in kinds


def prepared(path: Path) -> str:
    """Return the text of a file for NEURON 9.

    Nonspecific currents are added to RANGE, so that they can be read. Blocks of C that do nothing
    are left out: version 9 compiles them as C++, which does not let a block return a number.
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
    """Return the results of jobs, with the library of a folder, or an error as text."""
    out = _run([python, "-c", SCRIPT], folder, json.dumps(list(jobs)))
    lines = [x.removeprefix("RESULT") for x in out.splitlines() if x.startswith("RESULT")]
    return [_refined(json.loads(line)) for line in lines]


def _refined(answer: str | list[object]) -> np.ndarray | str:
    if isinstance(answer, str):
        return answer
    every = np.array(answer, float)
    # NEURON's methods with fixed steps are of first order: the error halves with the step.
    return (every[0] if len(every) == 1 else 2 * every[1] - every[0]).T


def _run(command: list[str], folder: Path, text: str) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, input=text, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        raise NmodlError(f"NEURON does not run it within {_PATIENCE} s.") from error
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NmodlError(f"NEURON does not run it: {' '.join(reason)}")
    return done.stdout
