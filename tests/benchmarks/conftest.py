"""Benchmarks are scripts, not a package: what they import of each other is beside them."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Behind all else: nothing installed is to be hidden by a script's name.
sys.path += [str(BENCHMARKS), str(BENCHMARKS / "simulators")]


@pytest.fixture(scope="session")
def scripts():
    """Return the folder of the benchmarks."""
    return BENCHMARKS
