"""What the benchmarks share: graphs, and the coupling of brainpy.state on plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp

Ids = tuple[np.ndarray, np.ndarray]
Coupling = Callable[[jax.Array, jax.Array], jax.Array]


def random(n: int, degree: int, seed: int = 0) -> Ids:
    """Return the ends of n * degree / 2 edges between cells drawn at random."""
    pre, post = np.random.default_rng(seed).integers(0, n, (2, n * degree // 2), dtype=np.int32)
    return pre, post


def local(n: int, degree: int, shuffled: bool, seed: int = 0) -> Ids:
    """Return edges to cells nearby on a circle, numbered along it or at random."""
    rng = np.random.default_rng(seed)
    pre = rng.integers(0, n, n * degree // 2)
    post = (pre + rng.integers(1, degree + 1, len(pre))) % n
    number = rng.permutation(n) if shuffled else np.arange(n)
    return number[pre].astype(np.int32), number[post].astype(np.int32)


def grid(side: int) -> Ids:
    """Return edges between neighbours in a square."""
    cell = np.arange(side * side, dtype=np.int32).reshape(side, side)
    pre = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    return pre, np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])


def complete(n: int) -> Ids:
    """Return all pairs."""
    pre, post = np.triu_indices(n, 1)
    return pre.astype(np.int32), post.astype(np.int32)


def built_in(ids: Ids) -> Coupling:
    """Return what a population gets from brainpy.state's symmetric junction, on plain arrays."""
    pre, post = ids

    def current(w: jax.Array, v: jax.Array) -> jax.Array:
        flow = (v[..., pre] - v[..., post]) * w
        into_post = jnp.zeros_like(v).at[..., post].add(flow)
        return into_post - jnp.zeros_like(v).at[..., pre].add(flow)

    return current


def scipy_matrix(ids: Ids, w: Any, n: int) -> sp.csr_array:
    """Return minus the Laplacian, for SciPy's product."""
    pre, post = ids
    rows, cols = np.concatenate([pre, post]), np.concatenate([post, pre])
    weights = np.broadcast_to(w, (2, len(pre))).ravel()
    between = sp.coo_array((weights, (rows, cols)), shape=(n, n)).tocsr()
    return (between - sp.diags_array(between.sum(axis=1))).tocsr().astype(weights.dtype)


def stepping(current: Coupling, w: jax.Array, v: jax.Array, steps: int) -> Callable[[], jax.Array]:
    """Return a function that takes steps with nothing in them but the coupling."""

    @jax.jit
    def run(w: jax.Array, v: jax.Array) -> jax.Array:
        def step(v: jax.Array, _: Any) -> tuple[jax.Array, None]:
            return v + 1e-4 * current(w, v), None

        return jax.lax.scan(step, v, None, length=steps)[0]

    return lambda: run(w, v)


def steps_for(ids: Ids, batch: int = 1, edges: float = 2e8) -> int:
    """Return so many steps that a run is through about this number of edges.

    Enough for what is done once in a loop, such as laying out conductances, not to count.
    """
    return int(np.clip(edges / (len(ids[0]) * batch), 10, 2000))
