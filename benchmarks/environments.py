"""Make the environments of the other simulators, each its own, under ``.venv-bench``.

``python benchmarks/environments.py [NAME ...]`` installs from PyPI; one that cannot be installed
is named with pip's last words, and does not keep the others from being made.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from run_all import constants

HERE = Path(__file__).parent
WORKERS = HERE / "simulators"
PLACE = HERE.parent / ".venv-bench"


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
        """NAME, PACKAGES, VARIANTS, THREADS and EQUATIONS."""
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


def peers() -> dict[str, Peer]:
    """Return all simulators, this library first."""
    found = [Peer(worker) for worker in sorted(WORKERS.glob("*_worker.py"))]
    found.sort(key=lambda peer: (bool(peer.constants["PACKAGES"]), peer.key != "gapjunction"))
    return {peer.key: peer for peer in found}


def make(peer: Peer) -> str:
    """Make an environment anew; return nothing, or why it could not be made."""
    steps = {
        "venv": [sys.executable, "-m", "venv", "--clear", str(peer.home)],
        "pip": [str(peer.home / "bin" / "python"), "-m", "pip", "install", "--quiet"],
        "import": [str(peer.home / "bin" / "python"), str(peer.worker), "--help"],
    }
    steps["pip"] += peer.constants["PACKAGES"]
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
    known = {key: peer for key, peer in peers().items() if peer.constants["PACKAGES"]}
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
