"""Settings every test starts from."""

import brainstate
import jax
import pytest
import saiunit as u


@pytest.fixture(autouse=True)
def _fresh_environment():
    brainstate.environ.set(dt=0.1 * u.ms)
    brainstate.random.seed(1)
    yield
    jax.config.update("jax_enable_x64", False)
    brainstate.environ.set(precision=32)


@pytest.fixture
def x64():
    """Run the test in float64."""
    jax.config.update("jax_enable_x64", True)
    brainstate.environ.set(precision=64)


@pytest.fixture(params=[32, 64], ids=["float32", "float64"])
def precision(request):
    """Run the test in both precisions."""
    jax.config.update("jax_enable_x64", request.param == 64)
    brainstate.environ.set(precision=request.param)
    return request.param
