"""Memory of long runs: that of a run in a folder over time, and that of gradients.

``python benchmarks/long_runs.py [--chunks 3600] [--steps 100000] [--output FILE.json]``

An hour's run has 3,600 chunks of a second. Here chunks are shorter, because what a chunk leaves
behind in memory does not depend on how long it takes.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.demo.parameters import Parameters
from gapjunction.demo.worm import NervousSystem

DT = 0.05 * u.ms
CHUNKS_PER_DAY = 86_400


def resident() -> float:
    """Return the memory of this process in MB, as Linux counts it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def trace(n_chunks: int) -> dict[str, Any]:
    """Run the worm in a folder, and return its memory over the chunks."""
    worm = gj.datasets.celegans()
    model = NervousSystem(worm, Parameters(), np.zeros(worm.n_neurons), gj.SymmetryGapJunction)
    brainstate.nn.init_all_states(model)
    seen: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        gj.run(
            model,
            n_chunks * 400 * DT,
            dt=DT,
            record={"V": model.neurons.V},
            every=100,
            chunk=400,
            checkpoint=Path(folder, "run"),
            checkpoint_every=60,
            progress=lambda steps: seen.append(resident()),
        )
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    memory = np.array(seen)
    settled = slice(len(memory) // 5, None)
    chunks = np.arange(len(memory))
    slope = np.polyfit(chunks[settled], memory[settled], 1)[0]
    return {
        "chunks": len(memory),
        "seconds": seconds,
        "MB on disk": size / 1e6,
        "MB after the first chunk": memory[0],
        "MB after a fifth": memory[settled][0],
        "MB at the end": memory[-1],
        "largest MB": memory.max(),
        "MB a day's chunks would add": slope * CHUNKS_PER_DAY,
    }


def gradient(n_steps: int, base: int | None) -> dict[str, Any]:
    """Return the memory that a compiled gradient over some steps needs for itself."""
    cells = gj.neurons.HH1952(100)
    gap = gj.SymmetryGapJunction(
        cells, "V", gj.connectivity.ring(), 0.1 * u.mS / u.cm**2, coupling="semi_implicit"
    )
    cells.init_state()
    loop: Callable[..., Any] = brainstate.transform.for_loop
    if base is not None:
        loop = brainstate.transform.checkpointed_for_loop

    def step(i: jax.Array) -> None:
        with brainstate.environ.context(i=i, t=i * DT):
            gap()
            cells(10 * u.uA / u.cm**2)

    def loss() -> jax.Array:
        more = {} if base is None else {"base": base}
        loop(step, jnp.arange(n_steps), **more)
        return jnp.mean(cells.V.value.mantissa**2)

    with brainstate.environ.context(dt=DT):
        grad = brainstate.transform.jit(brainstate.transform.grad(loss, gap.weight))
        start = time.perf_counter()
        compiled = grad.lower().compile()
        seconds = time.perf_counter() - start
    used = compiled.memory_analysis().temp_size_in_bytes / 1e6
    return {"steps": n_steps, "base": base, "MB": used, "seconds to compile": seconds}


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=3600)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    report: dict[str, Any] = {"run": trace(options.chunks)}
    print(json.dumps(report["run"], indent=1), flush=True)
    bases = [None, *(math.ceil(options.steps ** (1 / k)) for k in (2, 3, 4)), 16]
    report["gradient"] = [gradient(options.steps, base) for base in bases]
    for row in report["gradient"]:
        print(row)
    if options.output:
        options.output.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
