"""Coupling as users call it, and bare: what the benchmarks of coupling compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainpy.state
import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
import networks
from gapjunction.kernels import Laplacian


class Adder(brainpy.state.Neuron):
    """Cells whose voltage rises by their input."""

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Make the voltage."""
        shape = self.varshape if batch_size is None else (batch_size, *self.varshape)
        start = np.random.default_rng(1).uniform(-80, -40, shape)
        self.V = brainstate.HiddenState(jnp.asarray(start) * u.mV)

    def update(self, x: Any = 0 * u.nA) -> None:
        """Add the input."""
        C = 1 * u.nF
        rise = brainstate.environ.get_dt() / C * self.sum_current_inputs(x, self.V.value)
        self.V.value = self.V.value + rise


def stepping(
    library: Any, ids: networks.Ids, n: int, each: bool, batch: int | None, steps: int
) -> Callable[[], Any]:
    """Return a function that takes steps of a model with one library's junction."""
    cells = Adder(n)
    scale = 1e-3 / max(1, len(ids[0]) // n)
    w = np.random.default_rng(2).random(len(ids[0])) * scale if each else scale
    gap = library.SymmetryGapJunction(cells, "V", lambda pre, post: ids, w * u.uS)
    cells.init_state(batch)

    def step(i: Any) -> None:
        gap()
        cells()

    run = brainstate.transform.jit(lambda: brainstate.transform.for_loop(step, np.arange(steps)))

    def call() -> Any:
        run()
        return cells.V.value.mantissa

    return call


def compare(
    ids: networks.Ids, n: int, each: bool, batch: int | None, timing: dict[str, float]
) -> dict[str, object]:
    """Return the times of one network with both libraries."""
    steps = networks.steps_for(ids, batch or 1)
    libraries = {"built-in": brainpy.state, "ours": gj}
    times = harness.paired(
        {
            name: stepping(library, ids, n, each, batch, steps)
            for name, library in libraries.items()
        },
        **{"rounds": 7, **timing},
    )
    low, high = times.spread("ours")
    return {
        "built-in, us": 1e6 * times.median("built-in") / steps,
        "ours, us": 1e6 * times.median("ours") / steps,
        "speed-up": times.speedup("ours"),
        "quartiles": f"{low:.2f} to {high:.2f}",
        "ns per edge": 1e9 * times.median("ours") / steps / len(ids[0]) / (batch or 1),
    }


def bare(
    ids: networks.Ids,
    n: int,
    each: bool,
    batch: int | None,
    timing: dict[str, float],
    for_scipy: networks.Ids | None = None,
) -> dict[str, object]:
    """Return the times of one network as functions on plain arrays."""
    rng = np.random.default_rng(1)
    w = jnp.asarray(rng.random(len(ids[0])) if each else 0.5, jnp.result_type(float))
    v = jnp.asarray(rng.random((batch, n) if batch else n))
    operator, steps = Laplacian(*ids, (n,)), networks.steps_for(ids, batch or 1)
    coupling = {
        "built-in": networks.built_in(ids),
        "ours": operator,
        "plain": Laplacian(*ids, (n,), layout="padded"),
    }
    ways = {name: networks.stepping(way, w, v, steps) for name, way in coupling.items()}
    if for_scipy is not None:
        # SciPy is fastest where the members of a batch are side by side.
        matrix = networks.scipy_matrix(for_scipy, np.asarray(w), n)
        columns = np.ascontiguousarray(np.asarray(v).T)
        ways["SciPy"] = lambda: [matrix @ columns for _ in range(steps)]
    times = harness.paired(ways, **{"rounds": 7, **timing})
    found: dict[str, object] = {
        "layout": operator.layout(w.shape).name,
        "bare, us": 1e6 * times.median("ours") / steps,
        "bare, speed-up": times.speedup("ours"),
    }
    if for_scipy is None:
        return {**found, "bare, no accelerator": times.speedup("plain")}
    return {**found, "bare, over SciPy": times.speedup("ours", over="SciPy")}
