"""Cells with a dendrite in a simulator, from the outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from environments import DENDRITES, Peer, peers
from simulators import processes

STACK = """
import platform
from importlib.metadata import version
found = [f"{name} {version(name)}" for name in ("braincell", "jax")]
print(f"Python {platform.python_version()}", *found, sep=", ")
"""


def peer(simulator: str) -> Peer:
    """Return a simulator as the one that runs such cells."""
    return DENDRITES if simulator == DENDRITES.simulator else peers()[simulator]


def run(simulator: str, jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, np.ndarray]]:
    """Run jobs (see ``cables.DEFAULTS``) by name, in one process.

    Returns ``{job: {"V": voltages in mV, "seconds": per step, if timed}}``; the shape of V is
    (steps + 1, cells), or (steps + 1, 2 * cells) where two places of each are recorded.
    """
    if simulator != DENDRITES.simulator:
        return processes.run(simulator, jobs, f"cables_{simulator}.py")
    command = [str(DENDRITES.python or sys.executable), str(DENDRITES.worker)]
    return processes.answers(DENDRITES.name, command, jobs)


def stack() -> str:
    """Return the versions of Python, braincell and JAX that this library's own cells run on."""
    command = [str(DENDRITES.python), "-c", STACK]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
