"""Batches, networks in space, lattices and complete graphs.

Timed are loops of nothing but the coupling, in float32. Three forms are compared: that of
brainpy.state on plain arrays, the memory layout that the library chooses, and the product with a
sparse matrix (CSR) of SciPy, on one thread. For the network in space, SciPy's matrix always has
the cells numbered along space, also where the other two have them numbered at random.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

import harness
import networks
from gapjunction.kernels import Laplacian
from tables import Table

QUESTION = "How much faster is the coupling of batches and of networks with a structure?"
CASES = {
    "batch of 16": (20_000, lambda: networks.random(20_000, 20), True, 16, None),
    "batch of 64": (1_000, lambda: networks.random(1_000, 20), True, 64, None),
    "in space, numbered at random": (
        100_000,
        lambda: networks.local(100_000, 40, True),
        True,
        1,
        lambda: networks.local(100_000, 40, False),
    ),
    "in space, numbered along it": (
        100_000,
        lambda: networks.local(100_000, 40, False),
        True,
        1,
        None,
    ),
    "grid of 256 x 256": (65_536, lambda: networks.grid(256), False, 1, None),
    "grid, a conductance each": (65_536, lambda: networks.grid(256), True, 1, None),
    "small and dense": (100, lambda: networks.random(100, 20), True, 1, None),
    "all to all": (4_096, lambda: networks.complete(4_096), False, 1, None),
}


def row(
    name: str,
    n: int,
    make: Callable[[], networks.Ids],
    each: bool,
    batch: int,
    for_scipy: Callable[[], networks.Ids] | None,
    timing: dict[str, float],
) -> dict[str, object]:
    """Return one case's results."""
    ids, rng = make(), np.random.default_rng(1)
    w = jnp.asarray(rng.random(len(ids[0])) if each else 0.5, jnp.float32)
    v = jnp.asarray(rng.random((batch, n) if batch > 1 else n), jnp.float32)
    operator = Laplacian(*ids, (n,))
    steps = networks.steps_for(ids, batch)
    matrix = networks.scipy_matrix(for_scipy() if for_scipy else ids, np.asarray(w), n)
    columns = np.ascontiguousarray(np.asarray(v).T)

    def scipy() -> None:
        for _ in range(steps):
            matrix @ columns

    times = harness.paired(
        {
            "built-in": networks.stepping(networks.built_in(ids), w, v, steps),
            "ours": networks.stepping(operator, w, v, steps),
            "SciPy": scipy,
        },
        **{"rounds": 7, **timing},
    )
    low, high = times.spread("ours")
    return {
        "network": name,
        "N": n,
        "edges": len(ids[0]),
        "built-in, us": 1e6 * times.median("built-in") / steps,
        "ours, us": 1e6 * times.median("ours") / steps,
        "SciPy, us": 1e6 * times.median("SciPy") / steps,
        "layout": operator.layout(w.shape).name,
        "speed-up": times.speedup("ours"),
        "quartiles": f"{low:.3g} to {high:.3g}",
        "over SciPy": times.speedup("ours", over="SciPy"),
    }


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table."""
    chosen = ("batch of 64", "small and dense") if options.quick else CASES
    rows = [row(name, *CASES[name], options.timing) for name in chosen]
    return [Table("Coupling alone, float32: time per step of all members of a batch", rows)]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
