"""Cells with a dendrite in a simulator, from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulators import processes


def run(simulator: str, jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, np.ndarray]]:
    """Run jobs (see ``cables.DEFAULTS``) by name, in one process.

    Returns ``{job: {"V": somata in mV, shape (steps + 1, cells), "seconds": per step, if timed}}``.
    """
    return processes.run(simulator, jobs, f"cables_{simulator}.py")
