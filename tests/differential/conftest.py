"""Networks are many and small: compiling takes most of their time."""

import jax
import pytest


@pytest.fixture(autouse=True)
def _unoptimised(_fresh_environment):
    jax.config.update("jax_disable_most_optimizations", True)
