"""Coupling on random graphs, in single trials, with one conductance for all edges or one for each.

Timed are loops of nothing but the coupling, in float32 unless asked otherwise. Three forms are
compared: that of brainpy.state (two gathers and two scatters) on plain arrays, the memory layout
that the library chooses, and the best layout that it has without its accelerator.
"""

from __future__ import annotations

import argparse

import jax
import jax.numpy as jnp
import numpy as np

import harness
import networks
from gapjunction.kernels import Laplacian, native
from tables import Table

QUESTION = "How much faster is the coupling alone than brainpy.state's, on random graphs?"
SIZES = (1_000, 10_000, 100_000)
DEGREES = (4, 20, 100)


def row(n: int, degree: int, each: bool, timing: dict[str, float]) -> dict[str, object]:
    """Return one graph's results."""
    ids = networks.random(n, degree)
    rng = np.random.default_rng(1)
    w = jnp.asarray(rng.random(len(ids[0])) if each else 0.5, jnp.result_type(float))
    v = jnp.asarray(rng.random(n))
    operator = Laplacian(*ids, (n,))
    ways = {
        "built-in": networks.built_in(ids),
        "ours": operator,
        "plain": Laplacian(*ids, (n,), layout="padded"),
    }
    steps = networks.steps_for(ids)
    times = harness.paired(
        {name: networks.stepping(way, w, v, steps) for name, way in ways.items()},
        **{"rounds": 7, **timing},
    )
    low, high = times.spread("ours")
    return {
        "N": n,
        "K": degree,
        "conductances": "each" if each else "one",
        "built-in, us": 1e6 * times.median("built-in") / steps,
        "ours, us": 1e6 * times.median("ours") / steps,
        "layout": operator.layout(w.shape).name,
        "speed-up": times.speedup("ours"),
        "quartiles": f"{low:.2f} to {high:.2f}",
        "without accelerator": times.speedup("plain"),
    }


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the table."""
    jax.config.update("jax_enable_x64", options.bits == 64)
    sizes, degrees = (SIZES[:1], DEGREES[:2]) if options.quick else (SIZES, DEGREES)
    rows = [
        row(n, degree, each, options.timing)
        for n in sizes
        for degree in degrees
        for each in (False, True)
    ]
    gains = np.array([found["speed-up"] for found in rows], float)
    mean = float(np.exp(np.log(gains).mean()))
    notes = [
        f"The geometric mean of the speed-ups is {mean:.2f}, the smallest {gains.min():.2f}.",
        f"The accelerator is {native.status().split(':')[0]}.",
    ]
    return [Table(f"Coupling alone, float{options.bits}: time per step", rows, notes)]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the precision."""
    parser.add_argument("--bits", type=int, choices=(32, 64), default=32)


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure, add_options)
