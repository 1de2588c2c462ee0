"""What the benchmark of the classes compares computes one and the same thing."""

import brainpy.state
import brainstate
import numpy as np
import pytest
import saiunit as u

import classes
import gapjunction as gj
import networks


@pytest.mark.filterwarnings("ignore:.*repeat another")
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("batch", [None, 3])
def test_both_libraries_take_the_same_steps(each, batch):
    ids = networks.random(80, 20)
    with brainstate.environ.context(dt=0.1 * u.ms):
        ours, built_in = (
            classes.stepping(library, ids, 80, each, batch, 2000)()
            for library in (gj, brainpy.state)
        )
    assert ours.shape == (80,) if batch is None else (batch, 80)
    start = np.random.default_rng(1).uniform(-80, -40, ours.shape)
    assert np.abs(ours - start).max() > 1
    np.testing.assert_allclose(ours, built_in, atol=1e-3)
