"""What the benchmarks of coupling compare computes one and the same thing."""

import jax.numpy as jnp
import numpy as np
import pytest

import networks
from gapjunction.kernels import Laplacian


@pytest.mark.parametrize("name", ["random", "local", "shuffled", "grid", "complete"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_the_three_ways_agree(name, batch, x64):
    ids, n = {
        "random": (networks.random(50, 4), 50),
        "local": (networks.local(50, 4, False), 50),
        "shuffled": (networks.local(50, 4, True), 50),
        "grid": (networks.grid(7), 49),
        "complete": (networks.complete(20), 20),
    }[name]
    rng = np.random.default_rng(0)
    w, v = rng.random(len(ids[0])), rng.normal(size=(*batch, n))
    ours = Laplacian(*ids, (n,))(jnp.asarray(w), jnp.asarray(v))
    np.testing.assert_allclose(networks.built_in(ids)(w, jnp.asarray(v)), ours, atol=1e-12)
    np.testing.assert_allclose((networks.scipy_matrix(ids, w, n) @ v.T).T, ours, atol=1e-12)


def test_shapes_of_graphs():
    assert len(networks.random(100, 20)[0]) == 1000
    pre, post = networks.local(100, 4, False)
    assert set(np.unique((post - pre) % 100)) == {1, 2, 3, 4}
    assert len(networks.grid(256)[0]) == 2 * 256 * 255
    assert len(networks.complete(5)[0]) == 10


def test_stepping_takes_the_steps():
    ids = networks.random(20, 4)
    w, v = jnp.full(40, 0.5), jnp.arange(20.0)
    current = networks.built_in(ids)
    want = v
    for _ in range(3):
        want = want + 1e-4 * current(w, want)
    np.testing.assert_allclose(networks.stepping(current, w, v, 3)(), want, rtol=1e-6)
