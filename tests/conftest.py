"""Settings every test starts from."""

import brainstate
import jax
import pytest
import saiunit as u


def set_precision(bits):
    if jax.config.jax_enable_x64 != (bits == 64):
        # What was traced in one precision is, at times, found again in the other.
        jax.clear_caches()
    jax.config.update("jax_enable_x64", bits == 64)
    brainstate.environ.set(precision=bits)


@pytest.fixture(autouse=True)
def _fresh_environment():
    brainstate.environ.set(dt=0.1 * u.ms)
    brainstate.random.seed(1)
    yield
    set_precision(32)


@pytest.fixture
def x64():
    """Run the test in float64."""
    set_precision(64)


@pytest.fixture(params=[32, 64], ids=["float32", "float64"])
def precision(request):
    """Run the test in both precisions."""
    set_precision(request.param)
    return request.param
