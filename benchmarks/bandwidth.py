"""How near each layout comes to the bandwidth of the memory, on whatever device JAX runs.

The bandwidth is that of a copy of a large array. A layout has to read, for each entry, the number
of a cell, a conductance and a voltage; a product whose time is that of reading these once from
memory has a share of 1, and voltages that stay in a cache allow more. Each product is computed
twice, and the results are compared bit by bit. Beside them is the product of the same matrix in
compressed rows by JAX, which is cuSPARSE's on a GPU. All takes less than eight minutes.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

# cuSPARSE is used where it is there; the setting is read when JAX is imported.
os.environ.setdefault("JAX_BCOO_CUSPARSE_LOWERING", "1")

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import sparse

import harness
import networks
from gapjunction.kernels import Laplacian
from tables import Table

QUESTION = "How near does each layout come to the bandwidth of the memory, and is it reproducible?"
BUDGET_S = 400.0
LAYOUTS = ("edges", "rows", "padded")


def hub(n: int, degree: int) -> networks.Ids:
    """Return random edges, and a cell to which every tenth other is joined."""
    pre, post = networks.random(n, degree)
    others = np.arange(1, n, 10, dtype=np.int32)
    return np.concatenate([pre, np.zeros_like(others)]), np.concatenate([post, others])


def graphs(quick: bool) -> dict[str, tuple[networks.Ids, int]]:
    """Return networks by name, with their numbers of cells."""
    if quick:
        return {"random": (networks.random(2_000, 20), 2_000)}
    return {
        "random": (networks.random(100_000, 20), 100_000),
        "random, large": (networks.random(1_000_000, 20), 1_000_000),
        "in space, shuffled": (networks.local(100_000, 40, True), 100_000),
        "with a hub": (hub(100_000, 20), 100_000),
    }


def copied(bits: int, quick: bool) -> float:
    """Return the bytes per second at which a large array is read and written."""
    n = 1_000_000 if quick else 64_000_000
    x = jnp.ones(n, jnp.result_type(float))
    times = harness.paired({"copy": jax.jit(lambda: x + 1)}, rounds=5)
    return 2 * n * bits // 8 / times.median("copy")


def compressed(ids: networks.Ids, w: Any, n: int, steps: int) -> Callable[[jax.Array], jax.Array]:
    """Return steps with the product of the same matrix in compressed rows."""
    matrix = sparse.BCSR.from_scipy_sparse(networks.scipy_matrix(ids, np.asarray(w), n))

    @jax.jit
    def run(v: jax.Array) -> jax.Array:
        step: Any = lambda v, _: (v + 1e-4 * (matrix @ v), None)  # noqa: E731
        return jax.lax.scan(step, v, None, length=steps)[0]

    return run


def rows_of(name: str, ids: networks.Ids, n: int, bits: int, options: Any) -> list[dict[str, Any]]:
    """Return the results of one network."""
    rng = np.random.default_rng(1)
    dtype = jnp.result_type(float)
    w, v = (jnp.asarray(rng.random(size), dtype) for size in (len(ids[0]), n))
    steps = networks.steps_for(ids, edges=2e7 if options.quick else 2e8)
    ways: dict[str, Any] = {}
    for layout in LAYOUTS:
        if layout == "padded" and name == "with a hub":
            # It would fill memory with padding.
            continue
        operator = Laplacian(*ids, (n,), layout=layout)
        ways[layout] = networks.stepping(operator, w, v, steps)
    chosen = Laplacian(*ids, (n,)).layout(w.shape).name
    product = compressed(ids, w, n, steps)
    times = harness.paired(
        {**ways, "compressed rows": lambda: product(v)}, **{"rounds": 3, **options.timing}
    )
    moved = 2 * len(ids[0]) * (4 + 2 * bits // 8) + 2 * n * bits // 8
    found = []
    for way in (*ways, "compressed rows"):
        spent = times.median(way) / steps
        same: Any = "-"
        if way in ways:
            same = bool((np.asarray(ways[way]()) == np.asarray(ways[way]())).all())
        found.append(
            {
                "network": name,
                "edges": len(ids[0]),
                "float": bits,
                "way": f"{way}, chosen" if way == chosen else way,
                "us": 1e6 * spent,
                "share of the bandwidth": moved / spent / options.bandwidth,
                "over compressed rows": times.speedup(way, "compressed rows"),
                "the same again": same,
            }
        )
    return found


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table; networks that no time is left for are named in a note."""
    start, rows, left = time.perf_counter(), [], []
    notes = []
    for bits in (32,) if options.quick else (32, 64):
        jax.config.update("jax_enable_x64", bits == 64)
        options.bandwidth = copied(bits, options.quick)
        notes.append(f"A copy in float{bits}: {options.bandwidth / 1e9:.0f} GB/s.")
        for name, (ids, n) in graphs(options.quick).items():
            if time.perf_counter() - start > BUDGET_S:
                left.append(f"{name}, float{bits}")
                continue
            rows += rows_of(name, ids, n, bits, options)
    if left:
        notes.append(f"No time was left for: {'; '.join(left)}.")
    return [Table("One product in each layout", rows, notes)]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
