"""NMODL files compiled for NEURON, many in one library, which costs less than one by one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gapjunction.nmodl import NmodlError
from gapjunction.nmodl._in_neuron import SCRIPT
from gapjunction.nmodl._neuron import prepared, run_jobs

_SUFFIX = re.compile(r"\bSUFFIX\s+(\w+)")
_TOGETHER = 16


class Neuron:
    """NEURON in an environment of its own, and libraries of mechanisms for it.

    Parameters
    ----------
    environment : Path
        A virtual environment in which NEURON is installed.
    folder : Path
        Where libraries are built and kept.
    flags : str
        Of the compiler, whose optimization costs more than what it saves here.
    """

    def __init__(self, environment: Path, folder: Path, flags: str = "-O0") -> None:
        self.flags = flags
        self.python = str(environment / "bin" / "python")
        self.compiler = str(environment / "bin" / "nrnivmodl")
        self.folder = folder
        self.index = folder / "index.json"
        # For each file by its folder's name: the library that has it, or why there is none.
        self.known: dict[str, dict[str, str]] = (
            json.loads(self.index.read_text(encoding="utf-8")) if self.index.exists() else {}
        )

    def version(self) -> str:
        """Return NEURON's name and version."""
        test = [self.python, "-c", "import neuron; print(neuron.__version__)"]
        done = subprocess.run(test, capture_output=True, text=True, check=True)
        return f"NEURON {done.stdout.split()[-1]}"

    def build(self, files: Sequence[Path]) -> None:
        """Compile files, apart from those that were compiled before."""
        waiting = [file for file in files if file.parent.name not in self.known]
        while waiting:
            batch: dict[str, Path] = {}
            for file in waiting:
                if len(batch) < _TOGETHER:
                    batch.setdefault(suffix(file), file)
            waiting = [file for file in waiting if file not in batch.values()]
            self._compile(list(batch.values()))

    def _compile(self, files: list[Path]) -> None:
        library = self.folder / files[0].parent.name
        shutil.rmtree(library, ignore_errors=True)
        library.mkdir(parents=True)
        for file in files:
            # Names of files may clash where those of mechanisms do not.
            _target(library, file).write_text(prepared(file), encoding="utf-8")
            for other in file.parent.iterdir():
                if other != file:
                    shutil.copy(other, library / other.name)
        reason = self._make(library)
        kept = files
        if reason:
            # The compiler went on after the first error: what has an object file is right.
            kept = [x for x in files if list(library.glob(f"*/{_target(library, x).stem}.o"))]
            for file in files:
                if file not in kept:
                    self.known[file.parent.name] = {"reason": _cause(reason, file)}
                    _target(library, file).unlink()
            reason = self._make(library) if kept else ""
        if kept and not reason:
            test = [self.python, "-c", "from neuron import h"]
            loaded = subprocess.run(test, cwd=library, capture_output=True, text=True, timeout=300)
            if loaded.returncode:
                # Mechanisms that each are right may not go together.
                reason = loaded.stderr.strip() or "it does not load"
        if reason and len(kept) > 1:
            half = len(kept) // 2
            self._compile(kept[half:])
            self._compile(kept[:half])
            return
        for file in kept:
            entry = {"reason": _cause(reason, file)} if reason else {"library": library.name}
            self.known[file.parent.name] = entry
        self.index.write_text(json.dumps(self.known, indent=1), encoding="utf-8")

    def _make(self, library: Path) -> str:
        """Compile a folder; return what was wrong, or nothing."""
        command = [self.compiler, "-incflags", self.flags]
        done = subprocess.run(
            command,
            cwd=library,
            capture_output=True,
            text=True,
            timeout=900,
            env={**os.environ, "MAKEFLAGS": "-k"},
        )
        return done.stdout + done.stderr if done.returncode else ""

    def run(self, jobs: Sequence[tuple[Path, dict[str, Any]]]) -> dict[Path, np.ndarray | str]:
        """Return the currents of files, or why there are none; what was run before is kept."""
        found: dict[Path, np.ndarray | str] = {}
        together: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
        for file, job in jobs:
            entry = self.known[file.parent.name]
            if "reason" in entry:
                found[file] = f"it does not compile: {entry['reason']}"
            elif (kept := self._kept(file, job)).exists():
                found[file] = np.load(kept)
            else:
                together.setdefault(entry["library"], []).append((file, job))
        for library, several in together.items():
            for (file, job), answer in zip(several, self._run(library, several), strict=True):
                found[file] = answer
                if not isinstance(answer, str):
                    np.save(self._kept(file, job), answer)
        return found

    def _kept(self, file: Path, job: dict[str, Any]) -> Path:
        text = SCRIPT + json.dumps(job, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.folder / f"{file.parent.name}-{digest[:16]}.npy"

    def _run(
        self, library: str, several: list[tuple[Path, dict[str, Any]]]
    ) -> list[np.ndarray | str]:
        jobs = [job for _, job in several]
        reason = "it ends before all is run"
        try:
            answers = run_jobs(jobs, self.folder / library, self.python)
            if len(answers) == len(jobs):
                return answers
        except (NmodlError, subprocess.TimeoutExpired) as error:
            reason = str(error)
        # One that ends the process must not end the others.
        if len(several) == 1:
            return [reason]
        return [self._run(library, [one])[0] for one in several]


def _target(library: Path, file: Path) -> Path:
    return library / f"m{file.parent.name}.mod"


def _cause(output: str, file: Path) -> str:
    """Return the line of an output that says what is wrong with a file."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [k for k, line in enumerate(lines) if file.parent.name in line and "rror" in line]
    return lines[named[0]] if named else (lines or [""])[-1]


def suffix(file: Path) -> str:
    """Return the name of a file's mechanism."""
    found = _SUFFIX.search(re.sub(r"[:?][^\n]*", "", file.read_text(encoding="latin-1")))
    return found.group(1) if found else file.stem
