"""Make the environments of the other simulators, each its own, under ``.venv-bench``.

``python benchmarks/environments.py [NAME ...]`` installs from PyPI; one that cannot be installed
is named with pip's last words, and does not keep the others from being made.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from run_all import constants

HERE = Path(__file__).parent
WORKERS = HERE / "simulators"
CHECKOUT = HERE.parent
PLACE = CHECKOUT / ".venv-bench"
SECOND = CHECKOUT / ".venv-second"
"""Where ``.ci/run`` has the library with the newest releases of what it needs."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """A simulator, as the constants of its worker describe it.

    Parameters
    ----------
    worker : Path
        The script; it runs in the simulator's environment.
    """

    worker: Path

    @property
    def key(self) -> str:
        """What it is called on the command line."""
        return self.worker.stem.removesuffix("_worker")

    @functools.cached_property
    def constants(self) -> dict[str, Any]:
        """NAME, PACKAGES, VARIANTS, THREADS and EQUATIONS, and OLDEST where not any Python does."""
        return constants(self.worker)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.constants["NAME"]

    @property
    def about(self) -> str:
        """The first line of the worker's docstring."""
        text = ast.get_docstring(ast.parse(self.worker.read_text(encoding="utf-8"))) or ""
        return text.split("\n")[0].partition(": ")[2] or text.split("\n")[0]

    @property
    def home(self) -> Path:
        """Where its environment is, or would be."""
        return PLACE / self.key

    @property
    def python(self) -> Path | None:
        """Its interpreter: this one if it needs nothing more; None if it is not installed."""
        if not self.constants["PACKAGES"]:
            return Path(sys.executable)
        return self.home / "bin" / "python" if (self.home / "made").exists() else None

    @property
    def own_packages(self) -> list[str]:
        """What its environment gets of this checkout, as pip's arguments."""
        return []

    @property
    def oldest(self) -> tuple[int, int]:
        """The oldest Python for which there is what it needs."""
        found: tuple[int, int] = self.constants.get("OLDEST", (3, 11))
        return found


@dataclasses.dataclass(frozen=True)
class Releases(Peer):
    """This library with releases of other packages that need not be those of this environment.

    It runs where they are: here, in its own environment, or in that of the newest releases.

    Parameters
    ----------
    simulator : str
        The simulator whose place it takes.
    """

    simulator: str = "gapjunction"

    @property
    def python(self) -> Path | None:
        """The first interpreter that has the releases; None if there is none."""
        if all(map(is_here, self.constants["PACKAGES"])):
            return Path(sys.executable)
        made = [home for home in (self.home, SECOND) if (home / "made").exists()]
        return made[0] / "bin" / "python" if made else None

    @property
    def own_packages(self) -> list[str]:
        """The library, as it is in the checkout at any time."""
        return ["--editable", str(CHECKOUT)]


DENDRITES = Releases(WORKERS / "cables_gapjunction.py")
"""This library on cells with dendrites."""


def is_here(requirement: str) -> bool:
    """Return whether this environment has a package in a version that is asked for."""
    wanted = Requirement(requirement)
    try:
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def peers() -> dict[str, Peer]:
    """Return all simulators, this library first."""
    found = [Peer(worker) for worker in sorted(WORKERS.glob("*_worker.py"))]
    found.sort(key=lambda peer: (bool(peer.constants["PACKAGES"]), peer.key != "gapjunction"))
    return {peer.key: peer for peer in found}


def interpreter(oldest: tuple[int, int]) -> str | None:
    """Return an interpreter that is new enough: this one, or the first other one that starts."""
    if sys.version_info[:2] >= oldest:
        return sys.executable
    return next(filter(starts, _others(oldest)), None)


def _others(oldest: tuple[int, int]) -> Iterator[str]:
    """Yield where interpreters may be, those first that the library is tested with."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in (found for found in (13, 12, 14) if found >= oldest[1]):
        yield f"python3.{minor}"
        yield from map(str, sorted(pyenv.glob(f"3.{minor}.*/bin/python3")))
        yield f"/usr/bin/python3.{minor}"


def starts(python: str) -> bool:
    """Return whether an interpreter runs: a shim may be there for one that is not."""
    try:
        done = subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True)
    except OSError:
        return False
    return not done.returncode


def make(peer: Peer) -> str:
    """Make an environment anew; return nothing, or why it could not be made."""
    base = interpreter(peer.oldest)
    if base is None:
        return "it needs Python {}.{} or newer, which is not on this machine".format(*peer.oldest)
    steps = {
        "venv": [base, "-m", "venv", "--clear", str(peer.home)],
        "pip": [str(peer.home / "bin" / "python"), "-m", "pip", "install", "--quiet"],
        "import": [str(peer.home / "bin" / "python"), str(peer.worker), "--help"],
    }
    steps["pip"] += [*peer.constants["PACKAGES"], *peer.own_packages]
    for what, command in steps.items():
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(peer.home, ignore_errors=True)
            said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
            errors = [line for line in said if line.startswith("ERROR")]
            return f"{what}: {(errors or said)[-1]}"
    (peer.home / "made").touch()
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make those that are not there yet; return how many could not be made."""
    every = [*peers().values(), DENDRITES]
    known = {peer.key: peer for peer in every if peer.constants["PACKAGES"]}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--anew", action="store_true", help="also those that are there")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(known):
        parser.error(f"NAME must be one of {', '.join(known)}, got {', '.join(sorted(unknown))}")
    failed = 0
    for key in options.names or known:
        peer = known[key]
        if peer.python is not None and not options.anew:
            print(f"{peer.name}: is there")
            continue
        print(f"{peer.name}: installing {' '.join(peer.constants['PACKAGES'])} ...", flush=True)
        if why := make(peer):
            failed += 1
            print(f"{peer.name}: left out, {why}")
        else:
            print(f"{peer.name}: done")
    return failed


if __name__ == "__main__":
    main()
