"""The gradient of a loss over a simulation, with respect to the conductance of every junction.

A network of leaky cells with different drives is simulated for T steps. The loss is the mean
square of the distance of all voltages from -60 mV. With both junction classes, the gradient is
taken through brainstate's own loop. Memory is the temporary memory that XLA plans for the compiled
gradient. How it grows with T shows what each step keeps. The growth of the whole process is that
of the largest memory it held, between processes that take the gradient over T / 4 and over T steps.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import brainpy.state
import brainstate
import jax
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
import networks
from gapjunction.kernels import Laplacian
from tables import Table

QUESTION = "How much faster is the gradient of a simulation, and how much less memory does it take?"
N, DEGREE, STEPS = 2_000, 40, 1_600
CLASSES = {"built-in": brainpy.state.SymmetryGapJunction, "ours": gj.SymmetryGapJunction}


def loss(junction: Any, n: int, degree: int, steps: int) -> tuple[Callable[[Any], Any], Any]:
    """Return a pure function of the conductances (mS), and where to take its gradient."""
    ids = networks.random(n, degree)
    start = np.random.default_rng(1).uniform(-70, -50, n).astype(np.float32)
    at = np.full(len(ids[0]), 1e-3, np.float32)
    drive = np.linspace(0, 20, n, dtype=np.float32) * u.mA

    def value(w: Any) -> Any:
        cells = brainpy.state.LIF(n, R=1 * u.ohm, tau=20 * u.ms, V_rest=-65 * u.mV, V_th=1e3 * u.mV)
        gaps = junction(cells, "V", lambda pre, post: ids, at * u.siemens)
        brainstate.nn.init_all_states((cells, gaps))
        cells.V.value = start * u.mV
        gaps.weight.value = w * u.siemens

        def step(i: Any) -> Any:
            with brainstate.environ.context(i=i, t=i * brainstate.environ.get_dt()):
                gaps()
                cells(drive)
                return ((cells.V.value / u.mV + 60) ** 2).mean()

        return brainstate.transform.for_loop(step, np.arange(steps)).mean()

    return value, at


def temporary_bytes(gradient: Any, at: Any) -> int:
    """Return the temporary memory of a compiled function."""
    return int(gradient.lower(at).compile().memory_analysis().temp_size_in_bytes)


def peak(name: str, n: int, degree: int, steps: int) -> int:
    """Return the largest memory, in bytes, of a new process that takes the gradient once."""
    command = [sys.executable, __file__, "--peak", name, *map(str, (n, degree, steps))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def print_peak(name: str, n: int, degree: int, steps: int) -> None:
    """Take the gradient once, and print the largest memory of this process in bytes."""
    settings()
    value, at = loss(CLASSES[name], n, degree, steps)
    jax.block_until_ready(jax.jit(jax.grad(value))(at))
    # In kilobytes on Linux, in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    print(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def settings() -> None:
    """Set time step and precision."""
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    brainstate.environ.set(dt=0.1 * u.ms, precision=32)


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the tables."""
    settings()
    n, degree, steps = (200, 10, 50) if options.quick else (N, DEGREE, STEPS)
    gradients, memory, growth = {}, {}, {}
    for name, junction in CLASSES.items():
        peaks = [peak(name, n, degree, length) for length in (steps // 4, steps)]
        growth[name] = (peaks[1] - peaks[0]) / (steps - steps // 4)
        used = []
        for length in (steps, steps // 2):
            value, at = loss(junction, n, degree, length)
            gradient = jax.jit(jax.grad(value))
            used.append(temporary_bytes(gradient, at))
            gradients.setdefault(name, (gradient, at))
        memory[name] = used[0], (used[0] - used[1]) / (steps - steps // 2)
    results = {name: np.asarray(gradient(at)) for name, (gradient, at) in gradients.items()}
    apart = np.abs(results["ours"] - results["built-in"]).max() / np.abs(results["built-in"]).max()
    timing = options.timing or {"rounds": 7}
    times = harness.paired(
        {name: lambda g=g, at=at: g(at) for name, (g, at) in gradients.items()}, **timing
    )
    rows = [
        {
            "junctions": name,
            "time, ms": 1e3 * times.median(name),
            "memory, MB": memory[name][0] / 1e6,
            "memory per step, bytes": round(memory[name][1]),
            "of that per cell": memory[name][1] / n,
            "of that per edge": memory[name][1] / (n * degree / 2),
            "growth of the process per step, bytes": round(growth[name]),
        }
        for name in CLASSES
    ]
    notes = [
        f"Speed-up {times.speedup('ours'):.2f}; memory per step "
        f"1/{memory['built-in'][1] / memory['ours'][1]:.3g}, all states and losses included.",
        f"The gradients differ by {apart:.1g} of their largest entry.",
    ]
    # In a short run that growth is hidden by what the compiler takes.
    if min(growth.values()) > 0:
        notes.append(f"The whole process grows by 1/{growth['built-in'] / growth['ours']:.3g}.")
    title = f"Gradient through {steps:,} steps, N = {n:,}, K = {degree}, float32"
    return [Table(title, rows, notes), parts(n, degree, steps, timing)]


def parts(n: int, degree: int, steps: int, timing: dict[str, Any]) -> Table:
    """Return what a step's time is made of, with our junctions."""
    value, at = loss(gj.SymmetryGapJunction, n, degree, steps)
    first, second = (np.asarray(ids, np.int32) for ids in networks.random(n, degree))
    laplacian = Laplacian(first, second, (n,))
    voltages = np.random.default_rng(2).uniform(-70, -50, n).astype(np.float32)

    def product(w: Any, x: Any) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, x: x + 1e-9 * laplacian(w, x), x)

    def both(w: Any, x: Any) -> Any:
        derivatives = jax.vjp(laplacian, w, x)[1]
        return jax.lax.fori_loop(0, steps, lambda _, c: c + 1e-9 * derivatives(c)[1], x)

    def summed(w: Any, x: Any) -> Any:
        def step(_: Any, kept: Any) -> Any:
            c, total = kept
            to_w, to_x = jax.vjp(laplacian, w, c)[1](c)
            return c + 1e-9 * to_x, total + to_w

        return jax.lax.fori_loop(0, steps, step, (x, w))

    ways = {
        "the simulation": (jax.jit(value), (at,)),
        "its gradient": (jax.jit(jax.grad(value)), (at,)),
        "a product of the Laplacian": (jax.jit(product), (at, voltages)),
        "both derivatives of one, by voltages and by conductances": (jax.jit(both), (at, voltages)),
        "the same, the one by conductances summed over steps": (jax.jit(summed), (at, voltages)),
    }
    times = harness.paired(
        {what: lambda f=f, a=a: f(*a) for what, (f, a) in ways.items()}, **timing
    )
    return Table(
        "What a step takes, us",
        [{"": what, "us": 1e6 * times.median(what) / steps} for what in ways],
        [
            "The gradient is the simulation and the derivatives of its products, which are bound "
            "by gathering voltages, one for each end of each edge. The sum over steps is JAX's: "
            "after each step it reads an array as long as the list of edges, half of which the "
            "other core has written."
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        print_peak(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        harness.main(QUESTION, __doc__, measure)
