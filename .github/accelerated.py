"""Says whether the accelerator of an installed wheel is in use; fails where it is not."""

import sys

import jax.numpy as jnp
import numpy as np

from gapjunction.kernels import Laplacian, native

print(native.status())
pre, post = np.random.default_rng(0).integers(0, 500, (2, 5000)).astype(np.int32)
w, x = jnp.ones(5000), jnp.sin(jnp.arange(500.0))
rows, edges = (Laplacian(pre, post, (500,), layout=name)(w, x) for name in ("rows", "edges"))
np.testing.assert_allclose(rows, edges, atol=1e-4)
sys.exit("came with the package" not in native.status())
