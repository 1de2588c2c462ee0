"""Whole networks of Hodgkin-Huxley cells: a step of the junctions and the neurons.

Each cell has K = 20 random junctions on average, dt is 0.025 ms, and the drive makes all cells
fire. Three combinations are compared: the neurons brainpy.state.HH with the junctions of
brainpy.state; the same neurons with our junctions, which is what changing the import brings; and
our neurons with our junctions.

The second table has what a step cannot take less than on this machine: the time of the neurons
without junctions, and that of one product of the network, each alone in a loop. XLA can let them
run beside each other on two cores, so a whole step may come below their sum.
"""

from __future__ import annotations

import argparse
import functools
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

QUESTION = "How much faster is a step of a whole network than brainpy.state's?"
SIZES = (100, 1_000, 10_000)
DEGREE = 20
STEPS = 2e6  # steps times cells
AREA = u.cm**2


class Network(brainstate.nn.Module):
    """Cells and their junctions, if there are any."""

    def __init__(self, cells: Any, gaps: Any, drive: Any) -> None:
        super().__init__()
        self.cells, self.gaps, self.drive = cells, gaps, drive

    def update(self, i: Any) -> None:
        """Take a step."""
        with brainstate.environ.context(i=i, t=i * brainstate.environ.get_dt()):
            if self.gaps is not None:
                self.gaps()
            self.cells(self.drive)


def make(kind: str, n: int, *, coupled: bool = True) -> Network:
    """Return a network: 'built-in', 'import changed', or one of our solvers."""
    ids, drive = networks.random(n, DEGREE), np.linspace(10, 20, n)
    absolute = kind in ("built-in", "import changed")
    cells = brainpy.state.HH(n, gL=0.3 * u.mS) if absolute else gj.neurons.HH1952(n, solver=kind)
    weight = 0.01 * (u.mS if absolute else u.mS / AREA)
    junction = brainpy.state if kind == "built-in" else gj
    gaps = None
    if coupled:
        gaps = junction.SymmetryGapJunction(cells, "V", lambda pre, post: ids, weight)
    return Network(cells, gaps, drive * (u.uA if absolute else u.uA / AREA))


def stepping(net: Network, steps: int) -> Callable[[], Any]:
    """Return a function that takes steps and records nothing."""
    brainstate.nn.init_all_states(net)
    run = brainstate.transform.jit(
        lambda: brainstate.transform.for_loop(net.update, np.arange(steps))
    )

    def call() -> Any:
        run()
        return net.cells.V.value.mantissa

    return call


def product(n: int, steps: int) -> Callable[[], Any]:
    """Return a function that makes the products of the network, one after another."""
    pre, post = networks.random(n, DEGREE)
    dtype = jax.dtypes.canonicalize_dtype(float)
    start = jax.numpy.linspace(-80, -40, n, dtype=dtype)
    laplacian = functools.partial(Laplacian(pre, post, (n,)), jax.numpy.asarray(0.01, dtype))
    return networks.stepping(lambda _, v: laplacian(v), start, start, steps)


def row(n: int, bits: int, timing: dict[str, float]) -> tuple[dict[str, object], ...]:
    """Return one size's results: the networks, and the parts of their steps."""
    steps = int(np.clip(STEPS / n, 200, 20_000))
    kinds = ("built-in", "import changed", "exp_euler", "staggered")
    ways = {kind: stepping(make(kind, n), steps) for kind in kinds}
    ways |= {f"{kind} alone": stepping(make(kind, n, coupled=False), steps) for kind in kinds[1:3]}
    times = harness.paired({**ways, "product": product(n, steps)}, **timing)
    each = {name: 1e6 * times.median(name) / steps for name in times.seconds}
    found: dict[str, object] = {"N": n, "float": bits}
    found |= {f"{kind}, us": each[kind] for kind in kinds}
    found |= {f"speed-up, {kind}": times.speedup(kind) for kind in kinds[1:]}
    parts: dict[str, object] = {"N": n, "float": bits, "one product, us": each["product"]}
    for kind, name in zip(kinds[1:3], ("HH", "exp_euler"), strict=True):
        floor = each[f"{kind} alone"] + each["product"]
        parts |= {
            f"{name} without junctions, us": each[f"{kind} alone"],
            f"{name} with ours, over the sum of both": each[kind] / floor,
            f"{name}: speed-up if it were the sum": each["built-in"] / floor,
        }
    return found, parts


def measure(options: argparse.Namespace) -> list[Table]:
    """Return the tables."""
    # Edges drawn twice are meant.
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    brainstate.environ.set(dt=0.025 * u.ms)
    rows: list[tuple[dict[str, object], ...]] = []
    for bits in (32, 64):
        jax.config.update("jax_enable_x64", bits == 64)
        brainstate.environ.set(precision=bits)
        rows += [row(n, bits, options.timing) for n in (SIZES[:1] if options.quick else SIZES)]
    notes = [
        "'exp_euler' makes the step that brainpy.state.HH makes; 'staggered' is of second order."
    ]
    found, parts = zip(*rows, strict=True)
    return [
        Table("Hodgkin-Huxley networks, K = 20: time per step", found, notes),
        Table("What a step is made of", parts),
    ]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
