"""Cells with a dendrite in a simulator, from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulators import processes


def run(simulator: str, jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, np.ndarray]]:
    """Run jobs (see ``cables.DEFAULTS``) by name, in one process.

    Returns ``{job: {"V": voltages in mV, "seconds": per step, if timed}}``; the shape of V is
    (steps + 1, cells), or (steps + 1, 2 * cells) where two places of each are recorded.
    """
    return processes.run(simulator, jobs, f"cables_{simulator}.py")
