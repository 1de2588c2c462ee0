"""Settings every test starts from, and where the code is that tests share with the benchmarks."""

import sys
from pathlib import Path

import brainstate
import jax
import pytest
import saiunit as u

# Behind all else: nothing installed is to be hidden by a script's name.
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))


def set_precision(bits):
    if jax.config.jax_enable_x64 != (bits == 64):
        # What was traced in one precision is, at times, found again in the other.
        jax.clear_caches()
    jax.config.update("jax_enable_x64", bits == 64)
    brainstate.environ.set(precision=bits)


def _bits(item):
    """Return the precision that a test asks for by its fixtures."""
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "precision" in callspec.params:
        return callspec.params["precision"]
    return 64 if "x64" in getattr(item, "fixturenames", ()) else 32


def pytest_collection_modifyitems(items):
    # One switch in a run: each costs all compiled code, and JAX at times finds the old.
    items.sort(key=_bits)


@pytest.fixture(autouse=True)
def _fresh_environment(request):
    set_precision(_bits(request.node))
    brainstate.environ.set(dt=0.1 * u.ms)
    brainstate.random.seed(1)


@pytest.fixture
def x64():
    """Run the test in float64."""


@pytest.fixture(params=[32, 64], ids=["float32", "float64"])
def precision(request):
    """Run the test in both precisions."""
    return request.param
