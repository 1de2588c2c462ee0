"""Benchmarks are scripts, not a package: what they import of each other is beside them."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Workers are run by themselves, and have the folder that they are in on their path.
sys.path.append(str(BENCHMARKS / "simulators"))


@pytest.fixture(scope="session")
def scripts():
    """Return the folder of the benchmarks."""
    return BENCHMARKS
